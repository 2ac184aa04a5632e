"""`POST /predict`: a picture in, its text out."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from e2eocr.serving.desk import Desk
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.refusals import RefusalError, unreadable
from e2eocr.serving.web.requests import client_is_gone, flag, passwords_of, uploads_of

FIELD = "image"


def predict_blueprint(settings: ServeSettings, desk: Desk) -> Blueprint:
    """The routes of `/predict`."""
    routes = Blueprint("predict", __name__)

    @routes.post("/predict")
    def predict() -> Response:
        detail = flag("detail")
        with desk.visit(uploads_of(FIELD, 1), passwords_of()) as order:
            [ticket] = order.tickets
            is_done = desk.wait(lambda: ticket.outcome is not None, settings.answer_timeout, client_is_gone())
            if not is_done or ticket.outcome is None:
                text = "The answer takes too long. Use POST /documents, which does not wait."
                raise RefusalError(504, "answer_timeout", text)
            if not ticket.has_results:
                raise unreadable(ticket.outcome)
            if detail:
                return Response(ticket.job.output_path("json").read_bytes(), mimetype="application/json")
            return jsonify({"text": ticket.job.output_path("txt").read_text(encoding="utf-8").removesuffix("\n")})

    return routes

"""The Flask application of a server."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request

from e2eocr.batch.progress import Log
from e2eocr.serving.desk import Desk
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web import guard, metrics, refusals
from e2eocr.serving.web.documents import documents_blueprint
from e2eocr.serving.web.predict import predict_blueprint
from e2eocr.serving.web.service import service_blueprint

_PARTS_BESIDE_FILES = 20


def create_app(settings: ServeSettings, desk: Desk, log: Log | None = None) -> Flask:
    """The application that takes documents to a desk.

    Args:
        settings: The server.
        desk: Who has them read; it must be open.
        log: Told of each answer; nobody without one.

    Returns:
        An application for any WSGI server that keeps it in one process.
    """
    app = Flask("e2eocr", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = None  # the server in front has looked at it already
    app.config["MAX_FORM_PARTS"] = settings.max_files + _PARTS_BESIDE_FILES
    app.url_map.strict_slashes = False
    refusals.register(app)
    registry = metrics.register(app, settings, desk)
    guard.register(app, settings)
    if log is not None:
        _log_answers(app, log)
    app.register_blueprint(service_blueprint(settings, desk, registry))
    app.register_blueprint(predict_blueprint(settings, desk))
    app.register_blueprint(documents_blueprint(settings, desk))
    return app


def _log_answers(app: Flask, log: Log) -> None:
    @app.before_request
    def begin() -> None:
        g.logged = time.monotonic()

    @app.after_request
    def tell(response: Response) -> Response:
        seconds = round(time.monotonic() - g.get("logged", time.monotonic()), 3)
        log.detail(
            f"{request.method} {request.path} {response.status_code} {seconds:.3f} s",
            event="answer",
            method=request.method,
            path=request.path,
            status=response.status_code,
            seconds=seconds,
        )
        return response

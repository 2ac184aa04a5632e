"""What a server tells of itself."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from e2eocr import __version__
from e2eocr.serving.desk import Desk
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.formats import installed_formats
from e2eocr.serving.web.openapi import describe


def service_blueprint(settings: ServeSettings, desk: Desk, registry: CollectorRegistry) -> Blueprint:
    """The routes of what programs ask about the server."""
    routes = Blueprint("service", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        status = _status(desk)
        response = jsonify({"status": status, "version": __version__, "waiting": desk.waiting()})
        response.status_code = 200 if status == "ok" else 503
        return response

    @routes.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @routes.get("/limits")
    def limits() -> Response:
        return jsonify(
            {
                "max_upload": settings.max_upload_bytes,
                "max_files": settings.max_files,
                "keep": settings.keep,
                "token_needed": settings.token is not None,
                "formats": installed_formats(),
            }
        )

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(describe(settings))

    return routes


def _status(desk: Desk) -> str:
    if desk.failure is not None:
        return "failed"
    if desk.is_closing:
        return "closing"
    return "ok" if desk.is_ready else "starting"

"""What a server tells of itself, and its page."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from flask import Blueprint, Response, jsonify, send_from_directory
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from e2eocr import __version__
from e2eocr.serving.desk import Desk
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.formats import describe_formats
from e2eocr.serving.web.guard import PAGE_POLICY
from e2eocr.serving.web.openapi import describe

_PAGE = Path(__file__).parent / "page"


def service_blueprint(settings: ServeSettings, desk: Desk, registry: CollectorRegistry) -> Blueprint:
    """The routes of the page and of what programs ask about the server."""
    routes = Blueprint("service", __name__)

    @routes.get("/")
    def page() -> Response:
        return _asset("index.html")

    @routes.get("/page/<name>")
    def asset(name: str) -> Response:
        return _asset(name)

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
                "formats": describe_formats(),
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


def _asset(name: str) -> Response:
    # The system's own table may say otherwise, and browsers run no script that is called text.
    known = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
    kind = known.get(Path(name).suffix) or mimetypes.guess_type(name)[0]
    response = send_from_directory(_PAGE, name, mimetype=kind)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response

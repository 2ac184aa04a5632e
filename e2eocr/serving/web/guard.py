"""Who may ask: the host that is called, the page that asks, the token that is shown; and what browsers may do."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, request

from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.refusals import RefusalError

# The page is no secret, and a health check has no token.
OPEN_ENDPOINTS = {"service.page", "service.asset", "service.healthz", "service.openapi", "service.limits"}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Expose-Headers": "Content-Disposition, Location, Retry-After",
    "Access-Control-Max-Age": "600",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def register(app: Flask, settings: ServeSettings) -> None:
    """Have every request checked, and every answer carry what keeps browsers in bounds."""
    app.config["TRUSTED_HOSTS"] = settings.known_hosts and list(settings.known_hosts)

    @app.before_request
    def check() -> Response | None:
        origin = request.headers.get("Origin")
        if origin is not None and not _is_own(origin) and not _is_allowed(origin, settings):
            message = "Pages of other origins may not use this server. Allow them by `--cors`."
            raise RefusalError(403, "foreign_origin", message)
        if request.method == "OPTIONS":
            return Response(status=204)
        if settings.token is not None and request.endpoint not in OPEN_ENDPOINTS:
            _check_token(settings.token)
        return None

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        _tell_origin(response, settings)
        return response


def _check_token(token: str) -> None:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), token.encode()):
        message = "A token is needed, as `Authorization: Bearer TOKEN`."
        raise RefusalError(401, "unauthorized", message, {"WWW-Authenticate": "Bearer"})


def _is_own(origin: str) -> bool:
    return urlsplit(origin).netloc == request.host


def _is_allowed(origin: str, settings: ServeSettings) -> bool:
    return "*" in settings.cors or origin in settings.cors


def _tell_origin(response: Response, settings: ServeSettings) -> None:
    origin = request.headers.get("Origin")
    if not settings.cors:
        return
    response.headers.add("Vary", "Origin")
    if origin is not None and _is_allowed(origin, settings):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers.update(_ALLOWED)

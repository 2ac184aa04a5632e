"""What a client is told that gets no result: `{"error": {"code": …, "message": …}}`, and the status of that."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from e2eocr.batch.jobs import Outcome
from e2eocr.errors import MissingDependencyError
from e2eocr.serving.desk import BusyError, ClosingError

# What became of a document, by the class of its error; any other is the server's trouble.
_STATUS_OF_CLASS = {
    "DocumentError": 422,
    "PageError": 422,
    "PasswordError": 422,
    "SignedError": 422,
    "TooLargeError": 413,
    "PageTimeout": 504,
    "DocumentTimeout": 504,
    "MemoryLimit": 413,
    "OutputError": 507,
    "ServerError": 503,
}
_PASSWORD_ADVICE = "the PDF needs a password. Send it as the field `password`."


class RefusalError(Exception):
    """Ends a request.

    Args:
        status: Of HTTP.
        code: What programs know it by.
        message: What people are told, with the next step.
        headers: That belong to it.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})

    def response(self) -> Response:
        response = jsonify({"error": {"code": self.code, "message": self.message}})
        response.status_code = self.status
        response.headers.update(self.headers)
        return response


def busy(message: str, retry_after: int) -> RefusalError:
    """The refusal of one who may come again."""
    text = f"{message} Try again in {retry_after} s."
    return RefusalError(429, "busy", text, {"Retry-After": str(retry_after)})


def unknown_documents() -> RefusalError:
    """The refusal of one who asks for what is not kept, or no longer."""
    return RefusalError(
        404, "unknown_documents", "There are no documents of this id: they have expired, or never were."
    )


def unreadable(outcome: Outcome) -> RefusalError:
    """The refusal of a document of which there is no result."""
    code = outcome.error_class or "ServerError"
    return RefusalError(
        _STATUS_OF_CLASS.get(code, 500), code, error_message(code, outcome.message or "could not be read")
    )


def error_message(code: str, message: str) -> str:
    """What went wrong with a document, with a next step that a client can take."""
    return _PASSWORD_ADVICE if code == "PasswordError" else message


def register(app: Flask) -> None:
    """Have every error answered in JSON."""

    @app.errorhandler(RefusalError)
    def refuse(error: RefusalError) -> Response:
        return error.response()

    @app.errorhandler(BusyError)
    def refuse_busy(error: BusyError) -> Response:
        return busy(str(error), error.retry_after).response()

    @app.errorhandler(ClosingError)
    def refuse_closing(_error: ClosingError) -> Response:
        text = "The server is about to end. Try again in 5 s."
        return RefusalError(503, "closing", text, {"Retry-After": "5"}).response()

    @app.errorhandler(FileNotFoundError)
    def refuse_expired(_error: FileNotFoundError) -> Response:
        return unknown_documents().response()  # they have expired while they were looked at

    @app.errorhandler(MissingDependencyError)
    def refuse_missing(error: MissingDependencyError) -> Response:
        return RefusalError(501, "missing_dependency", str(error)).response()

    @app.errorhandler(RequestEntityTooLarge)
    def refuse_large(_error: RequestEntityTooLarge) -> Response:
        return RefusalError(413, "too_large", "The request is too large, or has too many parts.").response()

    @app.errorhandler(HTTPException)
    def refuse_other(error: HTTPException) -> Response:
        code = error.name.lower().replace(" ", "_")
        refusal = RefusalError(error.code or 500, code, error.description or error.name)
        response = refusal.response()
        kept = ("Allow", "Location")
        response.headers.update({key: value for key, value in error.get_headers() if key in kept})
        return response

"""The description of the server as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from e2eocr import __version__
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.formats import MEDIA_TYPES, installed_formats

Plain = dict[str, Any]
_TEXT: Plain = {"type": "string"}
_COUNT: Plain = {"type": "integer", "minimum": 0}
_STATUSES = {
    "400": "The request is not as described.",
    "401": "A token is needed.",
    "403": "Pages of this origin may not use the server.",
    "404": "There is no such thing, or it has expired.",
    "409": "The document is not read yet.",
    "413": "The request or a picture in it is too large.",
    "422": "The document cannot be read; the message says why.",
    "429": "Too much waits already. `Retry-After` tells in how many seconds to try again.",
    "501": "A package that the format needs is not installed.",
    "503": "The server is about to end.",
    "504": "It takes too long.",
    "507": "The server's disk is full.",
}
SCHEMAS: Plain = {
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {"code": _TEXT, "message": _TEXT},
            }
        },
    },
    "Text": {"type": "object", "required": ["text"], "properties": {"text": _TEXT}, "additionalProperties": False},
    "Result": {
        "description": "A document in the format e2eocr/1.",
        "type": "object",
        "required": ["format", "source", "engine", "status", "pages"],
        "properties": {"format": {"const": "e2eocr/1"}, "pages": {"type": "array", "items": {"type": "object"}}},
    },
    "Documents": {
        "type": "object",
        "required": ["id", "status", "expires_in", "documents", "formats"],
        "properties": {
            "id": _TEXT,
            "status": {"enum": ["waiting", "reading", "done"]},
            "expires_in": {"type": ["integer", "null"], "description": "Seconds until all of it is removed."},
            "documents": {"type": "array", "items": {"$ref": "#/components/schemas/Document"}},
            "formats": {"type": "array", "items": _TEXT},
        },
        "additionalProperties": False,
    },
    "Document": {
        "type": "object",
        "required": ["number", "name", "status", "pages", "pages_begun", "failed_pages", "error"],
        "properties": {
            "number": {"type": "integer", "minimum": 1},
            "name": _TEXT,
            "status": {"enum": ["waiting", "reading", "ok", "partial", "failed"]},
            "pages": {"type": ["integer", "null"]},
            "pages_begun": _COUNT,
            "failed_pages": _COUNT,
            "error": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Error/properties/error"}]},
        },
        "additionalProperties": False,
    },
    "Health": {
        "type": "object",
        "required": ["status", "version", "waiting"],
        "properties": {
            "status": {"enum": ["ok", "starting", "closing", "failed"]},
            "version": _TEXT,
            "waiting": _COUNT,
        },
    },
    "Limits": {
        "type": "object",
        "required": ["max_upload", "max_files", "keep", "token_needed", "formats"],
        "properties": {
            "max_upload": {"type": "integer", "description": "Bytes of a request."},
            "max_files": {"type": "integer"},
            "keep": {"type": "number", "description": "Seconds for which results are kept."},
            "token_needed": {"type": "boolean"},
            "formats": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["suffix", "media_type", "is_text"],
                    "properties": {"suffix": _TEXT, "media_type": _TEXT, "is_text": {"type": "boolean"}},
                },
            },
        },
    },
}
_ID = {"name": "id", "in": "path", "required": True, "schema": _TEXT}
_NUMBER = {
    "name": "number",
    "in": "path",
    "required": True,
    "description": "Place of the document in its order, from 1.",
    "schema": {"type": "integer", "minimum": 1},
}


def describe(settings: ServeSettings) -> Plain:
    """The description of a server with these settings, as plain dicts and lists."""
    description: Plain = {
        "openapi": "3.1.0",
        "info": {"title": "e2eocr", "version": __version__, "description": "Reads the text of scans, photos and PDFs."},
        "paths": _paths(),
        "components": {"schemas": SCHEMAS},
    }
    if settings.token is not None:
        description["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        description["security"] = [{"token": []}]
    return description


def _paths() -> Plain:
    return {
        "/predict": {"post": _predict()},
        "/documents": {"post": _take()},
        "/documents/{id}": {
            "get": _operation("How far the documents are.", _json("Documents"), (_ID,), "404"),
            "delete": _operation("Forget the documents.", {"204": {"description": "Done."}}, (_ID,), "404"),
        },
        "/documents/{id}/events": {"get": _events()},
        "/documents/{id}/archive": {"get": _archive()},
        "/documents/{id}/{number}/{format}": {"get": _result()},
        "/documents/{id}/{number}/pages/{page}": {"get": _picture()},
        "/healthz": {"get": _healthz()},
        "/metrics": {"get": _operation("Figures for Prometheus.", _content("text/plain"), ())},
        "/limits": {"get": _open(_operation("What clients should know beforehand.", _json("Limits"), ()))},
        "/openapi.json": {"get": _open(_operation("This description.", _content("application/json"), ()))},
        "/": {"get": _open(_operation("The page for people.", _content("text/html"), ()))},
        "/page/{name}": {"get": _open(_operation("What belongs to the page.", _content("*/*"), (_path("name"),)))},
    }


def _predict() -> Plain:
    detail = {
        "name": "detail",
        "in": "query",
        "description": "1 for all that was read, in the format e2eocr/1.",
        "schema": {"enum": ["0", "1"], "default": "0"},
    }
    schema = {"oneOf": [{"$ref": "#/components/schemas/Text"}, {"$ref": "#/components/schemas/Result"}]}
    answer = {"200": {"description": "The text.", "content": {"application/json": {"schema": schema}}}}
    refusals = ("400", "413", "422", "429", "503", "504", "507")
    operation = _operation("Read a picture and wait for its text.", answer, (detail,), *refusals)
    return {**operation, "requestBody": _form("image", {"type": "string", "format": "binary"})}


def _take() -> Plain:
    answer = _json("Documents", "202")
    answer["202"]["headers"] = {"Location": {"description": "Where the documents are.", "schema": _TEXT}}
    refusals = ("400", "413", "429", "503", "507")
    operation = _operation("Have PDFs and pictures read, without waiting.", answer, (), *refusals)
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    return {**operation, "requestBody": _form("files", files)}


def _events() -> Plain:
    text = "Server-sent events: `state` with what GET /documents/{id} tells, whenever it has changed, then `end`."
    return _operation(text, _content("text/event-stream"), (_ID,), "404", "429")


def _archive() -> Plain:
    names = {"type": "array", "items": {"enum": installed_formats()}}
    format = {"name": "format", "in": "query", "description": "Repeat it for several; txt without.", "schema": names}
    refusals = ("404", "429", "501", "504")
    return _operation("All results in a ZIP.", _content("application/zip"), (_ID, format), *refusals)


def _result() -> Plain:
    format = {"name": "format", "in": "path", "required": True, "schema": {"enum": installed_formats()}}
    kinds: Plain = {kind: {} for kind in MEDIA_TYPES.values()}
    answer = {"200": {"description": "The result.", "content": kinds}}
    refusals = ("404", "409", "413", "422", "429", "501", "504")
    return _operation("The result of a document in a format.", answer, (_ID, _NUMBER, format), *refusals)


def _picture() -> Plain:
    page = {**_path("page"), "schema": {"type": "integer", "minimum": 1}}
    refusals = ("404", "409", "413", "422", "429", "504")
    return _operation("The picture of a page.", _content("image/jpeg"), (_ID, _NUMBER, page), *refusals)


def _healthz() -> Plain:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
    answer = {
        "200": {"description": "Documents can be read.", "content": content},
        "503": {"description": "They cannot, yet or any more.", "content": content},
    }
    return {"summary": "Whether documents can be read.", "responses": answer, "security": []}


def _operation(summary: str, answer: Plain, parameters: tuple[Plain, ...], *refusals: str) -> Plain:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    told = {status: {"description": _STATUSES[status], "content": error} for status in ("401", "403", *refusals)}
    return {"summary": summary, "parameters": list(parameters), "responses": {**answer, **told}}


def _open(operation: Plain) -> Plain:
    """An operation that needs no token."""
    return {**operation, "security": []}


def _path(name: str) -> Plain:
    return {"name": name, "in": "path", "required": True, "schema": _TEXT}


def _json(schema: str, status: str = "200") -> Plain:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {status: {"description": f"{schema}.", "content": content}}


def _content(kind: str) -> Plain:
    return {"200": {"description": "The answer.", "content": {kind: {}}}}


def _form(field: str, schema: Plain) -> Plain:
    passwords = {"type": "array", "items": _TEXT, "description": "Passwords of locked PDFs."}
    form = {"type": "object", "required": [field], "properties": {field: schema, "password": passwords}}
    return {"required": True, "content": {"multipart/form-data": {"schema": form}}}

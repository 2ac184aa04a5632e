"""What a request brings: files, passwords, words that say yes or no."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import request
from werkzeug.datastructures import FileStorage

from e2eocr.serving.orders import Upload
from e2eocr.serving.web.refusals import RefusalError

_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def uploads_of(field: str, max_files: int) -> list[Upload]:
    """The files of a field.

    Raises:
        RefusalError: If there are none, or too many.
    """
    files = [each for each in request.files.getlist(field) if each.filename]
    if not files:
        raise RefusalError(400, "no_file", f"No file in the field `{field}`. {_what_came()}")
    if len(files) > max_files:
        several = "Use POST /documents." if max_files == 1 else "Send the others in a request of their own."
        text = f"{len(files)} files in the field `{field}`, which takes {max_files}. {several}"
        raise RefusalError(400, "too_many_files", text)
    return [Upload(each.filename or "", _saver(each)) for each in files]


def passwords_of() -> tuple[str, ...]:
    """The passwords that came with files."""
    return tuple(each for each in request.form.getlist("password") if each)


def flag(name: str) -> bool:
    """A word of the query that says yes or no; no where it is not there.

    Raises:
        RefusalError: If it says neither.
    """
    word = request.args.get(name, "").lower()
    if word not in _YES | _NO:
        raise RefusalError(400, "bad_request", f"Invalid `{name}`. Expected 1 or 0. Received: {word!r}")
    return word in _YES


def client_is_gone() -> Callable[[], bool]:
    """Tells whether the client of this request has closed its connection, where the server can know that."""
    ask: Callable[[], bool] = request.environ.get("waitress.client_disconnected", lambda: False)
    return ask


def _saver(file: FileStorage) -> Callable[[Path], None]:
    return lambda path: file.save(path)


def _what_came() -> str:
    if request.mimetype != "multipart/form-data":
        return "Send a form as multipart/form-data: curl -F FIELD=@FILE URL"
    came = [f"`{name}`" for name in dict.fromkeys([*request.files, *request.form])]
    return f"The request has {', '.join(came)}." if came else "The request has no fields."

"""Errors carry their parts, and are put into words in one place."""

from __future__ import annotations

import pickle

import pytest

from e2eocr.errors import DocumentError, PasswordError, TooLargeError


@pytest.mark.parametrize("kind", [DocumentError, PasswordError, TooLargeError])
@pytest.mark.parametrize(
    ("page", "text", "within"),
    [
        (None, "a/b.pdf: is torn. Glue it.", "is torn. Glue it."),
        # Counted from 0 inside, from 1 for people.
        (0, "a/b.pdf: page 1: is torn. Glue it.", "page 1: is torn. Glue it."),
    ],
)
def test_a_document_error_in_words(kind: type[DocumentError], page: int | None, text: str, within: str) -> None:
    error = kind("a/b.pdf", "is torn. Glue it.", page)
    assert (str(error), error.within) == (text, within)


def test_a_document_error_comes_whole_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(PasswordError("a.pdf", "is locked", 2)))
    assert isinstance(error, PasswordError)
    assert (error.path, error.reason, error.page) == ("a.pdf", "is locked", 2)

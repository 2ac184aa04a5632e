"""Text made fit for files: no writer may be brought down, or its file made invalid, by a strange character."""

from __future__ import annotations

import re

_SURROGATES = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def valid_unicode(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 file can hold, by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Like `valid_unicode`, with every control character and line separator replaced by a space."""
    return _BREAKS.sub(" ", valid_unicode(text))

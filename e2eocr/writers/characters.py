"""Text made fit for files: no writer may be brought down, or its file made invalid, by a strange character."""

from __future__ import annotations

import html
import re

_SURROGATES = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NOT_IN_XML = re.compile("[\ufffe\uffff]")


def valid_unicode(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 file can hold, by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """Like `valid_unicode`, with every control character and line separator replaced by a space."""
    return _BREAKS.sub(" ", valid_unicode(text))


def xml_characters(text: str) -> str:
    """Like `one_line`, with what XML 1.0 does not allow replaced by U+FFFD. Nothing is escaped."""
    return _NOT_IN_XML.sub("\ufffd", one_line(text))


def markup(text: str) -> str:
    """Like `xml_characters`, and escaped: it may stand between the tags and in the attributes of XML and HTML."""
    return html.escape(xml_characters(text))

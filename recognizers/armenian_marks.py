"""The full stop of Armenian, which prints as a colon does."""

from __future__ import annotations

import re

_COLON = re.compile("(?<=[\u0531-\u0556\u0561-\u0587]):")  # behind an Armenian letter
FULL_STOP = "\u0589"


def with_full_stops(text: str) -> str:
    """A text of as many characters in which colons behind Armenian letters are full stops."""
    return _COLON.sub(FULL_STOP, text)

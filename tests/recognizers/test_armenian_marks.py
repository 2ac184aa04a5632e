"""Full stops of Armenian among colons."""

from __future__ import annotations

import pytest

from recognizers.armenian_marks import with_full_stops


@pytest.mark.parametrize(
    ("read", "told"),
    [
        ("ազատ ու հավասար:", "ազատ ու հավասար։"),
        ("ազատ: Total: 12:30", "ազատ։ Total: 12:30"),  # colons of others stay
        ("", ""),
    ],
)
def test_a_colon_behind_an_armenian_letter_is_a_full_stop(read: str, told: str) -> None:
    assert with_full_stops(read) == told

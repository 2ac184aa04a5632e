"""Digits of Arabic writing in one set a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.arabic_digits import ARABIC, EXTENDED, in_one_set

CASES = [
    ("۱٩٨۹", "١٩٨٩", "۱۹۸۹"),  # (as read, in Arabic, in Persian)
    ("۲۲", "٢٢", "۲۲"),
]


@pytest.mark.parametrize(("read", "arabic", "persian"), CASES)
def test_letters_tell_the_set(read: str, arabic: str, persian: str) -> None:
    assert in_one_set(f"{read} أبريل") == f"{arabic} أبريل"
    assert in_one_set(f"آوریل {read} کتاب") == f"آوریل {persian} کتاب"
    assert in_one_set(f"کانونی یەکەم {read}") == f"کانونی یەکەم {arabic}"  # Kurdish


def test_digits_with_shapes_of_their_own_tell_it_before_letters() -> None:
    assert in_one_set("۱٤ کتاب") == "١٤ کتاب"
    assert in_one_set("١۴ أبريل") == "۱۴ أبريل"


def test_without_letters_most_digits_tell_it() -> None:
    assert in_one_set("۱٩۹۷") == "۱۹۹۷"
    assert in_one_set("١٩۹") == "١٩٩"
    assert in_one_set("١۹") == "١۹"  # nothing tells


@given(st.text(alphabet=ARABIC + EXTENDED + "أبکە 12.", max_size=20))
def test_nothing_else_changes(text: str) -> None:
    one = in_one_set(text)
    assert len(one) == len(text)
    assert all(was == now or was in ARABIC + EXTENDED for was, now in zip(text, one, strict=True))
    assert in_one_set(one) == one

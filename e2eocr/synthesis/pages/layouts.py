"""Which layouts there are, how often each comes, and what sheet it stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from e2eocr.synthesis.pages import layouts_forms, layouts_prose, layouts_screen
from e2eocr.synthesis.pages.scene import Scene


@dataclass(frozen=True)
class Layout:
    """A kind of page.

    Attributes:
        fill: Draws it.
        weight: How often it comes, relative to the others.
        aspect: Least and greatest width over height.
        kind: How it is captured: a key of `capture.CAPTURES`.
        body: Factor on the size of body text.
        colour: Share of coloured pages.
        scripts: Scripts it is for; empty means all.
    """

    fill: Callable[[Scene], None]
    weight: float
    aspect: tuple[float, float]
    kind: str = "paper"
    body: float = 1.0
    colour: float = 0.35
    scripts: tuple[str, ...] = ()


_SHEET = (0.66, 0.78)
_VERTICAL_SCRIPTS = ("Jpan", "Hans", "Hant", "Hang")

LAYOUTS: dict[str, Layout] = {
    "letter": Layout(layouts_prose.letter, 8, _SHEET),
    "article": Layout(layouts_prose.article, 8, _SHEET, body=0.8),
    "book": Layout(layouts_prose.book, 16, (0.58, 0.75), body=1.15),
    "typescript": Layout(layouts_prose.typescript, 13, _SHEET, body=1.1, colour=0.6),
    "title_page": Layout(layouts_prose.title_page, 4, (0.58, 0.78), body=1.3),
    "newspaper": Layout(layouts_prose.newspaper, 6, (0.62, 0.8), body=0.72),
    "marginalia": Layout(layouts_prose.marginalia, 4, (0.62, 0.8)),
    "vertical_columns": Layout(layouts_prose.vertical_columns, 8, (0.6, 1.4), scripts=_VERTICAL_SCRIPTS),
    "invoice": Layout(layouts_forms.invoice, 7, _SHEET, body=0.85),
    "form": Layout(layouts_forms.form, 7, _SHEET, body=0.85),
    "table": Layout(layouts_forms.table, 5, (0.7, 1.5), body=0.85),
    "receipt": Layout(layouts_forms.receipt, 12, (0.33, 0.75), colour=0.25),
    "slide": Layout(layouts_screen.slide, 4, (1.3, 1.8), "screen", 1.5, 0.8),
    "screenshot": Layout(layouts_screen.screenshot, 6, (0.5, 1.8), "screen", 0.85, 0.8),
    "poster": Layout(layouts_screen.poster, 4, (0.6, 1.5), "screen", 1.0, 0.9),
    "blank": Layout(layouts_screen.blank, 1.5, _SHEET),
    "photograph": Layout(layouts_screen.photograph, 1.7, (0.6, 1.6), "screen", 1.0, 0.9),
}


def fitting(script: str) -> dict[str, float]:
    """Names and weights of the layouts that a script may stand in."""
    return {name: each.weight for name, each in LAYOUTS.items() if not each.scripts or script in each.scripts}

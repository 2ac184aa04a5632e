"""Which layouts there are, how often each comes, and what sheet it stands on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from e2eocr.errors import UsageError
from e2eocr.synthesis.pages import (
    layouts_combs,
    layouts_dense,
    layouts_figures,
    layouts_forms,
    layouts_prose,
    layouts_science,
    layouts_screen,
    layouts_signs,
    layouts_tables,
)
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
        enlarged: Factor on the sheet's longer side, so that small print has the pixels it needs.
    """

    fill: Callable[[Scene], None]
    weight: float
    aspect: tuple[float, float]
    kind: str = "paper"
    body: float = 1.0
    colour: float = 0.35
    scripts: tuple[str, ...] = ()
    enlarged: float = 1.0


_SHEET = (0.66, 0.78)

LAYOUTS: dict[str, Layout] = {
    "letter": Layout(layouts_prose.letter, 6, _SHEET),
    "article": Layout(layouts_prose.article, 6, _SHEET, body=0.8),
    "book": Layout(layouts_prose.book, 11, (0.58, 0.75), body=1.15),
    "typescript": Layout(layouts_prose.typescript, 10, _SHEET, body=1.1, colour=0.6),
    "title_page": Layout(layouts_prose.title_page, 3, (0.58, 0.78), body=1.3),
    "newspaper": Layout(layouts_prose.newspaper, 4, (0.62, 0.8), body=0.72),
    "marginalia": Layout(layouts_prose.marginalia, 3, (0.62, 0.8)),
    "formulas": Layout(layouts_science.formulas, 4, _SHEET),
    "noted": Layout(layouts_science.noted, 3, _SHEET, body=0.9),
    "close_lines": Layout(layouts_dense.close_lines, 7, _SHEET),
    "dictionary": Layout(layouts_dense.dictionary, 4, (0.6, 0.8), enlarged=1.3),
    "contents": Layout(layouts_dense.contents, 4, _SHEET),
    "index_page": Layout(layouts_dense.index_page, 3, _SHEET, enlarged=1.2),
    "press": Layout(layouts_dense.press, 8, (0.6, 0.8), body=0.8, enlarged=2.0),
    "vertical_columns": Layout(layouts_prose.vertical_columns, 8, (0.6, 1.4), scripts=layouts_signs.UPRIGHT_SCRIPTS),
    "invoice": Layout(layouts_forms.invoice, 7, _SHEET, body=0.85),
    "form": Layout(layouts_forms.form, 7, _SHEET, body=0.85),
    "comb_form": Layout(layouts_combs.comb_form, 4, _SHEET, body=0.8),
    "table": Layout(layouts_forms.table, 4, (0.7, 1.5), body=0.85),
    "short_cells": Layout(layouts_tables.short_cells, 10, (0.66, 1.5), body=0.85),
    "statement": Layout(layouts_tables.statement, 6, (0.66, 1.4), body=0.85),
    "timetable": Layout(layouts_tables.timetable, 4, (0.6, 1.6), body=0.8, enlarged=1.2),
    "score_sheet": Layout(layouts_tables.score_sheet, 5, (0.66, 1.5), body=0.85),
    "charts": Layout(layouts_figures.charts, 5, (0.7, 1.5), body=0.9, colour=0.6),
    "receipt": Layout(layouts_forms.receipt, 12, (0.33, 0.75), colour=0.25),
    "slide": Layout(layouts_screen.slide, 4, (1.3, 1.8), "screen", 1.5, 0.8),
    "screenshot": Layout(layouts_screen.screenshot, 6, (0.5, 1.8), "screen", 0.85, 0.8),
    "poster": Layout(layouts_screen.poster, 4, (0.6, 1.5), "screen", 1.0, 0.9),
    "labelled_pictures": Layout(layouts_figures.labelled_pictures, 3, (0.6, 1.7), "screen", 1.0, 0.9),
    "lone_characters": Layout(layouts_figures.lone_characters, 2.5, (0.6, 1.6), "screen", 1.2, 0.5),
    "street": Layout(layouts_signs.street, 4, (0.6, 1.7), "street", 1.0, 0.95),
    "promotion": Layout(layouts_signs.promotion, 5, (0.6, 1.7), "shop", 1.0, 0.97),
    "blank": Layout(layouts_screen.blank, 1.5, _SHEET),
    "photograph": Layout(layouts_screen.photograph, 1.7, (0.6, 1.6), "screen", 1.0, 0.9),
}


def fitting(script: str, wanted: Sequence[str] = ()) -> dict[str, float]:
    """Names and weights of the layouts that a script may stand in: those that are wanted, or all if none of them is
    for the script."""
    found = {name: each.weight for name, each in LAYOUTS.items() if not each.scripts or script in each.scripts}
    return {name: weight for name, weight in found.items() if name in wanted} or found


def check_layouts(names: Sequence[str]) -> None:
    """Refuse names of layouts that there are not.

    Raises:
        UsageError: If one is none.
    """
    unknown = sorted(set(names) - set(LAYOUTS))
    if unknown:
        raise UsageError(f"There is no layout {unknown[0]!r}. Name some of: {', '.join(LAYOUTS)}.")

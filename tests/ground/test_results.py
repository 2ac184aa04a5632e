"""Where the text of pages came from, counted."""

from __future__ import annotations

import pytest

from e2eocr.results import Line, LineOrigin, Origins, Page, PageOrigin, count_origins

QUAD = ((0.0, 0.0), (9.0, 0.0), (9.0, 5.0), (0.0, 5.0))


def page(origin: PageOrigin, *lines: LineOrigin, failed: bool = False) -> Page:
    made = tuple(Line("x", 1.0, QUAD, origin=each) for each in lines)
    return Page(0, 9, 9, status="failed" if failed else "ok", origin=origin, lines=made)


# Pages, and how many of them and of their lines came from where.
COUNTS = [
    ([], Origins()),
    ([page("ocr"), page("ocr", "ocr", "ocr")], Origins(ocr_pages=2, ocr_lines=2)),
    ([page("mixed", "ocr", "text-layer", "text-layer")], Origins(mixed_pages=1, ocr_lines=1, layer_lines=2)),
    ([page("text-layer", "text-layer")], Origins(layer_pages=1, layer_lines=1)),
    ([page("text-layer", "ocr", "ocr")], Origins(layer_pages=1, layer_lines=2)),  # as version 0.1 wrote it
    ([page("ocr", failed=True)], Origins()),
]


@pytest.mark.parametrize(("pages", "wanted"), COUNTS)
def test_pages_and_lines_are_counted_by_origin(pages: list[Page], wanted: Origins) -> None:
    counted = count_origins(pages)
    assert counted == wanted
    assert Origins.from_plain(counted.to_plain()) == counted
    assert counted + counted == count_origins([*pages, *pages])


def test_nothing_is_said_of_pages_that_were_all_read() -> None:
    assert str(Origins(ocr_pages=3, ocr_lines=8)) == ""
    told = "1 page by the PDF's own text, 2 pages by that in part: 7 of 1,007 lines"
    assert str(Origins(ocr_lines=1000, layer_pages=1, mixed_pages=2, layer_lines=7)) == told

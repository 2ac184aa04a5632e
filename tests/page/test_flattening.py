"""Pages that were photographed aslant, or lie curled, are read as if they lay flat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from doubles.layouts import SIZE, draw_rules, make_page, paragraph, rows_of, text_line, texts_of
from doubles.tables import LONGER, check_whole

from e2eocr.page.structure import structure_page
from e2eocr.page.structure.flattening import find_warp
from e2eocr.page.structure.sketch import SmallPicture
from e2eocr.results import Line, Page, Polygon

Move = Callable[[np.ndarray], np.ndarray]
COLUMNS = (110, 450, 760)
CENTRE = np.array(SIZE) / 2
FULL_ROWS = [row for row in LONGER if all(row)]


def curl(points: np.ndarray) -> np.ndarray:
    """As the page of a thick book: lines fall towards its gutter on the right."""
    x = (points[..., 0] - CENTRE[0]) / CENTRE[1]
    return points + np.stack([0 * x, 60 * x**2 + 60 * x**3], axis=-1)


def tilt(points: np.ndarray) -> np.ndarray:
    """As a sheet that a camera sees from its left and from below."""
    corners = np.array([[0, 0], [SIZE[0], 0], [SIZE[0], SIZE[1]], [0, SIZE[1]]], np.float32)
    seen = corners + np.array([[40, 30], [-60, 110], [0, -60], [0, 0]], np.float32)
    moved = cv2.perspectiveTransform(
        points.reshape(1, -1, 2).astype(np.float32), cv2.getPerspectiveTransform(corners, seen)
    )
    return moved.reshape(points.shape).astype(float)


def turn(points: np.ndarray) -> np.ndarray:
    """As a sheet that lies aslant under a scanner."""
    sine, cosine = np.sin(0.05), np.cos(0.05)
    return (points - CENTRE) @ np.array([[cosine, sine], [-sine, cosine]]) + CENTRE


def moved_polygon(polygon: Polygon, move: Move) -> Polygon:
    return tuple((round(x, 1), round(y, 1)) for x, y in move(np.array(polygon)).tolist())


def moved(page: Page, move: Move) -> Page:
    lines = []
    for line in page.lines:
        words = tuple(replace(word, polygon=moved_polygon(word.polygon, move)) for word in line.words)
        lines.append(replace(line, polygon=moved_polygon(line.polygon, move), words=words))
    return replace(page, lines=tuple(lines))


def a_table() -> Page:
    rows = [FULL_ROWS[0], *FULL_ROWS[1:] * 5]
    return make_page([*rows_of(rows, COLUMNS, 250, 36), *paragraph(110, 1050, 800, 4)])


def a_newspaper() -> Page:
    columns = [line for x in (60, 380, 700) for line in paragraph(x, 200, 250, 36, pitch=30)]
    numbered = [replace(line, text=f"{at} {line.text}") for at, line in enumerate(columns)]
    return make_page([text_line("The harbour is empty", 80, 120, height=40), *numbered])


def order_of(page: Page) -> list[str]:
    return [line.text for line in page.lines]


@pytest.mark.parametrize("move", [curl, tilt])
@pytest.mark.parametrize("draw", [a_table, a_newspaper])
def test_a_page_is_read_as_if_it_lay_flat(draw: Callable[[], Page], move: Move) -> None:
    flat = draw()
    bent = moved(flat, move)
    assert find_warp(bent) is not None
    found, expected = structure_page(bent, None), structure_page(flat, None)
    assert order_of(found) == order_of(expected)
    assert [texts_of(found, at) for at in range(len(found.tables))] == [
        texts_of(expected, at) for at in range(len(expected.tables))
    ]
    check_whole(found, list(bent.lines))


@pytest.mark.parametrize("move", [curl, tilt])
def test_places_are_those_of_the_page(move: Move) -> None:
    page = moved(a_table(), move)
    found = structure_page(page, None)
    assert {line.polygon for line in found.lines} == {line.polygon for line in page.lines}
    (table,) = found.tables
    for cell in table.cells:
        for at in cell.lines:
            x, y = np.mean(found.lines[at].polygon, axis=0)
            assert cell.bbox[0] - 1 <= x <= cell.bbox[2] + 1
            assert cell.bbox[1] - 1 <= y <= cell.bbox[3] + 1
    for block in found.blocks:
        boxes = np.array([found.lines[at].bbox for at in block.lines])
        assert block.bbox == (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())


@pytest.mark.parametrize("move", [curl, tilt])
def test_a_warp_leads_back_to_the_page(move: Move) -> None:
    warp = find_warp(moved(a_table(), move))
    assert warp is not None
    places = np.random.default_rng(0).uniform(0, SIZE, (50, 2))
    np.testing.assert_allclose(warp.to_page(warp.to_flat(places)), places, atol=0.5)


@pytest.mark.parametrize("move", [curl, tilt])
def test_a_picture_shows_what_stands_at_each_place_of_the_page(move: Move) -> None:
    warp = find_warp(moved(a_table(), move))
    assert warp is not None
    scale, (width, height) = 2.0, (SIZE[0] // 2 - 3, SIZE[1] // 2 - 5)
    columns, rows = np.meshgrid(np.arange(width), np.arange(height))
    slope = (0.11 * columns + 0.07 * rows).astype(np.float32)
    flat = warp.picture(SmallPicture(slope, scale)).grey
    x, y = np.moveaxis(warp.to_page(np.stack([columns, rows], axis=-1) * scale) / scale, -1, 0)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    assert inside.mean() > 0.8
    np.testing.assert_allclose(flat[inside], (0.11 * x + 0.07 * y)[inside], atol=0.05)  # of 0.11 a pixel


@pytest.mark.parametrize("move", [curl, tilt])
def test_rules_are_laid_flat_with_the_page(move: Move) -> None:
    """They part the rows and columns of the lines that stand between them."""
    xs, ys = (100, 430, 740, 900), [240 + 36 * at for at in range(16)]
    flat = draw_rules(*((xs[0], y, xs[-1], y) for y in ys), *((x, ys[0], x, ys[-1]) for x in xs))
    rows, columns = np.indices(flat.shape[:2])
    grid = np.stack([columns, rows], axis=-1).astype(float)
    back = grid.copy()
    for _ in range(20):
        back += grid - move(back)
    x, y = np.moveaxis(back.astype(np.float32), -1, 0)
    picture = cv2.remap(flat, x, y, cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    page = make_page(rows_of(FULL_ROWS * 3, COLUMNS, 248, 36))
    expected, found = structure_page(page, flat), structure_page(moved(page, move), picture)
    assert texts_of(found) == texts_of(expected) == FULL_ROWS * 3


@pytest.mark.parametrize("move", [lambda points: points, turn], ids=["flat", "aslant"])
@pytest.mark.parametrize("draw", [a_table, a_newspaper])
def test_a_flat_page_stays(draw: Callable[[], Page], move: Move) -> None:
    assert find_warp(moved(draw(), move)) is None


def test_lines_that_run_as_they_like_lay_nothing_flat() -> None:
    """A page of labels aslant, each in its own way."""
    rng = np.random.default_rng(0)
    lines: list[Line] = []
    for at, line in enumerate(a_newspaper().lines[:60]):
        slope = rng.uniform(-0.2, 0.2)
        polygon = tuple((x, round(y + slope * (x - line.polygon[0][0]), 1)) for x, y in line.polygon)
        lines.append(replace(line, text=f"{at}", polygon=polygon, words=()))
    assert find_warp(make_page(lines)) is None


def test_words_of_a_letter_tell_nothing() -> None:
    lines = [text_line(" ".join("abcdefghij"), 60, 100 + 30 * at) for at in range(30)]
    assert find_warp(moved(make_page(lines), curl)) is None

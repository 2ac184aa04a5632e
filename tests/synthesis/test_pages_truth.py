"""Truth of pages: polygons, their maps, and the store that keeps them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.errors import DataError
from e2eocr.synthesis.effects.crumpling import draw_crumple
from e2eocr.synthesis.effects.handheld import cast_shadow, hold
from e2eocr.synthesis.effects.warping import Bend, Warp, draw_curl, quarter_points, tilt, turn_about_centre
from e2eocr.truth.page_shards import PageStore, PageWriter, write_labelled, write_manifest
from e2eocr.truth.records import (
    CellTruth,
    LineTruth,
    PageSample,
    TableTruth,
    WordTruth,
    box_polygon,
    line_from_json,
    line_to_json,
    quad_of,
    skew_of,
    with_points,
)

SIZE = (300, 200)
TABLE = TableTruth(box_polygon(5, 10, 120, 50), (CellTruth(0, 0, lines=(0,)), CellTruth(1, 0, 1, 3)))


def made_line(**changes: object) -> LineTruth:
    polygon = box_polygon(10, 20, 110, 40)
    words = (WordTruth("one", box_polygon(10, 20, 50, 40)), WordTruth("two", box_polygon(60, 20, 110, 40)))
    return LineTruth("one two", polygon, "en", 3, words, **changes)  # type: ignore[arg-type]


def dot(x: int, y: int) -> np.ndarray:
    """A dark page with a soft bright dot whose centre is at `(x + 0.5, y + 0.5)`."""
    image = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    image[y, x] = 255
    return cv2.GaussianBlur(image, (0, 0), 2.0) * 12


def centre_of(image: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(image)
    weights = image[rows, columns].astype(float)
    return np.array([np.average(columns, weights=weights), np.average(rows, weights=weights)]) + 0.5


@given(turns=st.integers(0, 3), x=st.integers(20, 280), y=st.integers(20, 180))
def test_a_quarter_turn_moves_points_as_pixels(turns: int, x: int, y: int) -> None:
    turned = np.rot90(dot(x, y), -turns)
    expected = quarter_points(np.array([[x + 0.5, y + 0.5]]), turns, SIZE)[0]
    np.testing.assert_allclose(centre_of(turned), expected, atol=0.05)


def test_a_known_corner_of_a_quarter_turn() -> None:
    # the top left of the page comes to lie at the top right
    np.testing.assert_array_equal(quarter_points(np.array([[0.0, 0.0]]), 1, SIZE), [[SIZE[1], 0]])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("draw_bend", [None, draw_curl, draw_crumple])
def test_a_warp_moves_points_as_pixels(seed: int, draw_bend: Callable[..., Bend] | None) -> None:
    rng = np.random.default_rng(seed)
    bend = draw_bend(*SIZE, rng) if draw_bend else None
    matrix = turn_about_centre(SIZE, float(rng.uniform(-10, 10)), 0.8) @ tilt(SIZE, rng, 0.09)
    warp = Warp(matrix, SIZE, bend)
    x, y = int(rng.integers(60, 240)), int(rng.integers(50, 150))
    image = warp.image(dot(x, y), np.zeros((SIZE[1], SIZE[0]), np.uint8))
    np.testing.assert_allclose(centre_of(image), warp.points(np.array([[x + 0.5, y + 0.5]]))[0], atol=0.35)


@pytest.mark.parametrize("effect", [cast_shadow, hold])
def test_what_befalls_a_photograph_is_seen_and_keeps_its_size(effect: Callable[..., np.ndarray]) -> None:
    page = np.full((200, 300, 3), 240, np.uint8)
    for seed in range(8):
        taken = effect(page.copy(), np.random.default_rng(seed), 1.0)
        assert taken.shape == page.shape and taken.dtype == np.uint8
        assert (taken != page).any()
        grey = effect(page[:, :, 0].copy(), np.random.default_rng(seed), 1.0)
        assert grey.shape == (200, 300)


def test_a_turn_about_the_centre_is_clockwise() -> None:
    warp = Warp(turn_about_centre(SIZE, 90.0), SIZE)
    np.testing.assert_allclose(warp.points(np.array([[150.0, 50.0]])), [[200.0, 100.0]], atol=1e-9)


def test_points_on_edges_keep_the_outline() -> None:
    dense = with_points(box_polygon(0, 0, 100, 20), 30)
    assert dense.shape == (10, 2)
    np.testing.assert_array_equal(dense[[0, 4, 5, 9]], box_polygon(0, 0, 100, 20))
    np.testing.assert_allclose(quad_of(dense), box_polygon(0, 0, 100, 20), atol=1e-3)
    with pytest.raises(ValueError, match="four corners"):
        with_points(dense, 30)


@pytest.mark.parametrize("turns", range(4))
def test_a_quad_begins_where_the_text_does(turns: int) -> None:
    turned = made_line().bent(10).moved(lambda points: quarter_points(points, turns, SIZE))
    expected = quarter_points(box_polygon(10, 20, 110, 40), turns, SIZE)
    np.testing.assert_allclose(quad_of(turned.polygon), expected, atol=1e-3)


@pytest.mark.parametrize("degrees", [-7.0, 0.0, 3.5])
def test_skew_is_that_of_the_lines(degrees: float) -> None:
    warp = Warp(turn_about_centre(SIZE, degrees), SIZE)
    lines = [made_line().moved(warp.points), made_line(vertical=True), made_line(ignore=True)]
    assert skew_of(lines) == pytest.approx(degrees, abs=1e-3)
    assert skew_of(lines[1:]) == 0.0


@pytest.mark.parametrize("flags", [{}, {"vertical": True}, {"ignore": True}, {"kind": "caption"}])
def test_lines_come_back_from_json(flags: dict[str, object]) -> None:
    line = made_line(**flags)
    assert_same_line(line_from_json(json.loads(json.dumps(line_to_json(line)))), line)


def assert_same_line(found: LineTruth, line: LineTruth) -> None:
    assert (found.text, found.language, found.block) == (line.text, line.language, line.block)
    assert (found.vertical, found.ignore, found.kind) == (line.vertical, line.ignore, line.kind)
    np.testing.assert_allclose(found.polygon, line.polygon, atol=0.006)
    assert [word.text for word in found.words] == [word.text for word in line.words]


@pytest.fixture
def store(tmp_path: Path) -> PageStore:
    """Two shards: a bilevel page, which stays exact; a grey and a coloured one."""
    bits = np.where(np.random.default_rng(0).random((40, 60)) < 0.5, 0, 255).astype(np.uint8)
    ramp = np.broadcast_to(np.linspace(0, 255, 240), (100, 240)).astype(np.uint8)
    with PageWriter(tmp_path, 0) as writer:
        writer.write(PageSample(bits, (made_line(),), 90, -1.25, 110.0, "book", tables=(TABLE,)))
    with PageWriter(tmp_path, 1) as writer:
        writer.write(PageSample(ramp, (), layout="blank"))
        writer.write(PageSample(np.dstack([ramp, ramp // 2, ramp // 4]), (made_line(ignore=True), made_line())))
    assert write_manifest(tmp_path, seed=4)["pages"] == 3
    return PageStore(tmp_path)


def test_a_store_gives_back_its_pages(store: PageStore) -> None:
    first, second, third = (store[index] for index in range(len(store)))
    assert (first.rotation, first.skew, first.dpi, first.layout) == (90, -1.25, 110.0, "book")
    assert set(np.unique(first.image)) == {0, 255}
    assert_same_line(first.lines[0], made_line())
    [table] = first.tables
    assert table.cells == TABLE.cells
    np.testing.assert_allclose(table.polygon, TABLE.polygon)
    assert second.lines == () and second.image.ndim == 2 and second.tables == ()
    assert third.image.shape == (100, 240, 3)
    assert third.image[50, 230].tolist() == pytest.approx([244, 122, 61], abs=12)


def test_a_store_can_be_pickled_while_it_is_open(store: PageStore) -> None:
    store[0]
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again[0].image, store[0].image)


def test_labelled_pages_are_those_that_evaluation_reads(store: PageStore, tmp_path: Path) -> None:
    from e2eocr.truth.labelled import find_labelled

    assert write_labelled(store, tmp_path / "labelled") == 3
    documents = find_labelled(tmp_path / "labelled")
    assert [len(document.pages[0].quads) for document in documents] == [1, 0, 1]
    assert len(documents[2].pages[0].ignored) == 1
    assert documents[0].pages[0].text == "one two" and documents[0].language == "en"


def test_a_shard_with_an_error_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="uint8"), PageWriter(tmp_path) as writer:
        writer.write(PageSample(np.zeros((5, 5)), ()))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match="holds no shards"):
        PageStore(tmp_path)


def test_a_cut_off_shard_is_told(store: PageStore) -> None:
    pictures = store.folder / "shard-00001.bin"
    pictures.write_bytes(pictures.read_bytes()[:40])
    with pytest.raises(DataError, match="shard-00001"):
        PageStore(store.folder)[1]

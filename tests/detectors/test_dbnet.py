"""DBNet without its net: targets and post-processing as inverses, and reading with a model that finds black bars."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from doubles.detectors import SUBPIXELS, box, find_bars, turned_box
from hypothesis import given
from hypothesis import strategies as st

from detectors.dbnet.postprocess import ComponentSettings, find_lines, order_corners, unclip_distance
from detectors.dbnet.reader import DBNetDetector, DBNetSettings, pack_places, unpack_places
from detectors.dbnet.strips import strip_of, whole_size
from detectors.dbnet.targets import draw_targets, shrink_distance
from detectors.geometry import boxes_from_quads, quad_overlap

RATIO = 0.6
KEPT = 0.45
COMPONENTS = ComponentSettings(shrink_ratio=RATIO)
NOTHING = np.zeros((0, 4, 2), np.float32)


def find_drawn(
    quads: list[np.ndarray], shape: tuple[int, int], ratio: float = RATIO, kept: float = 0.0, blur: float = 0.0
) -> np.ndarray:
    """Quads -> shrink map, blurred as what nets draw -> quads."""
    shrink = draw_targets(quads, NOTHING, shape, ratio=ratio, kept_height=kept).shrink
    shrink = cv2.GaussianBlur(shrink, (0, 0), blur) if blur else shrink
    components = ComponentSettings(shrink_ratio=ratio, kept_height=kept, room=0.0, min_score=0.3)
    return find_lines((shrink * 255).astype(np.uint8), components)[0]


def is_back(found: np.ndarray, quad: np.ndarray, ratio: float) -> bool:
    """Whether a quad is found again, but for the half place to which shrunk lines are drawn, which grows with them."""
    off = float(np.abs(found - order_corners(quad)).max())
    return quad_overlap(found, quad) >= 0.9 or off <= 0.5 / ratio**2 + 0.5


@pytest.mark.parametrize(
    ("centre", "size", "degrees"),
    [
        ((100, 50), (160, 20), 0),  # an ordinary line
        ((100, 50), (180, 8), 0),  # thin, as small print is
        ((100, 50), (30, 30), 0),  # one character
        ((100, 50), (120, 60), 0),  # a headline
        ((100, 100), (160, 14), 7),  # a skewed line
        ((100, 100), (160, 14), -10),  # skewed the other way
        ((100, 100), (150, 20), 40),  # writing across a picture
        ((100, 100), (16, 150), 0),  # a vertical line
        ((100, 100), (20, 150), 12),  # a vertical line that leans
    ],
)
@pytest.mark.parametrize("ratio", [0.4, 0.6, 0.7])
def test_a_line_comes_back_from_its_shrunk_picture(
    centre: tuple[float, float], size: tuple[float, float], degrees: float, ratio: float
) -> None:
    quad = turned_box(centre, size, degrees)
    [found] = find_drawn([quad], (200, 200), ratio)
    assert is_back(found, quad, ratio)


# From four times as long as high: what shrinking leaves of a short word is a few pixels, which have lost its angle.
@given(
    st.floats(10, 40),
    st.floats(4, 6),
    st.floats(-44, 44),
    st.floats(-0.5, 0.5),
    st.floats(-0.5, 0.5),
)
def test_shrinking_and_growing_are_inverses(height: float, aspect: float, degrees: float, dx: float, dy: float) -> None:
    quad = turned_box((150 + dx, 150 + dy), (height * aspect, height), degrees)
    [found] = find_drawn([quad], (300, 300))
    assert is_back(found, quad, RATIO)


@given(st.floats(0.5, 1000), st.floats(0.5, 1000), st.floats(0.1, 0.95))
def test_the_distances_of_shrinking_and_growing_agree(width: float, height: float, ratio: float) -> None:
    inwards = shrink_distance(box(0, 0, width, height), ratio)
    outwards = unclip_distance(width - 2 * inwards, height - 2 * inwards, ratio)
    assert outwards == pytest.approx(inwards, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("kept", [0.0, KEPT])
def test_lines_close_together_stay_apart(kept: float) -> None:
    quads = [box(10, 10 + 12 * row, 190, 24 + 12 * row) for row in range(8)]  # each overlaps the next
    assert len(find_drawn(quads, (120, 200), kept=kept)) == len(quads)


# Strips.


@given(st.floats(2, 1000), st.floats(1, 100), st.floats(0.1, 0.9))
def test_strips_and_their_lines_are_inverses(length: float, height: float, kept: float) -> None:
    strip = strip_of(box(0, 0, length, height), kept)
    width, thickness = strip[2] - strip[0]
    assert whole_size(float(width), float(thickness), kept) == pytest.approx((length, height), rel=1e-3, abs=1e-3)


@given(st.floats(10, 40), st.floats(3, 6), st.floats(-44, 44), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_line_comes_back_from_its_strip(height: float, aspect: float, degrees: float, dx: float, dy: float) -> None:
    quad = turned_box((150 + dx, 150 + dy), (height * aspect, height), degrees)
    [found] = find_drawn([quad], (300, 300), kept=KEPT)
    assert quad_overlap(found, quad) >= 0.8


@pytest.mark.parametrize("blur", [0.5, 0.9])
@pytest.mark.parametrize("letters", [1, 2, 3])
@pytest.mark.parametrize("pitch", [1.1, 1.5])
@pytest.mark.parametrize("degrees", [0.0, 90.0, 5.0])
def test_cells_of_a_character_or_two_come_back_one_by_one(
    blur: float, letters: int, pitch: float, degrees: float
) -> None:
    height = 6.0  # places: small print on a small picture
    offsets = [(6 * height * column, pitch * height * row) for row in range(12) for column in range(3)]
    shape = (round(0.7 * height * letters), height)
    cells = [(x, y, *shape) for x, y in offsets] + [(140.0, pitch * height * row, 60.0, height) for row in range(12)]
    centre = np.array([100.0, 6 * pitch * height])
    turn = cv2.getRotationMatrix2D(centre.tolist(), -degrees, 1.0)
    quads = [box(x, y, x + width, y + tall) @ turn[:, :2].T + turn[:, 2] + 60 for x, y, width, tall in cells]
    found = find_drawn([quad.astype(np.float32) for quad in quads], (320, 320), kept=KEPT, blur=blur)
    assert len(found) == len(cells)
    for quad in quads:
        assert max(quad_overlap(each, quad.astype(np.float32)) for each in found) > 0.5


def test_a_strip_bends_with_its_line() -> None:
    x = np.linspace(20, 180, 17)
    upper = np.stack([x, 40 + 12 * np.sin(x / 50)], axis=1)
    outline = np.concatenate([upper, (upper + np.array([0, 20]))[::-1]]).astype(np.float32)
    shrink = draw_targets([outline], NOTHING, (100, 200), ratio=RATIO, kept_height=KEPT).shrink
    for at in (60, 100, 140):
        assert shrink[:, at].sum() == pytest.approx(20 * KEPT, abs=1.5)
        middle = (shrink[:, at] * (np.arange(100) + 0.5)).sum() / shrink[:, at].sum()
        assert middle == pytest.approx(50 + 12 * np.sin(at / 50), abs=1)


def test_a_curved_line_is_drawn_as_it_bends() -> None:
    x = np.linspace(20, 180, 17)
    upper = np.stack([x, 40 + 12 * np.sin(x / 50)], axis=1)
    outline = np.concatenate([upper, (upper + np.array([0, 20]))[::-1]]).astype(np.float32)
    maps = draw_targets([outline], NOTHING, (100, 200), ratio=RATIO)
    for at in (60, 100, 140):
        middle = 50 + 12 * np.sin(at / 50)
        rows = np.flatnonzero(maps.shrink[:, at]) + 0.5
        assert rows.mean() == pytest.approx(middle, abs=1)
        assert 5 <= len(rows) <= 11  # 20 by the ratio squared, and a little for the slope
    assert len(find_lines((maps.shrink * 255).astype(np.uint8), COMPONENTS)[0]) == 1


def test_the_threshold_map_peaks_on_the_outline() -> None:
    maps = draw_targets([box(20, 20, 180, 60)], NOTHING, (80, 200), ratio=RATIO)
    reach = shrink_distance(box(20, 20, 180, 60), RATIO)
    column = maps.threshold[:, 100]
    assert column[19:21].min() > 0.67
    assert column[40] == pytest.approx(0.3)
    assert column[int(20 - reach) - 2] == 0.0
    assert maps.border[40, 100] == 1.0
    assert maps.border[int(20 - reach) - 2, 100] == 0.0


def test_what_does_not_count_is_left_out() -> None:
    ignored = [box(20, 50, 60, 70)]
    thin = box(100, 50, 180, 51)
    maps = draw_targets([box(20, 10, 180, 30), thin], ignored, (80, 200), ratio=RATIO)
    assert maps.valid[60, 40] == 0.0
    assert maps.valid[50, 140] == 0.0
    assert maps.shrink[50, 140] == 0.0
    assert maps.valid[70, 100] == maps.valid[20, 100] == 1.0


def test_of_partial_truth_only_what_is_near_a_line_counts() -> None:
    maps = draw_targets([box(20, 10, 180, 30)], NOTHING, (80, 200), ratio=RATIO, partial=True)
    assert maps.valid[20, 100] == maps.valid[9, 100] == 1.0
    assert maps.valid[60].max() == 0.0


@pytest.mark.parametrize(
    "outlines",
    [
        [],  # a blank page
        [box(-50, -50, -10, -10)],  # beyond the picture
        [box(-50, 5, 500, 15)],  # through the picture
        [np.array([[5, 5], [5, 5], [5, 5], [5, 5]], np.float32)],  # no area
        [np.array([[5, 5], [30, 5], [5, 20], [30, 20]], np.float32)],  # crosses itself
    ],
)
@pytest.mark.parametrize("kept", [0.0, KEPT])
def test_any_outlines_can_be_drawn(outlines: list[np.ndarray], kept: float) -> None:
    maps = draw_targets(outlines, NOTHING, (32, 64), ratio=RATIO, kept_height=kept)
    for each in (maps.shrink, maps.threshold, maps.border, maps.valid):
        assert each.shape == (32, 64)
        assert each.dtype == np.float32
        assert 0 <= each.min() <= each.max() <= 1


@pytest.mark.parametrize("ratio", [0.0, 1.0, -1.0])
def test_a_ratio_out_of_range_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="Invalid `ratio`"):
        draw_targets([], [], (8, 8), ratio=ratio)
    with pytest.raises(ValueError, match="shrink_ratio"):
        ComponentSettings(shrink_ratio=ratio)


@pytest.mark.parametrize("kept", [1.0, -0.1])
def test_a_kept_share_out_of_range_is_refused(kept: float) -> None:
    with pytest.raises(ValueError, match="kept_height"):
        draw_targets([], [], (8, 8), ratio=RATIO, kept_height=kept)
    with pytest.raises(ValueError, match="kept_height"):
        ComponentSettings(kept_height=kept)


def test_the_score_is_the_mean_probability() -> None:
    probability = np.zeros((60, 200), np.uint8)
    probability[10:20, 20:180] = 200
    probability[40:50, 20:180] = 100  # above the threshold, below the least score
    quads, scores, _ = find_lines(probability, COMPONENTS)
    assert len(quads) == 1
    assert scores[0] == pytest.approx(200 / 255, abs=0.05)


def test_of_too_many_lines_the_largest_stay() -> None:
    probability = np.zeros((400, 400), np.uint8)
    probability[4::8, :] = 255
    probability[100:140] = 255
    quads = find_lines(probability, ComponentSettings(max_lines=3))[0]
    assert len(quads) == 3
    assert any(abs(quad[:, 1].mean() - 120) < 5 for quad in quads)


@given(st.integers(0, 3), st.floats(-40, 40), st.booleans())
def test_corners_come_clockwise_from_the_top_left(first: int, degrees: float, mirrored: bool) -> None:
    quad = turned_box((50, 50), (60, 20), degrees)
    shuffled = np.roll(quad, first, axis=0)
    np.testing.assert_allclose(order_corners(shuffled[::-1] if mirrored else shuffled), quad, atol=1e-4)


@given(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 2, 4]))
def test_places_pack_and_unpack(height: int, width: int, side: int) -> None:
    places = np.arange(height * width * side * side, dtype=np.float32).reshape(height * side, width * side)
    np.testing.assert_array_equal(unpack_places(pack_places(places, side)), places)


# Reading: bars on white pages stand for shrunk lines.

SETTINGS = DBNetSettings(subpixels=SUBPIXELS, components=COMPONENTS, tile=256, overlap=32)
DETECTOR = DBNetDetector("bars", find_bars, SETTINGS)


def draw_bars(shape: tuple[int, int], bars: list[tuple[int, int, int, int]]) -> np.ndarray:
    image = np.full((*shape, 3), 255, np.uint8)
    for left, top, right, bottom in bars:
        image[top:bottom, left:right] = 0
    return image


def grown(bar: tuple[int, int, int, int]) -> np.ndarray:
    """The line whose shrunk picture a bar is."""
    left, top, right, bottom = bar
    distance = unclip_distance(right - left, bottom - top, RATIO)
    return box(left - distance, top - distance, right + distance, bottom + distance)


@pytest.mark.parametrize(
    ("shape", "bars"),
    [
        ((200, 200), [(30, 40, 170, 50)]),  # one tile, one look
        ((300, 900), [(30, 100, 870, 110), (30, 200, 400, 212)]),  # lines across tiles
        ((905, 301), [(50, 20 + 60 * row, 250, 30 + 60 * row) for row in range(14)]),  # tiles below one another
        ((2400, 1700), [(200, 300 + 100 * row, 1500, 312 + 100 * row) for row in range(20)]),  # a page at 200 dpi
        ((150, 300), [(40, 40 + 20 * row, 250, 43 + 20 * row) for row in range(4)]),  # so small that it is enlarged
        ((4000, 3000), [(300, 1000, 2700, 1400)]),  # so large that it is looked at from further away
        ((60, 5000), [(40, 25, 4960, 35)]),  # a strip
    ],
)
def test_lines_are_found_at_any_size(shape: tuple[int, int], bars: list[tuple[int, int, int, int]]) -> None:
    found = DETECTOR.detect(draw_bars(shape, bars))
    assert len(found) == len(bars)
    for bar in bars:
        line = np.clip(grown(bar), 0, [shape[1], shape[0]])
        assert max(quad_overlap(line, quad) for quad in found.quads) > 0.75
    assert found.scores.min() > 0.6  # edges that fall between two places are grey


def test_small_print_and_a_headline_are_both_found() -> None:
    headline = (100, 100, 2300, 220)
    small = [(100, 600 + 40 * row, 2300, 608 + 40 * row) for row in range(40)]
    found = DETECTOR.detect(draw_bars((3000, 2400), [headline, *small]))
    assert len(found) == 41
    assert max(quad_overlap(grown(headline), quad) for quad in found.quads) > 0.8


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((1, 1, 3), np.uint8),  # one pixel
        np.zeros((0, 5, 3), np.uint8),  # none
        np.zeros((3, 700, 3), np.uint8),  # a hair
        np.zeros((400, 300, 3), np.uint8),  # solid black
        np.full((400, 300, 3), 255, np.uint8),  # blank
        np.random.default_rng(1).integers(0, 256, (500, 400, 3), np.uint8),  # noise
        np.full((20, 60_000, 3), 255, np.uint8),  # a strip longer than any warp
        np.zeros((60_000, 9, 3), np.uint8),  # the same, upright and black
    ],
    ids=["pixel", "none", "hair", "black", "blank", "noise", "strip", "black strip"],
)
def test_no_picture_is_too_odd(image: np.ndarray) -> None:
    found = DETECTOR.detect(image)
    assert found.quads.shape == (len(found.scores), 4, 2)
    assert found.quads.dtype == found.scores.dtype == np.float32
    boxes = boxes_from_quads(found.quads)
    assert ((boxes[:, 2:] - boxes[:, :2]) >= 1).all()


def test_a_very_large_page_is_looked_at_in_bounds() -> None:
    seen: list[tuple[int, ...]] = []

    def watch(pixels: np.ndarray) -> np.ndarray:
        seen.append(pixels.shape)
        return find_bars(pixels)

    settings = DBNetSettings(tile=640, overlap=32, max_pixels=1_000_000, components=COMPONENTS)
    page = np.broadcast_to(np.uint8(255), (9000, 7000, 3))
    DBNetDetector("watched", watch, settings).detect(page)
    assert max(max(shape[1:3]) for shape in seen) <= 640
    assert sum(shape[1] * shape[2] for shape in seen) < 4_000_000


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid `image`"):
        DETECTOR.detect(np.zeros((5, 5), np.uint8))
    with pytest.raises(ValueError, match="Invalid settings"):
        DBNetSettings(tile=100)

"""What holds for every detector, and what the projection detector finds."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.base import SURE_SCORE, Detector
from detectors.geometry import boxes_from_quads
from detectors.projection.detector import ProjectionDetector
from detectors.whole_image import WholeImageDetector
from e2eocr.models.loading import load_detector

SHIPPED = load_detector("dbnet")
DETECTORS: list[Detector] = [ProjectionDetector(), WholeImageDetector(), SHIPPED]


def blank_page(height: int = 600, width: int = 800, shade: int = 255) -> np.ndarray:
    return np.full((height, width, 3), shade, np.uint8)


def write_text(page: np.ndarray, text: str, x: int, y: int, *, size: float = 1.0, shade: int = 0) -> None:
    """Print on a page; letters are about 22 pixels high at size 1, `y` is the baseline."""
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, (shade,) * 3, 2, cv2.LINE_AA)


def printed_page() -> np.ndarray:
    page = blank_page()
    for row in range(8):
        write_text(page, "Every morning the harbour wakes", 40, 60 + 60 * row)
    return page


NOISE = np.random.default_rng(5).integers(0, 256, (700, 900, 3), np.uint8)
PICTURES = {
    "one pixel": blank_page(1, 1),
    "one row": blank_page(1, 500),
    "one column": blank_page(500, 1),
    "tiny": blank_page(5, 7),
    "white": blank_page(),
    "black": blank_page(shade=0),
    "noise": NOISE,
    "black and white noise": np.where(NOISE > 127, 255, 0).astype(np.uint8),
    "print": printed_page(),
    "print, turned": np.ascontiguousarray(np.rot90(printed_page())),
    "long strip": np.tile(printed_page(), (60, 1, 1))[:, :200],
    "longer strip": blank_page(60_000, 40),
}


def test_each_detector_says_what_it_needs_of_a_page() -> None:
    assert [detector.layout for detector in DETECTORS] == ["level", "cut-line", "any-angle"]


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_any_picture_gives_quads_on_it_and_scores(detector: Detector, name: str) -> None:
    picture = PICTURES[name]
    found = detector.detect(picture)
    assert found.quads.dtype == found.scores.dtype == np.float32
    assert found.quads.shape == (len(found), 4, 2)
    assert found.scores.shape == (len(found),)
    assert ((found.scores >= 0) & (found.scores <= 1)).all()
    assert (found.quads >= 0).all()
    assert (found.quads <= [picture.shape[1], picture.shape[0]]).all()
    assert all(cv2.contourArea(quad, oriented=True) > 0 for quad in found.quads)  # clockwise, and not flat
    again = detector.detect(picture)
    assert np.array_equal(found.quads, again.quads)
    assert np.array_equal(found.scores, again.scores)


BAD_IMAGES = [
    np.zeros((20, 20), np.uint8),  # grey
    np.zeros((20, 20, 4), np.uint8),  # with alpha
    np.zeros((20, 20, 3), np.float32),  # not bytes
]


@pytest.mark.parametrize("image", BAD_IMAGES)
@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_another_array_is_refused(detector: Detector, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Invalid `image`"):
        detector.detect(image)


def smooth_noise(seed: int) -> np.ndarray:
    """A picture of hills and clouds, `(900, 700, 3)`: noise of several sizes."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(
            rng.normal(0, 90 / 2**level, (3 * 2**level, 3 * 2**level, 3)), (700, 900), interpolation=cv2.INTER_CUBIC
        )
        for level in range(6)
    ]
    return np.clip(128 + sum(layers), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("shade", [255, 190, 0])
def test_a_blank_sheet_has_no_line(shade: int) -> None:
    sheet = blank_page(1200, 850, shade)
    grain = np.random.default_rng(1).normal(0, 3, sheet.shape)
    assert not len(SHIPPED.detect(sheet))
    assert not len(SHIPPED.detect(np.clip(sheet + grain, 0, 255).astype(np.uint8)))


@pytest.mark.parametrize("seed", range(6))
def test_a_photograph_without_text_has_at_most_one_line(seed: int) -> None:
    assert (SHIPPED.detect(smooth_noise(seed)).scores >= SURE_SCORE).sum() <= 1


@pytest.mark.parametrize("turns", range(4))
def test_every_line_of_a_printed_page_is_found_whichever_way_it_lies(turns: int) -> None:
    found = SHIPPED.detect(np.ascontiguousarray(np.rot90(printed_page(), turns)))
    assert len(found) == 8
    assert found.scores.min() > 0.5


def test_large_print_and_small_print_on_one_page() -> None:
    page = blank_page(1600, 1200)
    write_text(page, "HARBOUR", 60, 260, size=6.0)
    for row in range(12):
        write_text(page, "the smallest print of a long sheet of conditions", 80, 600 + 24 * row, size=0.5)
    boxes = boxes_from_quads(SHIPPED.detect(page).quads)
    heights = np.sort(boxes[:, 3] - boxes[:, 1])
    assert len(heights) == 13
    assert heights[-1] > 6 * heights[0]


def test_a_whole_image_is_one_line() -> None:
    found = WholeImageDetector().detect(blank_page(30, 200))
    assert found.quads.tolist() == [[[0, 0], [200, 0], [200, 30], [0, 30]]]
    assert found.scores.tolist() == [1.0]


def find_boxes(page: np.ndarray) -> list[list[int]]:
    """What the projection detector finds, from top to bottom and left to right, as rounded boxes."""
    boxes = boxes_from_quads(ProjectionDetector().detect(page).quads)
    return sorted((np.round(boxes).astype(int)).tolist(), key=lambda box: (round(box[1] / 20), box[0]))


@pytest.mark.parametrize("name", ["white", "black", "noise"])
def test_where_nothing_is_written_nothing_is_found(name: str) -> None:
    assert find_boxes(PICTURES[name]) == []


def test_a_line_is_found_from_its_first_letter_to_its_last() -> None:
    found = find_boxes(printed_page())
    assert len(found) == 8
    ink = (printed_page()[:, :, 0] < 128).nonzero()
    assert found[0][0] == pytest.approx(ink[1].min(), abs=3)
    assert found[0][2] == pytest.approx(ink[1].max(), abs=3)
    assert found[0][1] == pytest.approx(ink[0].min(), abs=3)


def test_columns_are_lines_of_their_own() -> None:
    page = blank_page()
    for row in range(8):
        write_text(page, "left hand column", 20, 60 + 60 * row)
        write_text(page, "the right one", 420, 60 + 60 * row)
    assert len(find_boxes(page)) == 16


def test_large_and_small_print_on_one_page() -> None:
    page = printed_page()
    write_text(page, "TITLE", 60, 580, size=2.2)
    assert len(find_boxes(page)) == 9


def test_light_print_in_a_dark_panel() -> None:
    page = printed_page()
    page[200:380] = 20
    for row in (250, 330):
        write_text(page, "Light words in a dark panel", 60, row, shade=250)
    inside = [box for box in find_boxes(page) if box[1] >= 200 and box[3] <= 380]
    assert len(inside) == 2


def test_shading_hides_nothing() -> None:
    shade = np.linspace(1.0, 0.35, 800)[None, :, None]
    assert len(find_boxes((printed_page() * shade).astype(np.uint8))) == 8


def test_rules_and_frames_are_not_text() -> None:
    page = printed_page()
    cv2.rectangle(page, (10, 10), (790, 590), (0, 0, 0), 3)
    cv2.line(page, (20, 560), (780, 560), (0, 0, 0), 2)
    assert len(find_boxes(page)) == 8


def test_a_slope_is_followed() -> None:
    page = printed_page()
    turn = cv2.getRotationMatrix2D((400, 300), -2.0, 1.0)
    found = ProjectionDetector().detect(cv2.warpAffine(page, turn, (800, 600), borderValue=(255, 255, 255)))
    assert len(found) == 8
    slopes = (found.quads[:, 1, 1] - found.quads[:, 0, 1]) / (found.quads[:, 1, 0] - found.quads[:, 0, 0])
    assert slopes == pytest.approx(np.full(8, np.tan(np.deg2rad(2.0))), abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(60_000, 600), (12_000, 12_000)])
def test_very_large_pages_are_read_at_a_bounded_size(shape: tuple[int, int]) -> None:
    page = blank_page(*shape)
    for row in range(20):
        write_text(page, "Every morning", 40, 200 + 500 * row, size=5.0)
    assert len(find_boxes(page)) == 20

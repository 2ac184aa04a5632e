"""Grey that keeps coloured text visible."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.grey import to_grey

WHITE = (255, 255, 255)


def write(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A picture with a line of text, and where its ink is."""
    image = np.full((120, 500, 3), ground, np.uint8)
    mask = np.zeros((120, 500), np.uint8)
    cv2.putText(mask, "A line of text 47", (20, 70), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 255, 4)
    image[mask > 0] = ink
    return image, mask > 0


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((76, 130, 50), (200, 84, 60)),  # green on red, as bright
        ((235, 145, 60), (160, 160, 160)),  # orange on grey
        ((60, 110, 250), (190, 100, 30)),  # blue on brown
    ],
)
def test_text_as_bright_as_its_ground_is_seen(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    image, inked = write(ink, ground)
    luminance = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(int)
    assert abs(luminance[inked].mean() - luminance[~inked].mean()) < 25
    grey = to_grey(image).astype(int)
    assert grey.shape == image.shape[:2]
    near = cv2.dilate(inked.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert abs(np.median(grey[inked]) - np.median(grey[near & ~inked])) > 60


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ((0, 0, 0), WHITE),  # ordinary print
        ((160, 0, 0), WHITE),  # red ink is dark enough
        (WHITE, (30, 60, 160)),  # light on blue
        ((120, 120, 120), (128, 128, 128)),  # hardly anything, and no colour to help
    ],
)
def test_where_luminance_tells_it_stays(ink: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    image, _ = write(ink, ground)
    np.testing.assert_array_equal(to_grey(image), cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


@pytest.mark.parametrize("marker", [(255, 255, 96), (160, 255, 128), (255, 176, 224)])
def test_print_under_a_marker_keeps_its_luminance(marker: tuple[int, int, int]) -> None:
    """The edge of the marker varies in colour and not in luminance, and is no text."""
    image, inked = write((0, 0, 0), WHITE)
    image[30:78, 10:430][~inked[30:78, 10:430]] = marker
    grey, luminance = to_grey(image).astype(int), cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(int)
    near = cv2.dilate(inked.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    np.testing.assert_allclose(grey[near], luminance[near], atol=30)


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (15, 15), (16, 17)])
def test_any_size_has_a_grey(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    assert to_grey(image).shape == shape

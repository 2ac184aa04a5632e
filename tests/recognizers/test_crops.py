"""Line pictures on their way into a model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizers.crops import (
    MAX_ASPECT,
    batch_crops,
    is_readable,
    padded_width,
    prepare_crop,
    scaled_width,
)

HEIGHT = 32


def stripes(height: int, width: int, paper: int = 255, ink: int = 0) -> np.ndarray:
    """Thin strokes of ink on paper."""
    image = np.full((height, width), paper, np.uint8)
    image[height // 4 : -(height // 4) or None, ::6] = ink
    return image


@pytest.mark.parametrize(
    ("shape", "width"),
    [
        ((32, 100), 100),  # already right
        ((64, 100), 50),  # reduced
        ((16, 100), 200),  # enlarged
        ((1, 1), 32),  # a pixel
        ((500, 3), 1),  # so narrow that nothing would be left
        ((2, 20_000), 3200),  # wider than allowed
    ],
)
def test_a_crop_is_scaled_to_the_height(shape: tuple[int, int], width: int) -> None:
    prepared = prepare_crop(np.zeros(shape, np.uint8), HEIGHT)
    assert prepared.shape == (HEIGHT, width)
    assert prepared.dtype == np.float32
    assert width == scaled_width(shape[1], shape[0], HEIGHT) <= MAX_ASPECT * HEIGHT


@pytest.mark.parametrize(
    ("paper", "ink"),
    [
        (255, 0),  # black on white
        (200, 120),  # faint: stretched
        (0, 255),  # light on dark: turned
        (60, 140),  # the same, faint
    ],
)
def test_ink_is_1_and_paper_0(paper: int, ink: int) -> None:
    prepared = prepare_crop(stripes(HEIGHT, 120, paper, ink), HEIGHT)
    assert np.median(prepared) == 0
    assert prepared.max() == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(prepared, prepare_crop(stripes(HEIGHT, 120), HEIGHT), atol=0.01)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_crop_stays_blank(grey: int) -> None:
    noise = np.random.default_rng(1).integers(-2, 3, (40, 200))
    assert not prepare_crop(np.full((40, 200), grey, np.uint8), HEIGHT).any()
    assert prepare_crop(np.clip(grey + noise, 0, 255).astype(np.uint8), HEIGHT).max() < 0.2


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (4, 4, 3), (9,)])
def test_what_is_no_crop_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="Invalid `crop`"):
        prepare_crop(np.zeros(shape, np.uint8), HEIGHT)


def test_a_view_into_a_page_is_not_changed() -> None:
    page = stripes(100, 300)
    before = page.copy()
    prepare_crop(page[10:50:2, ::-1], HEIGHT)
    assert (page == before).all()


@pytest.mark.parametrize(
    ("shape", "readable"),
    [((2, 2), True), ((1, 50), False), ((50, 1), False), ((0, 50), False), ((50, 0), False)],
)
def test_is_readable(shape: tuple[int, int], readable: bool) -> None:
    assert is_readable(np.zeros(shape, np.uint8)) is readable


@pytest.mark.parametrize(("width", "padded"), [(0, 64), (1, 64), (64, 64), (65, 128)])
def test_padded_width(width: int, padded: int) -> None:
    assert padded_width(width, 64) == padded


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 300)), max_size=6),
    st.integers(1, 4),
)
def test_batches_hold_every_readable_crop_once(shapes: list[tuple[int, int]], batch_size: int) -> None:
    crops = [stripes(*shape) if min(shape) > 3 else np.zeros(shape, np.uint8) for shape in shapes]
    batches = batch_crops(crops, height=HEIGHT, bucket=64, batch_size=batch_size)
    indices = [index for batch in batches for index in batch.indices]
    assert sorted(indices) == [index for index, shape in enumerate(shapes) if min(shape) >= 2]
    for batch in batches:
        assert 1 <= len(batch.indices) <= batch_size
        assert batch.pixels.shape[:2] == (len(batch.indices), HEIGHT) and batch.pixels.shape[2] % 64 == 0
        for row, (index, width) in enumerate(zip(batch.indices, batch.widths, strict=True)):
            assert batch.pixels.shape[2] == padded_width(width, 64)
            assert not batch.pixels[row, :, width:].any()
            assert (batch.pixels[row, :, :width, 0] == prepare_crop(crops[index], HEIGHT)).all()


@pytest.mark.parametrize("width", [1, 2, 40, 700])
@pytest.mark.parametrize("levels", [1, 3, 256])
def test_contrast_is_stretched_between_percentiles(width: int, levels: int) -> None:
    grey = np.random.default_rng(1).integers(0, levels, (HEIGHT, width)).astype(np.uint8)
    low, paper, high = np.quantile(grey, (0.01, 0.5, 0.99))
    spread = max(high - low, 32.0)
    dark = paper - low < (high - low) / 2
    expected = np.clip((grey - low if dark else high - grey) / spread, 0.0, 1.5)
    np.testing.assert_allclose(prepare_crop(grey, HEIGHT), expected, atol=1e-6)

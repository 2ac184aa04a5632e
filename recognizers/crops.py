"""Line pictures -> the model's input. Training and reading share every step of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

MAX_ASPECT = 100.0
_MIN_SIDE = 2
_DARK_PAPER = 0.5


@dataclass(frozen=True, slots=True)
class CropBatch:
    """Prepared crops of one padded width.

    Attributes:
        indices: Where each picture stood among the crops given.
        widths: Pixels of each picture that are the crop; the rest, at the right, is padding.
        pixels: `(B, height, W, 1)` float32, 0 paper, about 1 ink.
    """

    indices: tuple[int, ...]
    widths: tuple[int, ...]
    pixels: np.ndarray


def scaled_width(w: int, h: int, height: int) -> int:
    """Width of a `(h, w)` crop scaled to the model's height: at least 1, at most `MAX_ASPECT` heights."""
    return int(np.clip(round(w * height / max(h, 1)), 1, int(MAX_ASPECT * height)))


def prepare_crop(crop: np.ndarray, height: int) -> np.ndarray:
    """Scale a crop to the model's height, stretch its contrast and make ink positive.

    Args:
        crop: Line picture, `(h, w)` uint8 grey, dark on light or light on dark.
        height: Height of the model's input in pixels.

    Returns:
        `(height, w')` float32: 0 is the paper, 1 the darkest ink; `w'` as `scaled_width` says.

    Raises:
        ValueError: If the crop is not `(h, w)`, or has no pixel.
    """
    if crop.ndim != 2 or not crop.size:
        raise ValueError(f"Invalid `crop`. Expected (h, w) with something in it. Received: {crop.shape=}")
    crop = np.ascontiguousarray(crop)
    h, w = crop.shape
    width = scaled_width(w, h, height)
    shrinks = height < h
    scaled = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    low, paper, high = _percentiles(scaled, (0.01, 0.5, 0.99))
    spread = max(high - low, 32.0)  # a blank crop stays blank: its noise is not stretched to ink
    greys = np.arange(256)
    if paper - low < (high - low) * (1 - _DARK_PAPER):  # most pixels are dark: light text on a dark ground
        ink = (greys - low) / spread
    else:
        ink = (high - greys) / spread
    return cv2.LUT(scaled, np.clip(ink, 0.0, 1.5).astype(np.float32))


def _percentiles(grey: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Greys under which a share of the pixels of a uint8 picture lies, as `np.quantile` has them, but by counting."""
    behind = np.bincount(grey.reshape(-1), minlength=256).cumsum()  # (256,) pixels as dark as each grey, or darker
    values = []
    for share in shares:
        place = share * (grey.size - 1)
        below, above = np.searchsorted(behind, (int(place), int(np.ceil(place))), side="right").tolist()
        values.append(below + (above - below) * (place - int(place)))
    return values


def padded_width(width: int, bucket: int) -> int:
    """The width a picture is padded to: the next multiple of `bucket`."""
    return -(-max(width, 1) // bucket) * bucket


def is_readable(crop: np.ndarray) -> bool:
    """Whether a crop is large enough to hold a character."""
    return min(crop.shape) >= _MIN_SIDE


def batch_crops(crops: Sequence[np.ndarray], *, height: int, bucket: int, batch_size: int) -> list[CropBatch]:
    """Prepare crops and put those of one padded width together.

    The padded width of a crop is its own affair, so its reading does not depend on its neighbours.

    Args:
        crops: Line pictures, each `(h, w)` uint8. Those of less than 2 pixels a side are left out.
        height: Height of the model's input.
        bucket: Widths are padded to multiples of this.
        batch_size: Most pictures in a batch.
    """
    pictures = {index: prepare_crop(crop, height) for index, crop in enumerate(crops) if is_readable(crop)}
    return batch_pictures(pictures, bucket=bucket, batch_size=batch_size)


def batch_pictures(pictures: Mapping[int, np.ndarray], *, bucket: int, batch_size: int) -> list[CropBatch]:
    """Put prepared pictures of one height, `(height, w)` float32 by the index of their crop, into batches."""
    buckets: dict[int, list[int]] = {}
    for index, picture in pictures.items():
        buckets.setdefault(padded_width(picture.shape[1], bucket), []).append(index)
    batches = []
    for width, indices in sorted(buckets.items()):
        for start in range(0, len(indices), batch_size):
            chosen = tuple(indices[start : start + batch_size])
            pixels = np.zeros((len(chosen), len(pictures[chosen[0]]), width, 1), np.float32)
            for row, index in enumerate(chosen):
                pixels[row, :, : pictures[index].shape[1], 0] = pictures[index]
            batches.append(CropBatch(chosen, tuple(pictures[index].shape[1] for index in chosen), pixels))
    return batches

"""Pictures of one height and many widths -> batches with little padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

from recognizers.crops import padded_width


class Wide(Protocol):
    """A sample with a picture, `(height, w)` of any float dtype."""

    @property
    def picture(self) -> np.ndarray: ...


AnyWide = TypeVar("AnyWide", bound=Wide)


def pack_by_width(samples: Sequence[AnyWide], *, batch_pixels: int, bucket: int) -> list[list[AnyWide]]:
    """Samples sorted by width and cut into batches of at most `batch_pixels` columns, padding included.

    Args:
        samples: In any order.
        batch_pixels: Columns of a batch, all pictures together; a wider picture is a batch of its own.
        bucket: Widths are padded to multiples of this.
    """
    batches: list[list[AnyWide]] = [[]]
    for sample in sorted(samples, key=lambda sample: sample.picture.shape[1]):
        columns = (len(batches[-1]) + 1) * padded_width(sample.picture.shape[1], bucket)
        if batches[-1] and columns > batch_pixels:
            batches.append([])
        batches[-1].append(sample)
    return batches


def stack_pictures(samples: Sequence[Wide], *, bucket: int) -> tuple[np.ndarray, float]:
    """The pictures of a batch side by side, and the share of their columns that is no padding.

    Returns:
        `(B, height, W, 1)` float32, padded with 0 at the right, and the share.
    """
    width = max(padded_width(sample.picture.shape[1], bucket) for sample in samples)
    pixels = np.zeros((len(samples), len(samples[0].picture), width, 1), np.float32)
    for row, sample in enumerate(samples):
        pixels[row, :, : sample.picture.shape[1], 0] = sample.picture
    return pixels, sum(sample.picture.shape[1] for sample in samples) / (len(samples) * width)

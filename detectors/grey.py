"""Grey in which coloured text can be seen, whatever its luminance.

Green on red or orange on grey may be as bright as what it stands on: in the grey of luminance it is gone. Where a part
of a picture varies in colour and hardly in luminance, its colour takes the place of its luminance.
"""

from __future__ import annotations

import cv2
import numpy as np

_TILE = 16  # pixels along a part: about a line of text
_MIN_RANGE = 40  # grey levels between the least and the greatest chroma of a picture that has coloured text
_MIN_VARIANCE = 90.0  # of the chroma of a part with coloured text
_MORE_THAN_LIGHT = 4.0  # times as much as its luminance varies
_CLEAR = 4000.0  # of the luminance of a part whose text is clear in it: the edge of its marker beside it is no text
_STRETCH = 2.0  # chroma has half the range of luminance
_OUTSIDE = 0.001  # of them, that tell nothing of how far they reach
_SAMPLING = 2  # every so many rows and columns are looked at for colours


def to_grey(image: np.ndarray) -> np.ndarray:
    """A picture `(H, W, 3)` uint8 RGB as `(H, W)` uint8 grey: luminance, or colour where that alone shows something."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    chroma = _chroma(image)
    if chroma is None:
        return grey
    share = _share_of_colour(grey, chroma)
    if share is None:
        return grey
    stretched = cv2.convertScaleAbs(chroma, alpha=_STRETCH, beta=128 * (1 - _STRETCH))
    return cv2.add(cv2.multiply(grey, 1 - share, dtype=cv2.CV_8U), cv2.multiply(stretched, share, dtype=cv2.CV_8U))


def _chroma(image: np.ndarray) -> np.ndarray | None:
    """The chroma that varies more, red or blue against luminance, `(H, W)` uint8; None of a picture without colours."""
    if min(image.shape[:2]) < _TILE:
        return None
    sampled = np.ascontiguousarray(image[::_SAMPLING, ::_SAMPLING])
    _, *chromas = cv2.split(cv2.cvtColor(sampled, cv2.COLOR_RGB2YCrCb))
    if max(map(np.ptp, chromas)) < _MIN_RANGE:  # of most pages: the quick answer
        return None
    ranges = [_range(channel) for channel in chromas]
    if max(ranges) < _MIN_RANGE:
        return None
    return cv2.extractChannel(cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb), 1 + int(np.argmax(ranges)))


def _range(values: np.ndarray) -> int:
    """How far values `(h, w)` uint8 reach, but for a few at both ends."""
    behind = np.bincount(values.ravel(), minlength=256).cumsum()
    low, high = np.searchsorted(behind, (_OUTSIDE * values.size, (1 - _OUTSIDE) * values.size))
    return int(high - low)


def _share_of_colour(grey: np.ndarray, chroma: np.ndarray) -> np.ndarray | None:
    """How much colour stands for luminance at each pixel, `(H, W)` float32 in 0–1; None where it does nowhere."""
    light, colour = _variance(grey), _variance(chroma)
    around = np.ones((3, 3), np.uint8)
    clear = cv2.dilate((light > _CLEAR).astype(np.float32), around)
    told = ((colour > _MIN_VARIANCE) & (colour > _MORE_THAN_LIGHT * light)).astype(np.float32) * (1 - clear)
    if not told.any():
        return None
    whole = cv2.dilate(told, around) * (light <= np.maximum(colour, _MIN_VARIANCE))
    return cv2.resize(whole, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _variance(channel: np.ndarray) -> np.ndarray:
    """Variance of each part of a channel `(H, W)` uint8, float32."""
    values = channel.astype(np.float32)
    size = (max(1, channel.shape[1] // _TILE), max(1, channel.shape[0] // _TILE))
    mean = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return cv2.resize(values * values, size, interpolation=cv2.INTER_AREA) - mean * mean

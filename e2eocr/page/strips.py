"""Lines that bend, cut along their outlines so that they lie level, and places in such a picture back on the page."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.grey import to_grey
from e2eocr.page.crops import LINE_PADDING, bound_height, slice_page
from e2eocr.page.fit import ink_box


def cut_strip(image: np.ndarray, outline: np.ndarray, *, padding: float = LINE_PADDING) -> np.ndarray:
    """Cut a bent line out of a page as an upright grey picture.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        outline: `(2 m, 2)` float32 page pixels: the points of the line's upper edge in reading direction, then of its
            lower edge back.
        padding: Margin added on every side, as a fraction of the line's height.

    Returns:
        `(h, w)` uint8, as large as on the page but as high as other lines are cut.
    """
    length, height = strip_size(outline)
    margin = padding * height
    columns = (np.arange(max(1, round(length + 2 * margin))) + 0.5 - margin) / length
    rows = (np.arange(max(1, round(height + 2 * margin))) + 0.5 - margin) / height
    upper, lower = _edges_at(outline, columns)
    places = upper + rows[:, None, None] * (lower - upper)  # (h, w, 2)
    corner = np.floor(places.min(axis=(0, 1))) - 1
    part = slice_page(image, *corner, *(np.ceil(places.max(axis=(0, 1))) + 2))
    x, y = np.moveaxis((places - corner - 0.5).astype(np.float32), 2, 0)
    return bound_height(to_grey(cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)))


def fit_strip(image: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """Move the edges of a bent line's outline `(2 m, 2)` inwards to its ink, as quads are fitted to theirs."""
    left, top, right, bottom = ink_box(cut_strip(image, outline, padding=0.0))
    upper, lower = _edges_at(outline, np.linspace(left, right, len(outline) // 2))
    across = lower - upper
    return np.concatenate([upper + top * across, (upper + bottom * across)[::-1]]).astype(np.float32)


def strip_part(outline: np.ndarray, left: float, right: float, *, padding: float = LINE_PADDING) -> np.ndarray:
    """The part of a bent line between two places of its crop, as the corners of a quad.

    Args:
        outline: As for `cut_strip`.
        left: Where the part begins, as a fraction (0-1) of the width of the crop, padding included.
        right: Where it ends, likewise.
        padding: What the crop was cut with.

    Returns:
        `(4, 2)` float32 page pixels, nowhere beyond the line's ends.
    """
    length, height = strip_size(outline)
    margin = padding * height
    ends = np.clip((np.array([left, right]) * (length + 2 * margin) - margin) / length, 0, 1)
    upper, lower = _edges_at(outline, ends)
    return np.concatenate([upper, lower[::-1]]).astype(np.float32)


def pad_strip(outline: np.ndarray, padding: float) -> np.ndarray:
    """Move the edges and ends of a bent line's outline `(2 m, 2)` outwards, by a fraction of the line's height."""
    length, height = strip_size(outline)
    beyond = padding * height / length
    places = _places(outline)
    places[[0, -1]] += np.array([-beyond, beyond])
    upper, lower = _edges_at(outline, places)
    across = padding * (lower - upper)
    return np.concatenate([upper - across, (lower + across)[::-1]]).astype(np.float32)


def strip_size(outline: np.ndarray) -> tuple[float, float]:
    """Length along the middle of a line's outline, and mean height across it, pixels; at least one each."""
    upper, lower = _edges(outline)
    steps = np.linalg.norm(np.diff((upper + lower) / 2, axis=0), axis=1)
    return max(1.0, float(steps.sum())), max(1.0, float(np.linalg.norm(lower - upper, axis=1).mean()))


def _edges(outline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower edge of an outline, `(m, 2)` each, both in reading direction."""
    count = len(outline) // 2
    return outline[:count], outline[count:][::-1]


def _places(outline: np.ndarray) -> np.ndarray:
    """Where along the line the points of its edges stand, `(m,)`: 0 its start and 1 its end."""
    upper, lower = _edges(outline)
    steps = np.linalg.norm(np.diff((upper + lower) / 2, axis=0), axis=1)
    reached: np.ndarray = np.concatenate([[0.0], np.cumsum(steps)])
    return reached / max(float(reached[-1]), 1e-6)


def _edges_at(outline: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of both edges, `(n, 2)` each, at places along the line, 0 its start and 1 its end; beyond, it goes on."""
    upper, lower = _edges(outline)
    reached = _places(outline)
    piece = np.clip(np.searchsorted(reached, places, side="right") - 1, 0, len(upper) - 2)
    share = ((places - reached[piece]) / np.maximum(reached[piece + 1] - reached[piece], 1e-6))[:, None]
    first, second = (edge[piece] + share * (edge[piece + 1] - edge[piece]) for edge in (upper, lower))
    return first, second

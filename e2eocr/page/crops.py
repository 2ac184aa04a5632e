"""Line quads to upright pictures of lines, and from places in such a picture back to the page."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.grey import to_grey

LINE_PADDING = 0.1  # of a line's height, on every side of its crop
MIN_HEIGHT = 8
MAX_HEIGHT = 96
_UPRIGHT = 0.01  # pixels that a corner may stand beside its box


def cut_lines(image: np.ndarray, quads: np.ndarray, *, padding: float = LINE_PADDING) -> list[np.ndarray]:
    """Cut each quad out of a page as an upright grey picture.

    A crop lies as its quad's corners say: the first is its top left, the second its top right. Beyond the edge
    of the page its outermost pixels go on.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        quads: Line corners, `(n, 4, 2)` float32 page pixels, clockwise from the text's top left.
        padding: Margin added on every side, as a fraction of the line's height.

    Returns:
        One `(h, w)` uint8 crop per quad, in the same order, as large as on the page but 8 to 96 pixels high.
        Heights differ: recognizers scale.

    Raises:
        ValueError: If a quad has no area.
    """
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    return [bound_height(to_grey(cut_part(image, quad, padding=padding))) for quad in quads]


def cut_part(image: np.ndarray, quad: np.ndarray, *, padding: float = 0.0) -> np.ndarray:
    """Cut one quad `(4, 2)` out of a page `(H, W, 3)` uint8 RGB as `cut_lines` does, in its colours and at its size.

    Returns:
        `(h, w, 3)` uint8 RGB.

    Raises:
        ValueError: If the quad has no area.
    """
    width, height = _quad_size(quad)
    padded = pad_quad(quad, padding)
    (x0, y0), (x1, y1) = quad[0].tolist(), quad[2].tolist()
    upright = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
    if x1 > x0 and y1 > y0 and np.abs(quad - upright).max() <= _UPRIGHT:
        return slice_page(image, *padded[0].tolist(), *padded[2].tolist())
    margin = 2 * padding * height
    return _warp_page(image, padded, max(1, round(width + margin)), max(1, round(height + margin)))


def span_quad(quad: np.ndarray, left: float, right: float, *, padding: float = LINE_PADDING) -> np.ndarray:
    """The part of a line between two places of its crop.

    Args:
        quad: The line's corners, `(4, 2)` page pixels.
        left: Where the part begins, as a fraction (0-1) of the width of the crop, padding included.
        right: Where it ends, likewise.
        padding: What the crop was cut with.

    Returns:
        `(4, 2)` float32 page pixels, as high as the line and nowhere beyond its ends.

    Raises:
        ValueError: If `quad` has no area.
    """
    quad = np.asarray(quad, np.float32)
    width, height = _quad_size(quad)
    margin = padding * height
    start, end = (np.clip((part * (width + 2 * margin) - margin) / width, 0, 1) for part in (left, right))
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    corners = [quad[0] + top * start, quad[0] + top * end, quad[3] + bottom * end, quad[3] + bottom * start]
    return np.array(corners, np.float32)


def _quad_size(quad: np.ndarray) -> tuple[float, float]:
    """Width along the text and height across it."""
    top, bottom = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])
    left, right = np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])
    area = cv2.contourArea(quad) if np.isfinite(quad).all() else 0.0
    if area <= 1e-3:
        raise ValueError(f"Invalid `quads`. Expected quads with an area. Received: quad={quad.tolist()}")
    return float(top + bottom) / 2, float(left + right) / 2


def pad_quad(quad: np.ndarray, padding: float) -> np.ndarray:
    """Move the corners of a line's `(4, 2)` quad outwards on all sides, by a fraction of the line's height."""
    margin = padding * _quad_size(quad)[1]
    along = quad[1] - quad[0] + quad[2] - quad[3]
    across = quad[3] - quad[0] + quad[2] - quad[1]
    along = along * (margin / max(float(np.linalg.norm(along)), 1e-6))
    across = across * (margin / max(float(np.linalg.norm(across)), 1e-6))
    return np.stack(
        [quad[0] - along - across, quad[1] + along - across, quad[2] + along + across, quad[3] - along + across]
    ).astype(np.float32)


def slice_page(image: np.ndarray, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """The pixels of an upright box, its edges rounded to whole pixels."""
    left, top = round(float(x0)), round(float(y0))
    right, bottom = max(left + 1, round(float(x1))), max(top + 1, round(float(y1)))
    height, width = image.shape[:2]
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return image[top:bottom, left:right]
    rows = np.clip(np.arange(top, bottom), 0, height - 1)
    columns = np.clip(np.arange(left, right), 0, width - 1)
    return image[rows[:, None], columns]


def _warp_page(image: np.ndarray, quad: np.ndarray, width: int, height: int) -> np.ndarray:
    """Straighten a `(4, 2)` quad to `(height, width, 3)`; only the part of the page around it is touched."""
    corner = np.floor(quad.min(axis=0)) - 1
    part = slice_page(image, *corner, *(np.ceil(quad.max(axis=0)) + 2))
    # Corners are edges of pixels, and OpenCV counts from the middle of a pixel.
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    transform = cv2.getPerspectiveTransform((quad - corner - 0.5).astype(np.float32), target)
    return cv2.warpPerspective(
        part, transform, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def bound_height(crop: np.ndarray) -> np.ndarray:
    """A line's picture `(h, w)` made larger or smaller, if it is lower or higher than pictures of lines may be."""
    height, width = crop.shape
    wanted = min(max(height, MIN_HEIGHT), MAX_HEIGHT)
    if wanted == height:
        return np.ascontiguousarray(crop)
    size = (max(1, round(width * wanted / height)), wanted)
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA if wanted < height else cv2.INTER_LINEAR)

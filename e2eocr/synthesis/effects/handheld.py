"""Pages photographed by hand: the shadow of whoever holds the camera, and fingers that hold the page.

Each takes `(image, rng, strength)`, `(H, W)` or `(H, W, 3)` uint8, and gives a new picture of the same size.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from e2eocr.synthesis.effects.blocks import smooth_noise

_FINGER_DEPTH = 0.036  # of the picture's longer side: fingers hold a page by its margin


def cast_shadow(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The shadow of a head, an arm and a telephone, with an edge soft or sharp."""
    height, width = image.shape[:2]
    scale = 8
    mask = np.zeros((height // scale + 1, width // scale + 1), np.float32)
    size = np.array(mask.shape[::-1])
    for _ in range(int(rng.integers(1, 3))):
        corner = rng.random(2) * size
        away = rng.normal(0, 1, 2)
        away /= np.linalg.norm(away) + 1e-6
        side = np.array([-away[1], away[0]]) * rng.uniform(0.15, 0.6) * max(size)
        far = corner + away * 2 * max(size)
        outline = np.array([corner - side * 0.6, corner + side * 0.6, far + side, far - side])
        cv2.fillConvexPoly(mask, outline.astype(np.int32), 1.0)
        cv2.circle(mask, tuple(corner.astype(int).tolist()), int(0.6 * np.linalg.norm(side)), 1.0, -1)
    soft = float(rng.choice((rng.uniform(0.4, 1.5), rng.uniform(2, 12))))
    mask = cv2.resize(cv2.GaussianBlur(mask, (0, 0), soft), (width, height))
    factor = 1.0 - np.float32(min(strength * rng.uniform(0.15, 0.55), 0.75)) * mask
    return cv2.multiply(image, factor if image.ndim == 2 else cv2.merge([factor] * 3), dtype=cv2.CV_8U)


def hold(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A thumb or some fingers that reach in from an edge of the picture, less far than a page's margin."""
    held = np.ascontiguousarray(image)
    skin = _skin(rng)
    turn = int(rng.integers(4))
    side = np.ascontiguousarray(np.rot90(held, turn))
    width = side.shape[1]
    thick = float(rng.uniform(0.025, 0.045)) * max(image.shape[:2])
    start = rng.uniform(0.1, 0.9) * width
    for number in range(int(rng.choice((1, 1, 2, 3, 4)))):
        depth = min(strength, 1.5) * _FINGER_DEPTH * max(image.shape[:2]) * float(rng.uniform(0.5, 1.0))
        _draw_finger(side, (start + number * 2.1 * thick, depth), thick, skin, rng)
    return np.ascontiguousarray(np.rot90(side, -turn))


def _skin(rng: np.random.Generator) -> np.ndarray:
    """A colour of skin, RGB float32."""
    dark = rng.random()
    return np.array([232, 190, 165], np.float32) * (1 - dark) + np.array([85, 55, 40], np.float32) * dark


def _draw_finger(
    image: np.ndarray, tip: tuple[float, float], thick: float, skin: np.ndarray, rng: np.random.Generator
) -> None:
    """A finger from the upper edge down to its tip, drawn into the picture; its sides turn from the light."""
    x, y = tip
    reach = math.ceil(thick * 1.6)
    left, right = max(0, int(x - 2 * reach)), min(image.shape[1], int(x + 2 * reach))
    bottom = min(image.shape[0], int(y + reach))
    if right - left < 4 or bottom < 4:
        return
    mask = np.zeros((bottom, right - left), np.float32)
    lean = rng.uniform(-0.5, 0.5) * y
    start, end = (int(x - left + lean), -reach), (int(x - left), max(int(y - thick / 2), 0))
    cv2.line(mask, start, end, 1.0, max(2, int(thick)), cv2.LINE_AA)
    mask = cv2.GaussianBlur(mask, (0, 0), 1.0)
    distance = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    shade = 0.6 + 0.4 * np.sqrt(np.clip(2 * distance / thick, 0, 1)) + 0.03 * smooth_noise(mask.shape, rng, (3, 3))
    part = image[:bottom, left:right]
    colour = shade[..., None] * skin if image.ndim == 3 else shade * float(skin @ (0.299, 0.587, 0.114))
    weight = mask[..., None] if image.ndim == 3 else mask
    part[:] = np.clip(part * (1 - weight) + colour * weight, 0, 255).astype(np.uint8)

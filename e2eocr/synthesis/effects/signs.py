"""Effects of signs, labels and screens on a line: what stands behind letters and around them.

Each takes `(image, rng, strength)`, `(h, w)` uint8 grey, dark letters on light ground, and gives a new picture. What is
drawn light on dark needs no effect of its own: the recognizers see both alike.
"""

from __future__ import annotations

import cv2
import numpy as np

from e2eocr.synthesis.effects.blocks import levels, signed, smooth_noise

_DEEPEST = 0.5  # of the contrast between letters and ground, that a picture behind letters may take
_SHAPES = 4  # with an edge, at most, behind a line


def stand_on_picture(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A picture behind the letters: clouds, grain, and shapes with an edge, all lighter than the letters."""
    height = image.shape[0]
    behind = smooth_noise(image.shape, rng, (height * rng.uniform(0.2, 1.0), height * rng.uniform(0.2, 2.0)))
    behind = behind + rng.uniform(0.0, 0.8) * smooth_noise(image.shape, rng, (height / 12, height / 12))
    for _ in range(rng.integers(0, _SHAPES + 1)):
        behind = behind + np.float32(rng.normal(0.0, 1.5)) * _shape(image.shape, rng)
    depth = np.clip(0.5 + 0.35 * behind, 0.0, 1.0) * min(_DEEPEST * strength * rng.uniform(0.2, 1.0), 0.7)
    ink, paper = levels(image)
    ground = paper - np.float32(paper - ink) * depth
    return cv2.min(image, ground.astype(np.uint8))


def cast_letter_shadow(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A grey, soft shadow below and beside each letter."""
    reach = max(1.0, image.shape[0] * rng.uniform(0.03, 0.09))
    move = np.array([[1, 0, signed(rng, reach)], [0, 1, reach * rng.uniform(0.3, 1.0)]])
    paper, letters = levels(image)[1], _letters(image)
    shadow = cv2.warpAffine(letters, move, image.shape[::-1])
    shadow = cv2.GaussianBlur(shadow, (0, 0), reach * rng.uniform(0.1, 0.6))
    darkened = image - shadow * np.float32(min(strength * rng.uniform(0.2, 0.6), 0.7) * paper)
    return np.where(letters > 0.5, image, np.clip(darkened, 0, 255).astype(np.uint8))


def outline_letters(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Letters with a contour, thin or so wide that contours touch: hollow, light on darker ground, or two of them."""
    height = image.shape[0]
    near = max(1, round(height * strength * rng.uniform(0.02, 0.1)))
    far = near + max(1, round(height * strength * rng.uniform(0.02, 0.08)))
    image = cv2.copyMakeBorder(image, far, far, far, far, cv2.BORDER_REPLICATE)
    ink, paper = levels(image)
    letters = _letters(image)
    contour = _grown(letters, near)
    ground: np.ndarray = image.astype(np.float32)
    inside, around = ink, min(255.0, paper + 15.0)
    look = rng.choice(("hollow", "light", "two"))
    if look == "hollow":
        inside, around = paper, ink + 0.2 * (paper - ink) * rng.random()
    elif look == "light":
        ground = ground - (paper - ink) * np.float32(rng.uniform(0.2, 0.6))
    else:
        second = _grown(letters, far)
        ground = ground * (1.0 - second) + np.float32(ink + 0.3 * (paper - ink) * rng.random()) * second
    return np.clip(ground * (1.0 - contour) + inside * letters + around * (contour - letters), 0, 255).astype(np.uint8)


def grade_letters(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Letters that grow paler from one edge of the line to another, as painted with two colours."""
    paper = np.float32(levels(image)[1])
    height, width = image.shape
    angle = rng.uniform(0.0, 2.0 * np.pi)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(np.cos(angle))
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32) * np.float32(np.sin(angle))
    paleness = np.clip(0.5 + across + down[:, None], 0.0, 1.0) * np.float32(min(0.55 * strength * rng.random(), 0.7))
    return np.clip(image + (paper - image) * paleness, 0, 255).astype(np.uint8)


def _grown(letters: np.ndarray, reach: int) -> np.ndarray:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate(letters, kernel)


def _letters(image: np.ndarray) -> np.ndarray:
    """How much of each pixel is letter, `(h, w)` float32 from 0 to 1; a picture behind them counts as ground."""
    ink, paper = levels(image)
    darkness = (np.float32(paper) - image) / np.float32(max(paper - ink, 1.0))
    return np.clip((darkness - np.float32(0.5)) * np.float32(2.5), 0.0, 1.0)


def _shape(size: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """A filled quad or ellipse somewhere on a picture, 1 on 0, `size` float32."""
    height, width = size
    canvas = np.zeros(size, np.float32)
    centre = (rng.uniform(0, width), rng.uniform(0, height))
    if rng.random() < 0.5:
        axes = (height * rng.uniform(0.2, 2.0), height * rng.uniform(0.2, 2.0))
        cv2.ellipse(canvas, (centre, axes, rng.uniform(0, 180)), 1.0, cv2.FILLED, cv2.LINE_AA)
        return canvas
    corners = np.array(centre) + rng.uniform(-1.5, 1.5, (4, 2)) * height
    return cv2.fillConvexPoly(canvas, cv2.convexHull(corners.astype(np.int32)), 1.0, cv2.LINE_AA)

"""Effects of capture on a line: geometry, light, optics, sensor and coding.

Each takes `(image, rng, strength)`, `(h, w)` uint8 grey, and gives a new picture; its size may differ.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from e2eocr.synthesis.effects.blocks import affine, levels, noise, room_for_ink, shade, signed, smooth_noise


def stretch(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Letters 0.8 to 1.25 times as wide."""
    factor = math.exp(signed(rng, math.log(1.25)) * strength)
    return cv2.resize(image, (max(4, round(image.shape[1] * factor)), image.shape[0]))


def lean(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Upright letters lean up to 8 degrees; the picture widens so that nothing is cut."""
    height, width = image.shape
    slope = math.tan(math.radians(signed(rng, 8.0) * min(strength, 3.0)))
    room = math.ceil(abs(slope) * height)
    return affine(image, [[1, slope, room if slope < 0 else 0], [0, 1, 0]], (width + room, height))


def slant(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """What is left of a page's skew: the line climbs up to 1.5 degrees, but no more than a third of its height."""
    height, width = image.shape
    slope = math.tan(math.radians(signed(rng, 1.5) * strength))
    limit = 0.33 * height / width
    slope = min(max(slope, -limit), limit)
    room = math.ceil(abs(slope) * width)
    return affine(image, [[1, 0, 0], [slope, 1, room if slope < 0 else 0]], (width, height + room))


def rotate_and_straighten(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Turn by up to 15 degrees and back, as a skewed page is straightened: what stays is interpolation loss.

    Done in strips four heights wide: a long line would need a canvas as high as it is wide.
    """
    angle = signed(rng, 15.0) * min(strength, 3.0)
    height, width = image.shape
    step, margin = 4 * height, 3
    strips = []
    for left in range(0, width, step):
        start, stop = max(0, left - margin), min(width, left + step + margin)
        turned = _turn_and_back(image[:, start:stop], angle)
        strips.append(turned[:, left - start : left - start + min(step, width - left)])
    return np.ascontiguousarray(np.hstack(strips))


def _turn_and_back(image: np.ndarray, angle: float) -> np.ndarray:
    height, width = image.shape
    sine, cosine = abs(math.sin(math.radians(angle))), abs(math.cos(math.radians(angle)))
    size = (int(width * cosine + height * sine) + 4, int(width * sine + height * cosine) + 4)
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, 1.0)
    matrix[:, 2] += ((size[0] - width) / 2, (size[1] - height) / 2)
    turned = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    back = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(turned, matrix, (width, height), flags=back, borderMode=cv2.BORDER_REPLICATE)


def tilt(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Mild perspective: each corner moves inwards by up to a tenth of the height, so nothing is cut."""
    height, width = image.shape
    reach = min(0.1 * strength, 0.3) * min(height, width)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    moved = corners + inwards * rng.random((4, 2), dtype=np.float32) * np.float32(reach)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(image, matrix, (width, height), borderValue=levels(image)[1])


def wave(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Curled paper: columns move up, down and sideways, smoothly; the picture grows to hold them."""
    height, width = image.shape
    reach = 0.06 * height * min(strength, 3.0)
    room = math.ceil(reach)
    cell = height * float(rng.uniform(1.5, 6.0))
    across = np.clip(smooth_noise((1, width), rng, (1, cell)), -1.5, 1.5) * np.float32(reach / 1.5)
    along = np.clip(smooth_noise((1, width + 2 * room), rng, (1, cell)), -1.5, 1.5) * np.float32(reach / 1.5)
    across = cv2.copyMakeBorder(across, 0, 0, room, room, cv2.BORDER_REPLICATE)
    map_x = np.arange(-room, width + room, dtype=np.float32)[None, :] + along
    map_y = np.arange(-room, height + room, dtype=np.float32)[:, None] + across
    map_x = np.ascontiguousarray(np.broadcast_to(map_x, map_y.shape))
    return cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderValue=levels(image)[1])


def jitter_crop(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A detector's loose box: up to 6 % of the height cut or 15 % added above and below; the ends only gain."""
    height = image.shape[0]
    scale = height * min(strength, 3.0)
    top, bottom = (round(float(rng.uniform(-0.06, 0.15)) * scale) for _ in range(2))
    left, right = (int(float(rng.uniform(0.0, 0.3)) * scale) for _ in range(2))
    kept = image[max(0, -top) : height - max(0, -bottom)]
    paper = levels(image)[1]
    return cv2.copyMakeBorder(kept, max(0, top), max(0, bottom), left, right, cv2.BORDER_CONSTANT, value=paper)


def shade_gradient(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Light that falls off across the picture."""
    low = max(0.35, 1.0 - strength * float(rng.uniform(0.1, 0.5)))
    corners = rng.uniform(low, 1.0, (2, int(rng.integers(2, 5)))).astype(np.float32)
    return shade(image, cv2.resize(corners, (image.shape[1], image.shape[0])))


def shade_edge(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The dark gutter of a book or the shadow of a lid, at one end of the line."""
    width = image.shape[1]
    reach = image.shape[0] * float(rng.uniform(0.5, 4.0))
    distance = np.arange(width, dtype=np.float32)
    profile = 1.0 - np.float32(min(strength * rng.uniform(0.2, 0.6), 0.7)) * np.exp(-distance / np.float32(reach))
    profile = profile if rng.random() < 0.5 else profile[::-1]
    return shade(image, np.ascontiguousarray(np.broadcast_to(profile, image.shape)))


def change_brightness(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """All greys times 0.7 to 1.3."""
    return cv2.convertScaleAbs(image, alpha=max(0.3, 1.0 + signed(rng, 0.3) * strength))


def lower_contrast(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Ink comes nearer to the paper: 45–95 % of the contrast stays."""
    kept = 1.0 - min(strength * float(rng.uniform(0.05, 0.55)), 0.7)
    return cv2.convertScaleAbs(image, alpha=kept, beta=(1.0 - kept) * levels(image)[1])


def raise_contrast(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A copier's hard curve: light greys burn out, dark ones fill."""
    ink, paper = levels(image)
    middle = ink + (paper - ink) * float(rng.uniform(0.5, 0.7))
    gain = 1.0 + strength * float(rng.uniform(0.5, 2.5))
    greys = np.clip((np.arange(256) - middle) * gain + middle, 0, 255).astype(np.uint8)
    return cv2.LUT(image, greys)


def change_gamma(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Middle greys darker or lighter: gamma 0.6 to 1.7."""
    gamma = math.exp(signed(rng, 0.53) * strength)
    return cv2.LUT(image, (255.0 * (np.arange(256) / 255.0) ** gamma + 0.5).astype(np.uint8))


def blur(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Out of focus: sigma up to 3 % of the height."""
    sigma = image.shape[0] * strength * float(rng.uniform(0.008, 0.03))
    return cv2.GaussianBlur(image, (0, 0), max(sigma, 0.1))


def blur_motion(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A shaken camera: a short stroke in a random direction."""
    reach = image.shape[0] * min(strength, 3.0) * float(rng.uniform(0.02, 0.055))
    angle = float(rng.uniform(0, math.pi))
    radius = max(1, math.ceil(reach))
    kernel = np.zeros((2 * radius + 1, 2 * radius + 1), np.float32)
    for step in np.linspace(-reach, reach, 2 * radius + 1):
        kernel[radius + round(step * math.sin(angle)), radius + round(step * math.cos(angle))] += 1.0
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def sharpen(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A scanner's unsharp mask, with its pale halos."""
    amount = strength * float(rng.uniform(0.4, 1.6))
    soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.8, 1.6)))
    return cv2.addWeighted(image, 1.0 + amount, soft, -amount, 0.0)


def lower_resolution(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Scanned too coarsely: 13 to 22 pixels high, then enlarged again or left small."""
    height, width = image.shape
    target = max(4.0, float(rng.uniform(13.0, 22.0)) / max(1.0, strength))
    factor = 1.0 - (1.0 - target / height) * min(strength, 1.0)
    if factor >= 1.0:
        return image
    size = (max(4, round(width * factor)), max(4, round(height * factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_LINEAR)
    if rng.random() < 0.4:
        return small
    return cv2.resize(small, (width, height), interpolation=int(rng.choice((cv2.INTER_CUBIC, cv2.INTER_LINEAR))))


def add_noise(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Sensor noise: mostly sigma 0.01 of the full range, at times up to 0.05."""
    sigma = 255.0 * (0.01 if rng.random() < 0.6 else float(rng.uniform(0.01, 0.05))) * strength
    return cv2.add(image, noise(image.shape, rng) * np.float32(sigma), dtype=cv2.CV_8U)


def binarise(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A 1-bit scan: threshold at a higher resolution with ragged edges, then half the time scaled back."""
    height, width = image.shape
    ink, paper = levels(image)
    factor = float(rng.uniform(1.25, 1.75)) if height * width < 100_000 else 1.0
    size = (max(4, round(width * factor)), max(4, round(height * factor)))
    large = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    rough = cv2.blur(noise(large.shape, rng), (2, 2)) * np.float32(strength * rng.uniform(0.03, 0.24) * (paper - ink))
    threshold = ink + (paper - ink) * float(rng.uniform(0.4, 0.5 + 0.22 * room_for_ink(image)))
    bits = cv2.threshold(cv2.add(large, rough, dtype=cv2.CV_8U), threshold, 255, cv2.THRESH_BINARY)[1]
    return cv2.resize(bits, (width, height), interpolation=cv2.INTER_AREA) if rng.random() < 0.5 else bits


def compress(image: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """JPEG of quality 15 to 80; pictures under 24 pixels high get 35 or more, or letters would vanish."""
    quality = max(35 if image.shape[0] < 24 else 15, int(100 - min(strength, 2.0) * rng.uniform(20, 85)))
    data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))

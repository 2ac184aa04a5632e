"""Any Pillow picture -> `(H, W, 3)` uint8 RGB, as a person sees it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from PIL import Image, ImageCms

_BAND_PIXELS = 1 << 20
_LIGHT = 160.0
_PHOTOMETRIC_TAG = 262


def decoded_bytes_per_pixel(mode: str) -> int:
    """What Pillow needs to hold one pixel of this mode in memory."""
    if mode in ("1", "L", "P"):
        return 1
    return 2 if mode.startswith("I;16") else 4


def to_rgb(image: Image.Image, reduction: int = 1) -> np.ndarray:
    """Convert a loaded picture of any mode.

    Deep samples (16-bit, 32-bit, float) are scaled by the range they really use, transparent pictures are laid on
    white, or on black where what is drawn is light. Works in bands, so that no second copy of a page is held.

    Args:
        image: A loaded picture.
        reduction: Whole factor by which width and height are reduced, averaging.

    Returns:
        `(max(1, H // reduction), max(1, W // reduction), 3)` uint8 RGB.
    """
    convert = _converter(image)
    width, height = max(1, image.width // reduction), max(1, image.height // reduction)
    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, _BAND_PIXELS // (image.width * reduction))
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        band = convert(image.crop((0, top * reduction, image.width, min(image.height, bottom * reduction))))
        if reduction > 1:
            band = cv2.resize(band, (width, bottom - top), interpolation=cv2.INTER_AREA)
        pixels[top:bottom] = band if band.ndim == 3 else band[:, :, None]
    return pixels


def _converter(image: Image.Image) -> Callable[[Image.Image], np.ndarray]:
    """The function that turns a band of this picture into `(h, w, 3)` or `(h, w)` uint8."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _deep_converter(image)
    if image.mode == "LAB":
        return lambda band: np.asarray(_apply_lab_transform(band))
    if image.has_transparency_data:
        background = _background_for(image)
        return lambda band: _lay_on(band, background)
    target = "L" if image.mode in ("1", "L") else "RGB"
    return lambda band: np.asarray(band.convert(target))


def _deep_converter(image: Image.Image) -> Callable[[Image.Image], np.ndarray]:
    """Scale grey samples that are deeper than 8 bits."""
    low, high = _sample_range(image)
    scale = 255.0 / (high - low)
    inverted = image.mode.startswith("I;16") and _is_white_zero(image)

    def convert(band: Image.Image) -> np.ndarray:
        values = (np.nan_to_num(np.asarray(band).astype(np.float32), nan=high) - low) * scale
        grey = np.clip(values + 0.5, 0, 255).astype(np.uint8)
        return 255 - grey if inverted else grey

    return convert


def _sample_range(image: Image.Image) -> tuple[float, float]:
    """The samples that mean black and white.

    Black is 0 (or the lowest, where that is negative); white is the top of the smallest bit depth that holds the
    brightest sample: a 12-bit scan in a 16-bit file is not dark, and the noise of an empty page is not stretched.
    Floats up to 1 are taken as 0–1.
    """
    extrema = [_finite_extrema(np.asarray(band)) for band in _bands(image)]
    low = min(0.0, *(lowest for lowest, _ in extrema))
    high = max(0.0, *(highest for _, highest in extrema))
    if image.mode == "F" and high <= 1.0:
        return low, 1.0
    bits = max(8, int(high - low).bit_length())
    return low, low + float(2**bits - 1)


def _bands(image: Image.Image) -> Iterator[Image.Image]:
    width, height = image.size
    rows = max(1, _BAND_PIXELS // max(1, width))
    for top in range(0, height, rows):
        yield image.crop((0, top, width, min(height, top + rows)))


def _finite_extrema(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _is_white_zero(image: Image.Image) -> bool:
    """Whether a TIFF stores white as 0. Pillow undoes that up to 8 bits only."""
    return getattr(image, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == 0


@functools.cache
def _lab_transform() -> ImageCms.ImageCmsTransform:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransformFromOpenProfiles(lab, srgb, "LAB", "RGB")


def _apply_lab_transform(band: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(band, _lab_transform())
    if converted is None:
        raise ValueError("Lab colours could not be converted")
    return converted


def _background_for(image: Image.Image) -> int:
    """Black (0) behind a drawing that is light where it is opaque and leaves most of the picture open, else white."""
    sample = np.asarray(_thin_out(image).convert("RGBA"), np.float32)  # (h, w, 4)
    alpha = sample[:, :, 3] / 255.0
    covered = float(alpha.mean())
    if not 0.0 < covered < 0.5:
        return 255
    brightness = float((sample[:, :, :3].mean(axis=2) * alpha).mean()) / covered
    return 0 if brightness > _LIGHT else 255


def _thin_out(image: Image.Image, side: int = 512) -> Image.Image:
    """The picture, at most `side` pixels wide and high, sampled without mixing neighbours."""
    width, height = image.size
    return image.resize((min(width, side), min(height, side)), Image.Resampling.NEAREST)


def _lay_on(band: Image.Image, background: int) -> np.ndarray:
    rgba = np.asarray(band.convert("RGBA"), np.float32)
    alpha = rgba[:, :, 3:] / 255.0
    return (rgba[:, :, :3] * alpha + background * (1.0 - alpha) + 0.5).astype(np.uint8)

"""Faces opened at a size, and how high their letters stand."""

from __future__ import annotations

from functools import cache, lru_cache

from PIL import ImageFont

from e2eocr.synthesis.fonts.faces import Face

_PROBE = "Hbdpgqy"
_PROBE_SIZE = 64
_OPEN_FONTS = 400


@lru_cache(maxsize=_OPEN_FONTS)
def open_font(face: Face, size: int, weight: float | None = None) -> ImageFont.FreeTypeFont:
    """Open a face at a size in pixels; the last few hundred stay open."""
    font = ImageFont.truetype(str(face.path), size, index=face.index)
    if weight is not None:
        defaults = [axis["default"] or 0 for axis in font.get_variation_axes()]
        font.set_variation_by_axes(
            [weight if axis[0] == "wght" else value for axis, value in zip(face.axes, defaults, strict=True)]
        )
    return font


@cache
def _probe(face: Face) -> tuple[float, float]:
    """Ascent and descent of the ink of letters, in units of the size."""
    sample = "".join(character for character in _PROBE if character in face.characters) or "".join(
        sorted(face.characters)[:40]
    )
    _, top, _, bottom = open_font(face, _PROBE_SIZE).getbbox(sample, anchor="ls")
    return max(-top / _PROBE_SIZE, 0.2), max(bottom / _PROBE_SIZE, 0.05)


def face_height(face: Face) -> float:
    """From the top of ascenders to the foot of descenders, in units of the size."""
    return sum(_probe(face))


def face_extent(face: Face, size: int) -> tuple[int, int]:
    ascent, descent = _probe(face)
    return round(ascent * size), round(descent * size)

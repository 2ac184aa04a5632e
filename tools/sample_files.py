"""The samples as files: few grey levels, PDFs whose dates are fixed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

_LONG_AGO = time.gmtime(0)


def to_picture(page: np.ndarray) -> Image.Image:
    """A page, `(h, w)` or `(h, w, 3)` float from 0 to 1, as a picture."""
    return Image.fromarray(np.rint(np.clip(page, 0, 1) * 255).astype(np.uint8))


def save_levels(page: np.ndarray, path: Path, count: int) -> None:
    """Save as a grey PNG with few levels, as scanners do to keep files small."""
    steps = np.rint(np.clip(page, 0, 1) * (count - 1)).astype(np.uint8)
    image = Image.fromarray(steps, "P")
    image.putpalette([value for step in range(count) for value in [round(step * 255 / (count - 1))] * 3])
    image.save(path, optimize=True, bits=4, dpi=(200, 200))


def save_pdf(pages: list[Image.Image], path: Path, dpi: int, **options: Any) -> None:
    """Save pages as a PDF without text, its dates fixed so that the bytes stay the same."""
    pages[0].save(
        path,
        save_all=True,
        append_images=pages[1:],
        resolution=dpi,
        creationDate=_LONG_AGO,
        modDate=_LONG_AGO,
        **options,
    )

"""What must be known of a script to draw its lines."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import features

from e2eocr.errors import MissingDependencyError
from e2eocr.synthesis.text.languages import RIGHT_TO_LEFT

# Scripts whose letters join, stack or move: they are drawn by HarfBuzz, which Pillow calls through libraqm.
SHAPED = RIGHT_TO_LEFT | {
    "Deva", "Beng", "Taml", "Telu", "Knda", "Mlym", "Gujr", "Guru", "Orya", "Sinh", "Thai", "Laoo", "Khmr", "Mymr",
    "Tibt",
}  # fmt: skip


def check_shaping(scripts: Iterable[str]) -> None:
    """Make sure that the letters of some scripts will be joined: without libraqm, Pillow sets them apart unasked.

    Raises:
        MissingDependencyError: If one of them needs it and it is not there.
    """
    needing = sorted(SHAPED.intersection(scripts))
    if needing and not features.check("raqm"):
        raise MissingDependencyError(
            f"To draw {', '.join(needing)}, Pillow needs libraqm and libfribidi. Install the system's packages: "
            "apt-get install libraqm0 libfribidi0, brew install libraqm"
        )

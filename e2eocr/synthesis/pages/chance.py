"""What is drawn by lot on pages of all kinds."""

from __future__ import annotations

import random

import numpy as np

from e2eocr.synthesis.pages.canvas import Colour


def numpy_rng(rng: random.Random) -> np.random.Generator:
    """A generator for arrays, seeded by one for choices."""
    return np.random.default_rng(rng.getrandbits(63))


def any_colour(rng: random.Random, low: int = 0, high: int = 255) -> Colour:
    """A colour whose parts lie in a range."""
    return rng.randint(low, high), rng.randint(low, high), rng.randint(low, high)

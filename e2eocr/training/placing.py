"""Weights of a layer put into those of a larger one, which goes on as the smaller one did."""

from __future__ import annotations

import numpy as np


def place_weights(old: np.ndarray, new: np.ndarray, axes: tuple[np.ndarray, ...]) -> np.ndarray:
    """`new` with `old` in it; nothing that is new goes into the outputs, along the last axis, that there were."""
    grown = new.copy()
    grown[..., axes[-1]] = 0.0
    grown[np.ix_(*axes)] = old
    return grown

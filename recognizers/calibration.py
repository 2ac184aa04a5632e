"""Confidences that say how often a line is right: raw scores of a model through a logistic curve (Platt 1999)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def raw_score(confidences: Sequence[float], log_probability: float) -> float:
    """How sure a model is of a whole line, in log-odds: of the mean and the worst of its steps.

    A line's probability falls with its length, so the score is the geometric mean of the line's probability and its
    weakest character's.

    Args:
        confidences: Of the characters, 0–1; none for a line without a text.
        log_probability: Natural logarithm of the line's probability.
    """
    if not confidences:
        return -10.0
    weakest = math.log(max(min(confidences), 1e-9))
    mean = (log_probability + weakest) / 2
    probability = min(max(math.exp(mean), 1e-6), 1 - 1e-6)
    return math.log(probability / (1 - probability))


def calibrate(score: float, calibration: tuple[float, float]) -> float:
    """Confidence in 0–1 of a raw score, by logistic (Platt) scaling."""
    slope, offset = calibration
    return (1 + math.tanh((slope * score + offset) / 2)) / 2  # the logistic curve, without overflow


def fit_calibration(confidences: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the logistic curve from raw scores to the share of right lines (Platt 1999).

    Args:
        confidences: `(n,)` uncalibrated confidences of lines (with slope 1 and offset 0), 0–1.
        right: `(n,)` bool, whether each was read without an error.
    """
    clipped = np.clip(confidences, 1e-6, 1 - 1e-6)
    scores = np.log(clipped / (1 - clipped))
    positive, negative = int(right.sum()), int((~right).sum())
    # Platt's targets keep the curve finite where the two kinds of lines can be told apart without an error.
    targets = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    inputs = np.stack([scores, np.ones_like(scores)], axis=1)  # (n, 2)
    solution = np.array([1.0, 0.0])
    for _ in range(50):  # Newton's method on the logistic loss, with steps short enough that it falls
        fitted = _logistic(inputs @ solution)
        gradient = inputs.T @ (fitted - targets)
        hessian = (inputs * (fitted * (1 - fitted))[:, None]).T @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        present = _logistic_loss(inputs @ solution, targets)
        while _logistic_loss(inputs @ (solution - step), targets) > present and np.abs(step).max() > 1e-9:
            step /= 2
        solution = solution - step
    return round(float(solution[0]), 4), round(float(solution[1]), 4)


def _logistic(scores: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(scores / 2)) / 2


def _logistic_loss(scores: np.ndarray, targets: np.ndarray) -> float:
    return float((np.logaddexp(0, scores) - targets * scores).sum())

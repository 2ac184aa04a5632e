"""The losses of DBNet, for any Keras backend.

After Liao et al. 2020 and their published code: balanced cross entropy on the shrink map, Dice on the approximate
binary map, L1 on the threshold map, weighted 5 : 1 : 10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

NEGATIVES = 3  # places without text that count for each place with text, the hardest first
MIN_NEGATIVES = 1 / 64  # of all places: pages without text teach, too
STEEPNESS = 50.0  # of the approximate step from probability to binary map
ENTROPY_WEIGHT, DICE_WEIGHT, THRESHOLD_WEIGHT = 5.0, 1.0, 10.0
_EPSILON = 1e-6


def maps_loss(places: int) -> Callable[[Any, Any], Any]:
    """The loss of shrink and threshold map.

    Args:
        places: Places to an output cell.

    Returns:
        A function of truth `(B, h, w, 4 * places)`, the maps of `TargetMaps` in their order, and logits
        `(B, h, w, 2 * places)`, shrink map and threshold map.
    """

    def loss(truth: Any, logits: Any) -> Any:
        shrink, threshold, border, valid = ops.split(ops.cast(truth, "float32"), 4, axis=-1)
        shrink_logits, threshold_logits = ops.split(ops.cast(logits, "float32"), 2, axis=-1)
        estimate = ops.sigmoid(threshold_logits)
        binary = ops.sigmoid(STEEPNESS * (ops.sigmoid(shrink_logits) - estimate))
        entropy = balanced_cross_entropy(shrink, shrink_logits, valid)
        overlap = dice_loss(shrink, binary, valid)
        distance = masked_distance(threshold, estimate, border)
        return ENTROPY_WEIGHT * entropy + DICE_WEIGHT * overlap + THRESHOLD_WEIGHT * distance

    loss.__name__ = f"dbnet_loss_{places}"
    return loss


def balanced_cross_entropy(truth: Any, logits: Any, valid: Any) -> Any:
    """Binary cross entropy over all places with text and the hardest without, three for one.

    Args:
        truth: 0 or 1, float32 of any shape.
        logits: Likewise.
        valid: 1 where a place counts, else 0.
    """
    losses = ops.reshape(ops.softplus(logits) - truth * logits, (-1,))
    positive = ops.reshape(truth * valid, (-1,))
    negative = ops.reshape((1 - truth) * valid, (-1,))
    total = ops.sum(ops.ones_like(losses))
    wanted = ops.maximum(NEGATIVES * ops.sum(positive), MIN_NEGATIVES * total)
    count = ops.clip(wanted, 1.0, ops.maximum(ops.sum(negative), 1.0))
    ranked = ops.sort(ops.stop_gradient(losses * negative))
    least = ops.take(ranked, ops.cast(total - count, "int32"))
    hard = negative * ops.cast(losses >= least, "float32")
    chosen = positive + ops.stop_gradient(hard)
    return ops.sum(losses * chosen) / (ops.sum(chosen) + _EPSILON)


def dice_loss(truth: Any, estimate: Any, valid: Any) -> Any:
    """One minus the Dice coefficient of two maps in 0–1, over the places that count; 0 where both are empty."""
    common = ops.sum(truth * estimate * valid)
    total = ops.sum(truth * valid) + ops.sum(estimate * valid)
    return 1 - (2 * common + 1) / (total + 1)


def masked_distance(truth: Any, estimate: Any, mask: Any) -> Any:
    """Mean absolute difference over the places of a mask; 0 where it is empty."""
    return ops.sum(ops.abs(truth - estimate) * mask) / (ops.sum(mask) + _EPSILON)


def turn_loss(truth: Any, logits: Any) -> Any:
    """Cross entropy of the quarter turn, over the pictures that tell it.

    Args:
        truth: `(B, 1)` int32, quarter turns clockwise, or -1 where it is not known.
        logits: `(B, 4)` float32.
    """
    labels = ops.cast(ops.reshape(truth, (-1,)), "int32")
    known = ops.cast(labels >= 0, "float32")
    losses = ops.sparse_categorical_crossentropy(ops.maximum(labels, 0), ops.cast(logits, "float32"), from_logits=True)
    return ops.sum(losses * known) / (ops.sum(known) + _EPSILON)

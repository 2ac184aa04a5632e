"""The loss of line sorters, for any Keras backend."""

from __future__ import annotations

from typing import Any

from keras import ops

SMOOTHING = 0.02  # of the groups' truth: a sorter that is sure of everything cannot tell what it is unsure of
UPSIDE_DOWN_WEIGHT = 0.5


def kind_loss(groups: Any, upside_down: Any, logits: Any) -> Any:
    """Mean cross entropy of the groups, and of which way up lines are.

    Args:
        groups: `(B,)` int32 numbers of groups.
        upside_down: `(B,)` float32, 1 for lines upside down.
        logits: `(B, groups + 1)` float32, the last one that of a line upside down.
    """
    of_groups, of_turn = logits[:, :-1], logits[:, -1]
    count = of_groups.shape[-1]
    truth = ops.one_hot(groups, count, dtype="float32") * (1 - SMOOTHING) + SMOOTHING / count
    entropy = -ops.sum(truth * ops.log_softmax(of_groups, axis=-1), axis=-1)
    turn = ops.softplus(of_turn) - upside_down * of_turn
    return ops.mean(entropy + UPSIDE_DOWN_WEIGHT * turn)

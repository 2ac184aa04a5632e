"""The losses of line recognizers, for any Keras backend."""

from __future__ import annotations

from typing import Any

from keras import ops

from recognizers.charset import BLANK


def ctc_loss(labels: Any, logits: Any) -> Any:
    """CTC loss per character of a batch.

    Args:
        labels: `(B, L)` int32 classes, padded with the blank's 0.
        logits: `(B, T, classes)` float32; a line's padding is read as blanks, so every step counts.
    """
    lengths = ops.sum(ops.cast(ops.not_equal(labels, BLANK), "int32"), axis=-1)  # (B,)
    steps = ops.full_like(lengths, ops.shape(logits)[1])
    losses = ops.ctc_loss(labels, logits, lengths, steps, mask_index=BLANK)
    return ops.sum(losses) / ops.cast(ops.sum(lengths), "float32")

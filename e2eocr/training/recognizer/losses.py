"""The losses of line recognizers, for any Keras backend."""

from __future__ import annotations

from typing import Any

import keras
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


COLUMNS_SHARE = 0.3  # of the loss of a decoder's training: that of its encoder's columns
SMOOTHING = 0.05  # share of a truth that is spread over all classes (Szegedy et al. 2016)


def teacher_loss(labels: Any, logits: Any, by_column: Any) -> Any:
    """Loss per character of a model that writes lines and whose columns are trained by CTC beside it.

    After "Joint CTC-Attention based End-to-End Speech Recognition" (Kim et al. 2017).

    Args:
        labels: `(B, L)` int32 classes, padded with the edge's 0.
        logits: `(B, L + 1, classes)` float32, of what stands at each place: the label, then the edge.
        by_column: `(B, T, classes)` float32.
    """
    written = writing_loss(labels, logits)
    return (1 - COLUMNS_SHARE) * written + COLUMNS_SHARE * ctc_loss(labels, by_column)


def writing_loss(labels: Any, logits: Any) -> Any:
    """Smoothed cross-entropy per character, the edge at the end of a line being one; as in `teacher_loss`."""
    truth = ops.pad(labels, ((0, 0), (0, 1)))  # (B, L + 1)
    lengths = ops.sum(ops.cast(ops.not_equal(labels, BLANK), "int32"), axis=-1)  # (B,)
    counts = ops.cast(ops.arange(ops.shape(truth)[1])[None] <= lengths[:, None], "float32")
    smooth = ops.one_hot(truth, logits.shape[-1]) * (1 - SMOOTHING) + SMOOTHING / logits.shape[-1]
    losses = keras.losses.categorical_crossentropy(smooth, logits, from_logits=True)  # (B, L + 1)
    return ops.sum(losses * counts) / ops.sum(counts)

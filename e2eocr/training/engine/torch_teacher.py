"""The loss of a model that writes lines, by PyTorch: what `losses.teacher_loss` is by Keras."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from e2eocr.training.engine.torch_ctc import ctc_loss
from e2eocr.training.recognizer.losses import COLUMNS_SHARE, SMOOTHING

_NO_TRUTH = -100


def teacher_loss(labels: torch.Tensor, logits: torch.Tensor, by_column: torch.Tensor) -> torch.Tensor:
    """Loss per character; see `losses.teacher_loss`."""
    labels = labels.long()
    truth = F.pad(labels, (0, 1))  # (B, L + 1)
    places = torch.arange(truth.shape[1], device=truth.device)
    truth = truth.masked_fill(places > (labels > 0).sum(1, keepdim=True), _NO_TRUTH)
    written = F.cross_entropy(
        logits.flatten(0, 1).float(), truth.flatten(), ignore_index=_NO_TRUTH, label_smoothing=SMOOTHING
    )
    return (1 - COLUMNS_SHARE) * written + COLUMNS_SHARE * ctc_loss(labels, by_column)

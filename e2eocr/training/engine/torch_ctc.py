"""The CTC loss by PyTorch, on the few classes of a line that its label has.

Of a thousand classes a line's label has some thirty. PyTorch's loss looks at all of them at every step, and its
gradient goes back through a softmax once more. Here the loss sees the classes of each line alone, with one that stands
for all others; the gradient of the logits, the softmax less the part of each class in the paths (Graves et al. 2006,
eq. 16), is put together at once.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

_BLANK = 0


class _CTC(torch.autograd.Function):
    """Sum of the CTC losses of a batch, by its logits."""

    @staticmethod
    def forward(context: Any, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The loss; keeps its gradient.

        Args:
            context: Where the gradient is kept.
            logits: `(B, T, classes)`.
            labels: `(B, L)` int64 classes, padded with the blank.
        """
        logarithms = torch.log_softmax(logits.float(), dim=-1)  # (B, T, C)
        classes, compact = compact_labels(labels)  # (B, K), (B, L)
        index = classes.unsqueeze(1).expand(-1, logits.shape[1], -1)  # (B, T, K)
        chosen = logarithms.gather(2, index)
        chosen.masked_fill_(_repeats(classes).unsqueeze(1), -torch.inf)
        rest = torch.log1p(-chosen.exp().sum(-1, keepdim=True).clamp(max=1 - 1e-6))  # (B, T, 1)
        with torch.enable_grad():
            few = torch.cat([chosen, rest], dim=-1).transpose(0, 1).requires_grad_()  # (T, B, K + 1)
            lengths = (labels != _BLANK).sum(1)
            steps = torch.full_like(lengths, logits.shape[1])
            loss = F.ctc_loss(few, compact, steps, lengths, _BLANK, reduction="sum", zero_infinity=True)
            (gradient,) = torch.autograd.grad(loss, few)
        # PyTorch's gradient of a logarithm is its exponential less the class's part in the paths.
        parts = chosen.exp() - gradient.transpose(0, 1)[..., :-1]  # (B, T, K)
        parts = parts.masked_fill_(_repeats(classes).unsqueeze(1), 0.0)
        context.save_for_backward(logarithms.exp_().scatter_add_(2, index, -parts))
        context.dtype = logits.dtype
        return loss.detach()

    @staticmethod
    def backward(context: Any, *outer: torch.Tensor) -> Any:
        """The kept gradient times that of the loss."""
        (gradient,) = context.saved_tensors
        return (gradient * outer[0]).to(context.dtype), None


def compact_labels(labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The classes of each line, and its label by their numbers among those.

    Args:
        labels: `(B, L)` int64, padded with the blank's 0.

    Returns:
        `(B, L + 1)` classes, the blank first, then those of the label as they stand in it, repeats and padding too; and
        `(B, L)` labels, each by the place of its class's first appearance.
    """
    classes = F.pad(labels, (1, 0))
    first = (labels.unsqueeze(2) == classes.unsqueeze(1)).int().argmax(2)  # (B, L): the first place of the class
    return classes, first


def _repeats(classes: torch.Tensor) -> torch.Tensor:
    """`(B, K)`: where a class has stood before in its row."""
    places = torch.arange(classes.shape[1], device=classes.device)
    first = (classes.unsqueeze(2) == classes.unsqueeze(1)).int().argmax(2)
    return first != places


def ctc_loss(labels: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """CTC loss per character of a batch.

    Args:
        labels: `(B, L)` integer classes, padded with the blank's 0.
        logits: `(B, T, classes)`; a line's padding is read as blanks, so every step counts.
    """
    labels = labels.long()
    return _CTC.apply(logits, labels) / (labels != _BLANK).sum()

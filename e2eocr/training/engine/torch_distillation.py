"""The CTC loss joined with what a teacher says of each step of a line, by PyTorch.

After "Distilling the Knowledge in a Neural Network" (Hinton et al. 2015), step by step: a model that is taught so takes
over where its teacher sees each character begin, which CTC has to find out.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from e2eocr.training.engine.torch_ctc import ctc_loss


def distilled_loss(labels: torch.Tensor, taught: torch.Tensor, logits: torch.Tensor, *, weight: float) -> torch.Tensor:
    """CTC loss per character, and beside it the divergence from a teacher.

    The temperature is 1: at a higher one much of what is learned would be a thousand classes that a step does not show.

    Args:
        labels: `(B, L)` integer classes, padded with the blank's 0.
        taught: `(B, T, known)` logits of the teacher, which knows the first ones of the classes.
        logits: `(B, T, classes)`.
        weight: Of the divergence, beside the CTC loss.
    """
    return ctc_loss(labels, logits) + weight * divergence(labels, taught, logits)


def divergence(labels: torch.Tensor, taught: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence from a teacher per character; as in `distilled_loss`.

    A line with a character that the teacher does not know counts nothing: it would be taught wrongly.
    """
    known = taught.shape[-1]
    own = torch.log_softmax(logits.float(), dim=-1)[..., :known]
    theirs = torch.log_softmax(taught.float(), dim=-1)
    steps = F.kl_div(own, theirs, reduction="none", log_target=True).sum((1, 2))  # (B,)
    return (steps * (labels < known).all(1)).sum() / (labels > 0).sum()

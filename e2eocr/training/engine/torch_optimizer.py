"""AdamW and Muon on the variables of a Keras graph, by PyTorch.

Muon: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; with the weight decay and the size
of a step of "Muon is Scalable for LLM Training" (Liu et al. 2025), so that it takes the learning rates of AdamW.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import torch

_CLIP = 5.0  # largest norm of a variable's gradient
_EPSILON = 1e-7
_MOMENTUM = 0.95
_STEPS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # of the quintic that brings singular values near 1 fastest
_STEP_SIZE = 0.2  # times the root of the longer side: as large as a step of AdamW
_GATES = 4


def hidden_matrices(model: keras.Model) -> list[Any]:
    """The variables that Muon is meant for: kernels between the first layer and the outputs.

    The first layer, which sees pixels, and those that give an output are AdamW's, as are biases and normalizations.
    """
    ends = {id(operation) for operation in (tensor._keras_history.operation for tensor in model.outputs)}
    starts = {id(tensor) for tensor in model.inputs}
    matrices = []
    for layer in model.layers:
        fed = {id(tensor) for tensor in keras.tree.flatten(layer.input)}
        if id(layer) not in ends and not fed & starts:
            matrices += [variable for variable in layer.trainable_variables if _is_matrix(variable)]
    return matrices


def _is_matrix(variable: Any) -> bool:
    """Whether a variable mixes channels: a matrix, or a convolution that is not depthwise."""
    name = variable.path.rpartition("/")[2]
    if len(variable.shape) == 4:
        return min(variable.shape[2:]) > 1
    return name.endswith("kernel") and len(variable.shape) == 2


def as_matrices(value: torch.Tensor, gates: int) -> torch.Tensor:
    """A kernel `(in, gates * units)` or `(h, w, in, out)` as matrices `(gates, rows, columns)`; a view of it."""
    rows = value.flatten(0, -2)  # (h * w * in, out)
    return rows.unflatten(1, (gates, -1)).transpose(0, 1)


def orthogonalize(matrices: torch.Tensor) -> torch.Tensor:
    """The nearest matrices whose singular values are about 1, by five Newton-Schulz steps.

    Args:
        matrices: `(n, rows, columns)`; computed in its precision.
    """
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + _EPSILON)
    for _ in range(_STEPS):
        square = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x.transpose(1, 2) if tall else x


class TorchOptimizer:
    """One step on all variables of a graph.

    Decay pulls on kernels alone, as in Keras' AdamW with `exclude_from_weight_decay(["bias", "gamma", "beta"])`.
    """

    def __init__(self, model: keras.Model, *, muon: bool, weight_decay: float, momentum: float = _MOMENTUM) -> None:
        """Begin anew.

        Args:
            model: Whose variables.
            muon: Whether its hidden matrices are Muon's.
            weight_decay: Times the learning rate, what a step takes from a weight.
            momentum: Of Muon.
        """
        matrices = hidden_matrices(model) if muon else []
        chosen = {id(variable) for variable in matrices}
        others = [variable for variable in model.trainable_variables if id(variable) not in chosen]
        decayed = [variable.value for variable in others if _is_decayed(variable)]
        free = [variable.value for variable in others if not _is_decayed(variable)]
        groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
        self._adamw = torch.optim.AdamW([each for each in groups if each["params"]], eps=_EPSILON, fused=True)
        self._all = [variable.value for variable in model.trainable_variables]
        self._momentum, self._decay = momentum, weight_decay
        self._buckets = _bucket(matrices)
        self._moments = {id(value): torch.zeros_like(value) for bucket in self._buckets for value, _ in bucket}

    def clear(self) -> None:
        """Forget the gradients."""
        for value in self._all:
            value.grad = None

    @torch.no_grad()
    def step(self, rate: float, dtype: torch.dtype) -> None:
        """Follow the gradients.

        Args:
            rate: The learning rate.
            dtype: Precision in which Muon's matrices are multiplied.
        """
        self._clip()
        for group in self._adamw.param_groups:
            group["lr"] = rate
        self._adamw.step()
        for bucket in self._buckets:
            self._step_matrices(bucket, rate, dtype)

    def _clip(self) -> None:
        gradients = [value.grad for value in self._all if value.grad is not None]
        norms = torch.stack(torch._foreach_norm(gradients))
        factors = (_CLIP / (norms + 1e-12)).clamp(max=1.0)
        torch._foreach_mul_(gradients, list(factors.unbind()))

    def _step_matrices(self, bucket: Sequence[tuple[torch.Tensor, int]], rate: float, dtype: torch.dtype) -> None:
        """One step of Muon on matrices of one shape."""
        updates = []
        for value, gates in bucket:
            moment, gradient = self._moments[id(value)], value.grad
            assert gradient is not None  # each variable of a graph has a part in its outputs
            moment.mul_(self._momentum).add_(gradient)
            updates.append(as_matrices(gradient.add(moment, alpha=self._momentum), gates))
        whole = orthogonalize(torch.cat(updates).to(dtype)).to(torch.float32)
        size = _STEP_SIZE * max(whole.shape[1:]) ** 0.5
        start = 0
        for value, gates in bucket:
            value.mul_(1 - rate * self._decay)
            as_matrices(value, gates).sub_(whole[start : start + gates], alpha=rate * size)
            start += gates

    def state(self) -> dict[str, np.ndarray]:
        """All that a step depends on beside weights and gradients."""
        arrays = {f"muon{number:03d}": moment for number, moment in enumerate(self._moments.values())}
        for number, value in enumerate(self._all):
            for name, part in self._adamw.state.get(value, {}).items():
                arrays[f"adamw{number:03d}.{name}"] = part
        return {name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Go on where `state` was taken.

        Raises:
            KeyError: If it is of other variables or another optimizer.
        """
        for number, moment in enumerate(self._moments.values()):
            moment.copy_(torch.from_numpy(state[f"muon{number:03d}"]))
        for number, value in enumerate(self._all):
            start = f"adamw{number:03d}."
            parts = {name.removeprefix(start): part for name, part in state.items() if name.startswith(start)}
            if not parts and id(value) not in self._moments:
                raise KeyError(f"adamw{number:03d}")
            if parts:
                self._adamw.state[value] = beside(value, parts)


def beside(value: torch.Tensor, parts: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """A variable's part of a state where the variable is, the counter of steps too, as a fused optimizer wants it."""
    return {name: torch.from_numpy(np.array(part)).to(value.device) for name, part in parts.items()}


def _is_decayed(variable: Any) -> bool:
    return not any(name in variable.path.rpartition("/")[2] for name in ("bias", "gamma", "beta"))


def _bucket(variables: Sequence[Any]) -> list[list[tuple[torch.Tensor, int]]]:
    """Variables whose matrices are of one shape together, each with its number of gates."""
    buckets: dict[tuple[int, ...], list[tuple[torch.Tensor, int]]] = defaultdict(list)
    for variable in variables:
        gates = _GATES if "lstm" in variable.path else 1
        buckets[tuple(as_matrices(variable.value, gates).shape[1:])].append((variable.value, gates))
    return list(buckets.values())

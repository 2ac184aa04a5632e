"""Runs a Keras graph by PyTorch's own kernels, on the graph's own variables.

Keras' layers of the PyTorch backend loop over the columns of an LSTM in Python and compute a batch normalization by a
dozen operations; every layer casts what it is given. Here each kind of layer is one call of a PyTorch function, maps
stay in memory as Keras has them, channels last, and PyTorch's autocast chooses the precision of each operation. A layer
that has no function here runs as Keras has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from keras import activations, layers

from recognizers.vit_decoder.layers import Attend

# A processor's gradient of a larger depthwise kernel takes twice as long in bfloat16 as in float32.
_MAX_DEPTHWISE_BFLOAT16 = 3

Run = Callable[[Any, Any, bool], torch.Tensor]
_ACTIVATIONS: dict[Any, Callable[[torch.Tensor], torch.Tensor]] = {
    activations.linear: lambda x: x,
    activations.relu: F.relu,
    activations.relu6: F.relu6,
    activations.sigmoid: torch.sigmoid,
    activations.gelu: F.gelu,
}


def run_graph(model: keras.Model, inputs: Any, *, training: bool) -> Any:
    """The outputs of a functional graph, float32 or bfloat16 as autocast has it; nested as the graph's outputs are."""

    def function_of(layer: Any) -> Callable[..., Any]:
        run = _LAYERS.get(type(layer))
        if run is None:
            return lambda *given, **named: _run_as_keras(layer, given, named, training)
        return lambda x, **_: run(layer, x, training)

    return model._run_through_graph(inputs, operation_fn=function_of)


def _run_as_keras(layer: Any, given: tuple[Any, ...], named: dict[str, Any], training: bool) -> Any:
    if isinstance(layer, layers.Layer) and layer._call_has_training_arg:
        named = named | {"training": training}
    with torch.autocast(_device_type(), enabled=False):
        return layer(*given, **named)


def _device_type() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _first(x: torch.Tensor) -> torch.Tensor:
    """`(B, H, W, C)` seen as `(B, C, H, W)`; nothing moves in memory."""
    return x.permute(0, 3, 1, 2)


def _last(x: torch.Tensor) -> torch.Tensor:
    return x.permute(0, 2, 3, 1)


def _activate(layer: Any, x: torch.Tensor) -> torch.Tensor:
    function = _ACTIVATIONS.get(layer.activation, layer.activation)
    return function(x)


def _pad(x: torch.Tensor, kernel: Any, strides: Any, padding: str, value: float = 0.0) -> tuple[torch.Tensor, Any]:
    """What Keras' padding adds to `(B, C, H, W)`: the map, padded where the sides differ, and what a kernel may add."""
    if padding == "valid":
        return x, (0, 0)
    totals = [
        max((-(-size // stride) - 1) * stride + side - size, 0)
        for size, side, stride in zip(x.shape[2:], kernel, strides, strict=True)
    ]
    if value == 0.0 and all(total % 2 == 0 for total in totals):
        return x, tuple(total // 2 for total in totals)
    (above, below), (left, right) = ((total // 2, total - total // 2) for total in totals)
    return F.pad(x, (left, right, above, below), value=value), (0, 0)


def _convolve(layer: layers.Conv2D, x: torch.Tensor, training: bool) -> torch.Tensor:
    padded, padding = _pad(_first(x), layer.kernel_size, layer.strides, layer.padding)
    kernel = layer.kernel.value.permute(3, 2, 0, 1)  # (out, in, h, w)
    bias = layer.bias.value if layer.use_bias else None
    y = F.conv2d(padded, kernel, bias, layer.strides, padding, layer.dilation_rate, layer.groups)
    return _activate(layer, _last(y))


def _convolve_depthwise(layer: layers.DepthwiseConv2D, x: torch.Tensor, training: bool) -> torch.Tensor:
    padded, padding = _pad(_first(x), layer.kernel_size, layer.strides, layer.padding)
    kernel = layer.kernel.value.permute(2, 3, 0, 1).flatten(0, 1).unsqueeze(1)  # (in * multiplier, 1, h, w)
    bias = layer.bias.value if layer.use_bias else None
    if padded.is_cpu and max(layer.kernel_size) > _MAX_DEPTHWISE_BFLOAT16:
        with torch.autocast("cpu", enabled=False):
            y = F.conv2d(padded.float(), kernel, bias, layer.strides, padding, layer.dilation_rate, x.shape[-1])
        return _activate(layer, _last(y.to(x.dtype)))
    y = F.conv2d(padded, kernel, bias, layer.strides, padding, layer.dilation_rate, x.shape[-1])
    return _activate(layer, _last(y))


def _pool(layer: layers.MaxPooling2D, x: torch.Tensor, training: bool) -> torch.Tensor:
    padded, _ = _pad(_first(x), layer.pool_size, layer.strides, layer.padding, value=-torch.inf)
    return _last(F.max_pool2d(padded, layer.pool_size, layer.strides))


def _normalize(layer: layers.BatchNormalization, x: torch.Tensor, training: bool) -> torch.Tensor:
    y = F.batch_norm(
        _first(x),
        layer.moving_mean.value,
        layer.moving_variance.value,
        layer.gamma.value,
        layer.beta.value,
        training=training,
        momentum=1 - layer.momentum,
        eps=layer.epsilon,
    )
    return _last(y)


def _weigh(layer: layers.Dense, x: torch.Tensor, training: bool) -> torch.Tensor:
    bias = layer.bias.value if layer.use_bias else None
    return _activate(layer, F.linear(x, layer.kernel.value.t(), bias))


def _recur(layer: layers.Bidirectional, x: torch.Tensor, training: bool) -> torch.Tensor:
    """Both directions of an LSTM by one call: `(B, T, features)` -> `(B, T, 2 * units)`."""
    parameters: list[torch.Tensor] = []
    for direction in (layer.forward_layer, layer.backward_layer):
        cell = direction.cell
        bias = cell.bias.value
        # Keras and PyTorch both order the gates input, forget, cell, output; PyTorch keeps matrices transposed.
        matrices = [kernel.value.t().contiguous() for kernel in (cell.kernel, cell.recurrent_kernel)]  # for cuDNN
        parameters += [*matrices, bias, torch.zeros_like(bias)]
    state = x.new_zeros((2, x.shape[0], layer.forward_layer.units))
    outputs, _, _ = torch._VF.lstm(x.contiguous(), (state, state), parameters, True, 1, 0.0, training, True, True)
    return outputs


def _enlarge(layer: layers.UpSampling2D, x: torch.Tensor, training: bool) -> torch.Tensor:
    mode = "nearest" if layer.interpolation == "nearest" else layer.interpolation
    return _last(F.interpolate(_first(x), scale_factor=tuple(map(float, layer.size)), mode=mode))


def _average(layer: layers.GlobalAveragePooling2D, x: torch.Tensor, training: bool) -> torch.Tensor:
    return x.mean((1, 2), keepdim=layer.keepdims)


def _drop(layer: layers.Dropout, x: torch.Tensor, training: bool) -> torch.Tensor:
    if layer.noise_shape is None:
        return F.dropout(x, layer.rate, training)
    kept = [size if kept is None else kept for size, kept in zip(x.shape, layer.noise_shape, strict=True)]
    return x * F.dropout(x.new_ones(kept), layer.rate, training)


def _normalize_vectors(layer: layers.LayerNormalization, x: torch.Tensor, training: bool) -> torch.Tensor:
    return F.layer_norm(x, x.shape[-1:], layer.gamma.value, layer.beta.value, layer.epsilon)


def _attend(layer: Attend, x: Any, training: bool) -> torch.Tensor:
    """Product by product: a processor's gradient of PyTorch's one call for all takes several times as long."""
    parts = (each.unflatten(-1, (layer.heads, -1)) for each in x)  # (B, L, heads, D / heads)
    query, key, value = (part.transpose(1, 2) for part in parts)
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(2, 3)  # (B, heads, L, T)
    if layer.causal:
        later = torch.ones(scores.shape[2:], dtype=torch.bool, device=scores.device).triu(1)
        scores = scores.masked_fill(later, -torch.inf)
    return (scores.softmax(-1).to(value.dtype) @ value).transpose(1, 2).flatten(2)


def _multiply(layer: layers.Multiply, x: Any, training: bool) -> torch.Tensor:
    first, *others = x
    for other in others:
        first = first * other
    return first


_LAYERS: dict[type, Run] = {
    layers.Activation: lambda layer, x, training: _activate(layer, x),
    layers.ReLU: lambda layer, x, training: F.relu(x),
    Attend: _attend,
    layers.Add: lambda layer, x, training: sum(x[1:], start=x[0]),
    layers.BatchNormalization: _normalize,
    layers.Bidirectional: _recur,
    layers.Concatenate: lambda layer, x, training: torch.cat(x, dim=layer.axis),
    layers.Conv2D: _convolve,
    layers.Dense: _weigh,
    layers.DepthwiseConv2D: _convolve_depthwise,
    layers.Dropout: _drop,
    layers.GlobalAveragePooling2D: _average,
    layers.LayerNormalization: _normalize_vectors,
    layers.MaxPooling2D: _pool,
    layers.Multiply: _multiply,
    layers.Permute: lambda layer, x, training: x.permute(0, *layer.dims),
    layers.Reshape: lambda layer, x, training: x.reshape(x.shape[0], *layer.target_shape),
    layers.UpSampling2D: _enlarge,
}

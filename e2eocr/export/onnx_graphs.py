"""Float ONNX graphs put in an order that quantizes well: what is computed stays the same.

Elementwise steps that ONNX Runtime can fold into a convolution or a matrix product are moved next to it. Left where
Keras puts them, each of them costs a way from int8 to float and back.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

_MOVES = ("Transpose", "Reshape", "Squeeze", "Slice", "Concat")  # values pass them unchanged
_WIDE_OPEN = 20.0  # a bias at which sigmoid and tanh are 1 in float32
_CELL = 3  # of the gates in ONNX' order: input, output, forget, cell


def gather_steps(source: Path, target: Path) -> None:
    """Write a copy of a float ONNX model with normalizations before their poolings and biases at their products.

    Args:
        source: Model file; shapes may be open.
        target: Where the copy goes.
    """
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # Folds constants first, so that scales and biases are seen as such.
    quant_pre_process(source, target, skip_symbolic_shape=True)
    model = onnx.load(target)
    while _step_before_pooling(model.graph) or _step_before_reshape(model.graph):
        pass
    del model.graph.value_info[:]  # told the shapes of what stood where
    onnx.save(model, target)


def _step_before_pooling(graph: GraphProto) -> bool:
    """Swap one `MaxPool` with the elementwise step behind it, if there is one that rises with its input.

    The largest of some values stays the largest when to all is added alike, or all are multiplied by what is above 0.
    """
    for pool, step in _pairs(graph, "MaxPool", ("Mul", "Add", "Relu")):
        constant = _constant(graph, step, pool.output[0])
        of_channels = constant is not None and constant.ndim == 4 and constant.shape[2:] == (1, 1)
        rises = step.op_type == "Add" or (constant is not None and bool((constant > 0).all()))
        if step.op_type == "Relu" or (of_channels and rises):
            _swap(graph, pool, step)
            return True
    return False


def _step_before_reshape(graph: GraphProto) -> bool:
    """Swap one `Reshape` of a matrix product with the addition of its bias, or the ReLU, behind it, if there is one."""
    products = {node.output[0] for node in graph.node if node.op_type == "MatMul"}
    products |= {node.output[0] for node in graph.node if node.op_type == "Add" and products & set(node.input)}
    for reshape, step in _pairs(graph, "Reshape", ("Add", "Relu")):
        constant = _constant(graph, step, reshape.output[0])
        # A bias lies along the last axis, and the product's last axis is its own.
        is_bias = constant is not None and constant.ndim == 1
        if reshape.input[0] in products and (step.op_type == "Relu" or is_bias):
            _swap(graph, reshape, step)
            return True
    return False


def _pairs(graph: GraphProto, first: str, then: tuple[str, ...]) -> Iterator[tuple[NodeProto, NodeProto]]:
    """Nodes of one kind, each with the only one that takes what it gives, where that is of another kind."""
    for node in graph.node:
        takers = [other for other in graph.node if node.output[0] in other.input]
        if node.op_type == first and len(takers) == 1 and takers[0].op_type in then:
            yield node, takers[0]


def _constant(graph: GraphProto, step: NodeProto, variable: str) -> np.ndarray | None:
    """The other operand of a step, if it is a constant."""
    from onnx import numpy_helper

    others = [name for name in step.input if name != variable]
    return next((numpy_helper.to_array(each) for each in graph.initializer if each.name in others), None)


def _swap(graph: GraphProto, first: NodeProto, then: NodeProto) -> None:
    """Let `then` come before `first`; both keep their other operands."""
    between, start, end = first.output[0], first.input[0], then.output[0]
    for position, name in enumerate(then.input):
        if name == between:
            then.input[position] = start
    then.output[0], first.input[0], first.output[0] = between, between, end
    nodes = list(graph.node)
    here, there = nodes.index(first), nodes.index(then)
    nodes[here], nodes[there] = nodes[there], nodes[here]
    del graph.node[:]
    graph.node.extend(nodes)


def pin_lstm_ranges(source: Path, target: Path) -> list[str]:
    """Write a copy of a model whose LSTM can be quantized as it runs, without its lines minding each other.

    A dynamically quantized LSTM takes its scales from the extremes of all lines of a batch: first of what goes in,
    then, at each step, of the states. So the extremes that can be are put into every line. What goes in gets columns of
    its greatest and least value, with weights of 0. The states get two units that go up and down as fast as any can,
    since their gates are wide open. The scales are then the same for every batch.

    Args:
        source: Model file whose LSTMs start from zeros.
        target: Where the copy goes.

    Returns:
        Names of the LSTM nodes that were prepared so: those whose input has known bounds.
    """
    import onnx

    model = onnx.load(source)
    prepared = []
    for name in [node.name for node in model.graph.node if node.op_type == "LSTM"]:
        node = next(node for node in model.graph.node if node.name == name)  # changing the graph copies its nodes
        bounds = _bounds(model.graph, node.input[0])
        if bounds is not None:
            _pin(model.graph, node, bounds)
            prepared.append(name)
    onnx.save(model, target)
    return prepared


def _bounds(graph: GraphProto, name: str) -> tuple[float, float] | None:
    """Least and greatest value that can stand under a name: those of int8, or of an LSTM's states; None if unknown."""
    from onnx import numpy_helper

    producers = {output: node for node in graph.node for output in node.output}
    while name in producers and producers[name].op_type in _MOVES:
        name = producers[name].input[0]
    if name not in producers:
        return None
    node = producers[name]
    if node.op_type == "LSTM":
        return -1.0, 1.0
    if node.op_type != "DequantizeLinear":
        return None
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    scale, zero = (float(constants[operand]) for operand in node.input[1:3])
    return -zero * scale, (255 - zero) * scale


def _pin(graph: GraphProto, node: NodeProto, bounds: tuple[float, float]) -> None:
    """Give an LSTM columns with the bounds of its input, and two units with those of its states."""
    from onnx import helper, numpy_helper

    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    weights, recurrent, biases = (constants[name] for name in node.input[1:4])
    directions, units = len(weights), recurrent.shape[2]
    kernel = _widen(weights.reshape(directions, 4, units, -1), (2, 2))
    bias = _widen(biases.reshape(directions, 2, 4, units), (2,))
    bias[:, 0, :, units:] = _WIDE_OPEN
    bias[:, 0, _CELL, units + 1] = -_WIDE_OPEN
    new = {
        "weights": kernel.reshape(directions, 4 * (units + 2), -1),
        "recurrent": _widen(recurrent.reshape(directions, 4, units, units), (2, 2)).reshape(
            directions, 4 * (units + 2), units + 2
        ),
        "biases": bias.reshape(directions, -1),
        "one_column": np.array([0, 0, 0, 0, 0, 1], np.int64),
        "least": np.array(bounds[0], np.float32),
        "greatest": np.array(bounds[1], np.float32),
        "first": np.array([0], np.int64),
        "units": np.array([units], np.int64),
        "last_axis": np.array([3], np.int64),
    }
    names = {key: f"{node.name}/{key}" for key in new}
    graph.initializer.extend(numpy_helper.from_array(value, names[key]) for key, value in new.items())
    low, high, states = (f"{node.name}/{part}" for part in ("low", "high", "states"))
    before = [
        helper.make_node("Pad", [node.input[0], names["one_column"], names["least"]], [low]),
        helper.make_node("Pad", [low, names["one_column"], names["greatest"]], [high]),
    ]
    cut = helper.make_node("Slice", [states, names["first"], names["units"], names["last_axis"]], [node.output[0]])
    del node.input[:], node.output[:]
    node.input.extend([high, names["weights"], names["recurrent"], names["biases"]])
    node.output.append(states)
    next(each for each in node.attribute if each.name == "hidden_size").i = units + 2
    _insert(graph, node, before, [cut])


def _widen(values: np.ndarray, more: tuple[int, ...]) -> np.ndarray:
    """Zeros behind the last axes of an array."""
    return np.pad(values, [(0, 0)] * (values.ndim - len(more)) + [(0, each) for each in more]).astype(np.float32)


def _insert(graph: GraphProto, node: NodeProto, before: list[NodeProto], behind: list[NodeProto]) -> None:
    nodes = list(graph.node)
    here = nodes.index(node)
    del graph.node[:]
    graph.node.extend([*nodes[:here], *before, nodes[here], *behind, *nodes[here + 1 :]])

"""What the graphs of this room are made of beside Keras' own layers: attention and positions, both without a bound.

Attention: "Attention Is All You Need" (Vaswani et al. 2017).
"""

from __future__ import annotations

from typing import Any

from keras import layers, ops

_LONGEST_WAVE = 10_000.0
_FIRST_GAIN = 0.3  # what positions count beside features when training begins
_NEVER = -1e9


class Attend(layers.Layer):
    """Scaled dot-product attention: queries `(B, L, D)`, keys and values `(B, T, D)` -> `(B, L, D)`.

    It has no weights: what projects stands in the graph.
    """

    def __init__(self, heads: int, *, causal: bool = False, **named: Any) -> None:
        """Make the layer.

        Args:
            heads: Into so many parts all vectors are split.
            causal: Whether the query at a place sees the keys up to that place alone.
            named: Of any layer.
        """
        super().__init__(**named)
        self.heads, self.causal = heads, causal

    def call(self, inputs: Any) -> Any:
        """The values, weighed by how well their keys fit each query."""
        query, key, value = (split_heads(each, self.heads) for each in inputs)  # (B, heads, L, D / heads)
        scores = ops.matmul(query, ops.swapaxes(key, 2, 3)) * query.shape[-1] ** -0.5  # (B, heads, L, T)
        if self.causal:
            scores = scores + _later(scores)
        return _merge_heads(ops.matmul(_weigh(scores), value))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As the queries."""
        return input_shape[0]


class AttendOne(layers.Layer):
    """Attention of one query a line: `(B, D)`, keys and values `(B, heads, T, D / heads)`, split already.

    Gives the weighed values `(B, D)` and the weights `(B, T)`, the mean of those of all heads.
    """

    def call(self, inputs: Any) -> Any:
        """The values and their weights."""
        query, key, value = inputs
        heads, width = key.shape[1], key.shape[3]
        query = ops.reshape(query, (-1, heads, 1, width))
        scores = ops.matmul(query, ops.swapaxes(key, 2, 3)) * width**-0.5  # (B, heads, 1, T)
        weights = _weigh(scores)
        found = ops.reshape(ops.matmul(weights, value), (-1, heads * width))
        return found, ops.mean(weights[:, :, 0], axis=1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """As the query, and as the keys."""
        query, key, _ = input_shape
        return query, (key[0], key[2])


class JoinPast(layers.Layer):
    """Vectors of what came before, `(t, B, D)`, and of now, `(B, D)` -> `(B, heads, t + 1, D / heads)`, split."""

    def __init__(self, heads: int, **named: Any) -> None:
        super().__init__(**named)
        self.heads = heads

    def call(self, inputs: Any) -> Any:
        """All vectors, split."""
        past, now = inputs
        joined = ops.concatenate([past, ops.expand_dims(now, 0)], axis=0)  # (t + 1, B, D)
        return split_heads(ops.swapaxes(joined, 0, 1), self.heads)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """What is joined, split."""
        past, now = input_shape
        steps = None if past[0] is None else past[0] + 1
        return now[0], self.heads, steps, now[1] // self.heads


class AddPlaces(layers.Layer):
    """Adds where in a line something stands, as sines and cosines of all wave lengths: `(…, T, D)` -> the same.

    Its one weight is how much places count. A second input, `(t, …)`, stands for what came before: then `(B, D)` is
    at place `t`.
    """

    def build(self, *shapes: Any) -> None:
        """Make the weight."""
        self.gain = self.add_weight(shape=(), initializer=_begin_gain, name="gamma")
        self.built = True

    def call(self, features: Any, before: Any = None) -> Any:
        """The features with their places."""
        places = ops.arange(ops.shape(features)[-2]) if before is None else ops.shape(before)[0]
        return features + self.gain * waves(places, features.shape[-1])

    def compute_output_shape(self, features_shape: Any, before_shape: Any = None) -> Any:
        """As the features."""
        return features_shape


def _begin_gain(shape: Any, dtype: Any = None) -> Any:
    return ops.full(shape, _FIRST_GAIN, dtype)


def waves(places: Any, width: int) -> Any:
    """Sines, then cosines, of places `(…)`: `(…, width)` float32."""
    lengths = _LONGEST_WAVE ** (ops.arange(width // 2, dtype="float32") * (-2.0 / width))  # (width / 2,)
    angles = ops.expand_dims(ops.cast(places, "float32"), -1) * lengths
    return ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)


def split_heads(x: Any, heads: int) -> Any:
    """`(B, L, D)` -> `(B, heads, L, D / heads)`."""
    return ops.swapaxes(ops.reshape(x, (-1, ops.shape(x)[1], heads, x.shape[2] // heads)), 1, 2)


def _merge_heads(x: Any) -> Any:
    return ops.reshape(ops.swapaxes(x, 1, 2), (-1, ops.shape(x)[2], x.shape[1] * x.shape[3]))


def _weigh(scores: Any) -> Any:
    """Softmax over the last axis; what is alone there, as a line's first character is, has all the weight."""
    return ops.ones_like(scores) if scores.shape[-1] == 1 else ops.softmax(scores)


def _later(scores: Any) -> Any:
    """What is added to scores `(…, L, L)` so that no query sees a later key, `(L, L)` float32."""
    places = ops.arange(ops.shape(scores)[-1])
    return ops.cast(places[None, :] > places[:, None], "float32") * _NEVER

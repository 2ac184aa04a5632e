"""The precision that graphs are made in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras


@contextmanager
def in_float32() -> Iterator[None]:
    """Make graphs within that compute in float32; a decorator too.

    A layer computes in the precision that Keras was set to when it was made, and a training in the same process may
    have set that to bfloat16: what is exported then would differ from the graph that it is checked against.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)

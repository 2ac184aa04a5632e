"""The Keras graphs of bundles, with their weights: exports are made of them, and they can be read with."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from e2eocr.errors import MissingDependencyError, UsageError
from e2eocr.models.bundles import Bundle
from e2eocr.models.parts import bundle_family, load_config, load_weights


@contextmanager
def in_float32() -> Iterator[None]:
    """Make graphs within that compute in float32; a decorator too.

    A layer computes in the precision that Keras was set to when it was made, and a training in the same process may
    have set that to bfloat16: what is exported then would differ from the graph that it is checked against.
    """
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


@in_float32()
def load_graph(bundle: Bundle, **parts: Any) -> Any:
    """The Keras graph of a bundle with its weights, as far as reading runs it.

    Args:
        bundle: The bundle.
        parts: Layers that the maker of the family's graph takes, in the place of its own.

    Raises:
        BundleError: If the bundle carries no weights, or its graph cannot be rebuilt.
    """
    family = bundle_family(bundle)
    model = family.load("graph")(load_config(bundle), **parts)
    model.set_weights(load_weights(bundle))
    return family.load("reading")(model) if family.reading else model


def use_keras(backend: str | None, threads: int = 1) -> None:
    """Have Keras run on a backend of its own, before it is imported.

    Args:
        backend: `tensorflow`; None for the one that Keras is set to.
        threads: Threads that it may use, where that is not settled in this process already.

    Raises:
        MissingDependencyError: If Keras or its backend is not installed.
        UsageError: If Keras runs on another backend in this process already.
    """
    if backend is not None and "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it tells of hardware that is not there
    try:
        import keras
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed. This backend needs: pip install 'e2eocr[train]'"
        ) from error
    if backend not in (None, keras.config.backend()):
        raise UsageError(f"Keras runs on {keras.config.backend()} in this process already, and cannot change.")
    _limit_threads(keras.config.backend(), threads)


def _limit_threads(backend: str, threads: int) -> None:
    if backend == "torch":
        import torch

        torch.set_num_threads(threads)
    elif backend == "tensorflow":
        import tensorflow

        with contextlib.suppress(RuntimeError):  # it has begun to compute, with as many as it was given then
            tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
            tensorflow.config.threading.set_inter_op_parallelism_threads(1)

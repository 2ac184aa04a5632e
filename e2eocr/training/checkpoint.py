"""What every training run shares: the averaged weights, the learning rate's curve, checkpoints, batches made ahead."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import keras
import numpy as np

from e2eocr.errors import DataError
from e2eocr.files import replace_files

log = logging.getLogger(__name__)

AVERAGE_EVERY = 10  # training steps between two updates of the averaged weights

Batch_co = TypeVar("Batch_co", covariant=True)


class Batches(Protocol[Batch_co]):
    """The batches of an epoch, by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> Batch_co: ...


def prefetch(batches: Batches[Batch_co], ahead: int = 4) -> Iterator[Batch_co]:
    """The batches of an epoch in order, made by a thread that keeps some steps ahead."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        waiting = deque(pool.submit(batches.__getitem__, number) for number in range(min(ahead, len(batches))))
        for number in range(ahead, len(batches) + ahead):
            batch = waiting.popleft().result()
            if number < len(batches):
                waiting.append(pool.submit(batches.__getitem__, number))
            yield batch
            if not waiting:
                return


def fastest_form(model: keras.Model) -> keras.Model:
    """The model in the form that trains fastest on this backend, with weights of the same shapes and order."""
    if keras.backend.backend() == "torch":
        from e2eocr.training.torch_normalization import use_torch_normalization

        return use_torch_normalization(model)
    return model


class WeightAverage:
    """A running average of all weights, kept in numpy so that it is the same on every backend."""

    def __init__(self, model: keras.Model, momentum: float, *, updates: int = 0) -> None:
        """Begin with the model's weights as they are.

        Args:
            model: Whose weights.
            momentum: Of the average, a training step; it rises to this over the first updates.
            updates: How many the weights have had, where they are an average that is gone on with.
        """
        self._model = model
        self._momentum = momentum
        self.values = model.get_weights()
        self._updates = updates

    def update(self, steps: int) -> None:
        """Take in the present weights after `steps` more training steps."""
        self._updates += 1
        momentum = min(self._momentum**steps, self._updates / (self._updates + 9))
        for average, value in zip(self.values, self._model.get_weights(), strict=True):
            average += (1 - momentum) * (value - average)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The model with the averaged weights, for measuring and saving."""
        present = self._model.get_weights()
        self._model.set_weights(self.values)
        try:
            yield
        finally:
            self._model.set_weights(present)


def set_precision(policy: str) -> None:
    """Set Keras' dtype policy.

    Raises:
        DataError: If there is none of that name.
    """
    try:
        keras.config.set_dtype_policy(policy)
    except ValueError as error:
        raise DataError(f"Invalid `precision` of the recipe. Expected a Keras policy. Received: {policy!r}") from error


def save_checkpoint(
    folder: Path,
    model: keras.Model,
    average: WeightAverage,
    optimizer: keras.optimizers.Optimizer,
    progress: Mapping[str, Any],
) -> None:
    """Write a run's checkpoint under a temporary name and put it in the place of the last; a record an epoch beside it.

    Args:
        folder: The run's folder.
        model: As it stands.
        average: Its averaged weights.
        optimizer: Its optimizer, built.
        progress: Where the run stands; `history` holds a record for each epoch.
    """
    temporary, final, old = (folder / name for name in ("checkpoint.new", "checkpoint", "checkpoint.old"))
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    model.save_weights(temporary / "model.weights.h5")
    with average.applied():
        model.save_weights(temporary / "average.weights.h5")
    state: dict[str, Any] = {f"v{number:04d}": np.asarray(v) for number, v in enumerate(optimizer.variables)}
    np.savez(temporary / "optimizer.npz", **state)
    (temporary / "progress.json").write_text(json.dumps(progress), encoding="utf-8")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    temporary.rename(final)
    rows = "".join(json.dumps(each) + "\n" for each in progress["history"])
    replace_files({folder / "metrics.jsonl": rows.encode("utf-8")})


def find_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of a run; the one before the last where the last save was cut off between its two renames."""
    return next((path for path in (folder / "checkpoint", folder / "checkpoint.old") if path.is_dir()), None)


def load_checkpoint(
    checkpoint: Path, model: keras.Model, optimizer: keras.optimizers.Optimizer, momentum: float
) -> tuple[WeightAverage, dict[str, Any]]:
    """Bring model and optimizer to where a checkpoint stands.

    Returns:
        The averaged weights, and the run's progress.
    """
    with np.load(checkpoint / "optimizer.npz") as state:
        for number, variable in enumerate(optimizer.variables):
            variable.assign(state[f"v{number:04d}"])
    steps = int(keras.ops.convert_to_numpy(optimizer.iterations))
    model.load_weights(checkpoint / "average.weights.h5")
    average = WeightAverage(model, momentum, updates=steps // AVERAGE_EVERY)
    model.load_weights(checkpoint / "model.weights.h5")
    return average, dict(json.loads((checkpoint / "progress.json").read_text(encoding="utf-8")))


def draw_curve(
    history: Sequence[Mapping[str, Any]],
    path: Path,
    *,
    seen: str,
    measured: str,
    labels: tuple[str, str, str],
    scale: str = "log",
) -> None:
    """Draw loss and figures over the samples seen, as a PNG.

    Args:
        history: A record an epoch.
        path: Where the picture goes.
        seen: Key of the samples seen so far.
        measured: Key of a table of figures by set, which a record may lack.
        labels: What to call the samples, the loss and the figures.
        scale: Of the figures' axis: `log` or `linear`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left = figure.subplots()
    samples = [row[seen] for row in history]
    left.plot(samples, [row["loss"] for row in history], color="black", label=labels[1])
    left.set(xlabel=labels[0], ylabel="training loss", yscale="log")
    right = left.twinx()
    for name in sorted({name for row in history for name in row.get(measured, {})}):
        right.plot(samples, [row.get(measured, {}).get(name, math.nan) for row in history], label=name, linewidth=1)
    right.set(ylabel=labels[2], yscale=scale)
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    temporary = path.with_suffix(".part.png")
    figure.savefig(temporary, dpi=110)
    os.replace(temporary, path)

"""A run's checkpoint: weights, their average, the optimizer's state, and where the run stands."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from e2eocr.files import kept_beside, swap_folder
from e2eocr.training.engine.base import Engine
from e2eocr.training.run.average import AVERAGE_EVERY, WeightAverage

log = logging.getLogger(__name__)

_NAME = "checkpoint"
_UPDATES = "average_updates"


def save_checkpoint(
    folder: Path, model: keras.Model, average: WeightAverage, engine: Engine, progress: Mapping[str, Any]
) -> None:
    """Write a checkpoint beside the last one, and then put it in its place.

    Args:
        folder: The run's folder.
        model: As it stands.
        average: Its averaged weights.
        engine: What makes its steps.
        progress: Where the run stands.
    """
    temporary = folder / f"{_NAME}.new"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    model.save_weights(temporary / "model.weights.h5")
    with average.applied():
        model.save_weights(temporary / "average.weights.h5")
    state: dict[str, Any] = engine.state()
    np.savez(temporary / "optimizer.npz", **state)
    described = dict(progress) | {_UPDATES: average.updates}
    (temporary / "progress.json").write_text(json.dumps(described), encoding="utf-8")
    swap_folder(temporary, folder / _NAME)


def find_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of a run; the one before the last where the last save was cut off between its two renames."""
    place = folder / _NAME
    return next((path for path in (place, kept_beside(place)) if path.is_dir()), None)


def load_checkpoint(
    checkpoint: Path, model: keras.Model, engine: Engine, momentum: float
) -> tuple[WeightAverage, dict[str, Any]]:
    """Bring model and optimizer to where a checkpoint stands.

    An optimizer of another engine begins anew: its state tells this one nothing.

    Returns:
        The averaged weights, and the run's progress.
    """
    progress = dict(json.loads((checkpoint / "progress.json").read_text(encoding="utf-8")))
    with np.load(checkpoint / "optimizer.npz") as saved:
        state = dict(saved)
    try:
        engine.load_state(state)
    except (KeyError, ValueError, RuntimeError) as error:
        log.warning("the optimizer begins anew: its state in %s is of another one (%s)", checkpoint, error)
    model.load_weights(checkpoint / "average.weights.h5")
    # Checkpoints of before told the updates by the steps of the optimizer, the first of its values.
    updates = progress.pop(_UPDATES, None)
    if updates is None:
        updates = int(state.get("v0000", 0)) // AVERAGE_EVERY
    average = WeightAverage(model, momentum, updates=updates)
    model.load_weights(checkpoint / "model.weights.h5")
    return average, progress

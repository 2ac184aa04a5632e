"""Training steps by Keras' own loop, on any of its backends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from e2eocr.errors import DataError
from e2eocr.training.batches.stream import Batch
from e2eocr.training.engine.base import Lesson, Loss, PhaseClock
from e2eocr.training.engine.settings import EngineSettings

_CLIP = 5.0


class TrainedGraph(keras.Model):
    """A graph with a loss that sees all its outputs at once."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self.graph = lesson.model
        self._lesson_loss: Loss = lesson.loss

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The graph's outputs."""
        return self.graph(inputs, training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The mean loss of a batch."""
        return self._lesson_loss(keras.tree.flatten(y), keras.tree.flatten(y_pred))


class KerasEngine:
    """Steps of `train_on_batch`."""

    def __init__(self, lesson: Lesson, settings: EngineSettings) -> None:
        """Begin with the weights of the graph as they are.

        Args:
            lesson: What to learn.
            settings: How; precision is that of the graph, and threads are the backend's affair.

        Raises:
            DataError: If this Keras has no such optimizer.
        """
        self.clock = PhaseClock()
        self._model = lesson.model
        self._optimizer = _make_optimizer(settings)
        self._optimizer.build(lesson.model.trainable_variables)
        self._trained = TrainedGraph(lesson)
        self._trained.compile(optimizer=self._optimizer, jit_compile=lesson.jit_compile)

    def settle(self, batch: Batch, known: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing: the graph's precision was chosen as it was built."""
        return {"precision": keras.config.dtype_policy().name}

    def step(self, batch: Batch, rate: float, number: int) -> float:
        """Learn from a batch; see `Engine`."""
        with self.clock.phase("step"):
            self._optimizer.learning_rate = rate
            inputs = batch.inputs[0] if len(batch.inputs) == 1 else list(batch.inputs)
            return float(self._trained.train_on_batch(inputs, list(batch.truth), return_dict=True)["loss"])

    def predict(self, pixels: np.ndarray) -> Sequence[np.ndarray]:
        """The graph's outputs, as it reads."""
        return [np.asarray(each) for each in keras.tree.flatten(self._model.predict_on_batch(pixels))]

    def state(self) -> dict[str, np.ndarray]:
        """The optimizer's state."""
        values = (keras.ops.convert_to_numpy(variable) for variable in self._optimizer.variables)
        return {f"v{number:04d}": np.asarray(value) for number, value in enumerate(values)}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where `state` was taken; see `Engine`."""
        if len(state) != len(self._optimizer.variables):
            raise KeyError("v0000")
        for number, variable in enumerate(self._optimizer.variables):
            variable.assign(state[f"v{number:04d}"])


def _make_optimizer(settings: EngineSettings) -> keras.optimizers.Optimizer:
    options = {"weight_decay": settings.weight_decay, "clipnorm": _CLIP}
    if settings.optimizer == "muon":
        if not hasattr(keras.optimizers, "Muon"):
            raise DataError('This Keras has no Muon. Take optimizer = "adamw", or engine = "torch", or a newer Keras.')
        optimizer = keras.optimizers.Muon(exclude_layers=["logits", "stem"], **options)
    else:
        optimizer = keras.optimizers.AdamW(**options)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer

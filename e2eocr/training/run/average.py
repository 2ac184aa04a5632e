"""The running average of the weights: what is measured and exported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keras

AVERAGE_EVERY = 10  # training steps between two updates


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
        self.updates = updates

    def update(self, steps: int) -> None:
        """Take in the present weights after `steps` more training steps."""
        self.updates += 1
        momentum = min(self._momentum**steps, self.updates / (self.updates + 9))
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

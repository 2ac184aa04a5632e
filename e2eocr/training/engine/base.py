"""The seam between a run and what makes its steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np

from e2eocr.training.batches.stream import Batch

# Mean loss of a batch, by truth and outputs as tensors of the backend.
Loss = Callable[[Sequence[Any], Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a kind of model gives an engine to learn.

    Attributes:
        model: A functional Keras graph with its weights.
        loss: Compares truth with the graph's outputs, by operations of Keras or of the backend at work.
        jit_compile: Whether Keras' own loop compiles its step by XLA; "auto" leaves it to Keras.
        teacher: A graph of the same inputs that learns nothing; the engine `torch` puts its outputs behind the truth.
    """

    model: keras.Model
    loss: Loss
    jit_compile: bool | str = "auto"
    teacher: keras.Model | None = None


class PhaseClock:
    """Seconds spent in each part of a run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the block's time under a name."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def take_shares(self) -> dict[str, float]:
        """Each part's share of all time counted since the last call."""
        total = sum(self.seconds.values()) or 1.0
        shares = {name: round(seconds / total, 3) for name, seconds in self.seconds.items()}
        self.seconds = {}
        return shares


class Engine(Protocol):
    """Makes the steps of a training on a graph's own variables."""

    clock: PhaseClock

    def settle(self, batch: Batch, known: Mapping[str, Any]) -> dict[str, Any]:
        """Choose what the recipe leaves to the machine, on a first batch that teaches nothing.

        Args:
            batch: To try on.
            known: What was chosen before on this machine; it is chosen again.

        Returns:
            What was chosen, by name.
        """
        ...

    def step(self, batch: Batch, rate: float, number: int) -> Any:
        """Learn from a batch; its mean loss, which `float` takes.

        Args:
            batch: What to learn from.
            rate: The learning rate.
            number: Of the step in its run: all that is drawn depends on it.
        """
        ...

    def predict(self, pixels: np.ndarray) -> Sequence[np.ndarray]:
        """The graph's outputs, as it reads."""
        ...

    def state(self) -> dict[str, np.ndarray]:
        """The optimizer's state."""
        ...

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where `state` was taken.

        Raises:
            KeyError: If it is of another optimizer or other variables.
        """
        ...

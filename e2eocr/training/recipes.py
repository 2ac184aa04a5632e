"""What recipes of all kinds of models have in common: how they are read, and what must hold of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from e2eocr.errors import DataError
from e2eocr.settings import load_toml, settings_from_mapping
from e2eocr.training.engine.settings import AUTO, ENGINES, OPTIMIZERS, PRECISIONS

AnyRecipe = TypeVar("AnyRecipe")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe(ABC):
    """What every recipe says of its training.

    Attributes:
        architecture: Changes to the defaults of the model's config.
        learning_rate: Peak, after the warm-up.
        final_rate: Last learning rate of the cosine, as a fraction of the peak.
        weight_decay: On matrices and kernels: times the learning rate, what a step takes from a weight.
        average: Momentum of the running average of the weights that is measured and exported; 0: none.
        optimizer: `adamw`, or `muon` for the matrices between the first layer and the last.
        engine: `torch`: PyTorch's own step; `keras`: Keras' loop; `auto`: what fits the backend.
        precision: `float32`, `mixed_bfloat16`, or `auto`: by the engine `torch` the faster one, else `float32`.
        threads: Threads of the processor by the engine `torch`; 0: as many as are fastest.
        data_workers: Processes that render samples; 0: none; -1: as fits the machine.
        checkpoint_minutes: Between two checkpoints, beside those of each measurement.
        seed: Of weights, order and all that is drawn.
    """

    architecture: dict = field(default_factory=dict)
    learning_rate: float = 1.5e-3
    final_rate: float = 0.01
    weight_decay: float = 1e-2
    average: float = 0.998
    optimizer: str = "adamw"
    engine: str = AUTO
    precision: str = AUTO
    threads: int = 0
    data_workers: int = -1
    checkpoint_minutes: float = 10.0
    seed: int = 1

    @property
    @abstractmethod
    def total(self) -> int:
        """Samples to see in all; the learning rate's schedule ends there."""

    @property
    @abstractmethod
    def between(self) -> int:
        """Samples between two measurements."""

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Samples over which the learning rate rises from 0."""

    def rate(self, seen: int) -> float:
        """Learning rate after `seen` samples: linear warm-up, then a cosine down to `final_rate` of the peak."""
        if seen < self.warmup:
            return self.learning_rate * (seen + 1) / self.warmup
        done = min(1.0, (seen - self.warmup) / max(1, self.total - self.warmup))
        return self.learning_rate * (self.final_rate + (1 - self.final_rate) * (1 + math.cos(math.pi * done)) / 2)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `recipe.json` keeps them."""
        return asdict(self)


class Labelled(Protocol):
    """A set of a recipe that logs call by a name."""

    @property
    def label(self) -> str: ...


def load_changed(kind: type[AnyRecipe], path: Path, changes: Mapping[str, Any]) -> AnyRecipe:
    """Read a recipe; `changes` that are not None replace what the file says.

    Raises:
        UsageError: If the file is no TOML, has a key that a recipe does not know, or a value of another type.
        DataError: If it names nothing to learn from, or a value is out of its range.
    """
    recipe: Any = settings_from_mapping(kind, load_toml(path), str(path))
    return replace(recipe, **{key: value for key, value in changes.items() if value is not None})


def check_training(recipe: TrainingRecipe, train: Sequence[Labelled], validation: Sequence[Labelled]) -> None:
    """Refuse a recipe that no training can follow.

    Raises:
        DataError: If it names nothing to learn from, a value is out of its range, or two sets to measure on have one
            name.
    """
    if not train:
        raise DataError("The recipe names nothing to learn from. Add a [[train]] table with a path.")
    if recipe.learning_rate <= 0 or not 0 <= recipe.final_rate <= 1 or not 0 <= recipe.average < 1:
        raise DataError("`learning_rate` must be more than 0, `final_rate` 0 to 1, `average` 0 to less than 1.")
    if recipe.weight_decay < 0 or recipe.threads < 0 or recipe.data_workers < -1 or recipe.checkpoint_minutes <= 0:
        raise DataError(
            "`weight_decay` and `threads` must be at least 0, `data_workers` at least -1, `checkpoint_minutes` more."
        )
    for name, choices in (("optimizer", OPTIMIZERS), ("engine", ENGINES), ("precision", PRECISIONS)):
        if getattr(recipe, name) not in choices:
            raise DataError(
                f"Invalid `{name}` of the recipe. Expected one of: {', '.join(choices)}. "
                f"Received: {getattr(recipe, name)!r}"
            )
    labels = [each.label for each in validation]
    if len(set(labels)) < len(labels):
        raise DataError(f"Validation sets must differ in name. Give each a `name`. Received: {', '.join(labels)}")

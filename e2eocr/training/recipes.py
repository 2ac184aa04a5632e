"""What recipes of all kinds of models have in common: how they are read, and what must hold of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from e2eocr.errors import DataError
from e2eocr.settings import load_toml, settings_from_mapping

AnyRecipe = TypeVar("AnyRecipe")


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


def check_sources(train: Sequence[Labelled]) -> None:
    """Refuse a recipe without anything to learn from.

    Raises:
        DataError: If there is none.
    """
    if not train:
        raise DataError("The recipe names nothing to learn from. Add a [[train]] table with a path.")


def check_rates(learning_rate: float, final_rate: float, average: float) -> None:
    """Refuse rates that no training can have.

    Raises:
        DataError: If one is out of its range.
    """
    if learning_rate <= 0 or not 0 <= final_rate <= 1 or not 0 <= average < 1:
        raise DataError("`learning_rate` must be more than 0, `final_rate` 0 to 1, `average` 0 to less than 1.")


def check_labels(validation: Sequence[Labelled]) -> None:
    """Refuse validation sets whose figures could not be told apart.

    Raises:
        DataError: If two have one name.
    """
    labels = [each.label for each in validation]
    if len(set(labels)) < len(labels):
        raise DataError(f"Validation sets must differ in name. Give each a `name`. Received: {', '.join(labels)}")

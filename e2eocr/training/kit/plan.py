"""The list of trainings that are due, most urgent first: a TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from e2eocr.errors import DataError
from e2eocr.settings import load_toml, settings_from_mapping
from e2eocr.training.detector.recipe import DetectorRecipe
from e2eocr.training.recipes import TrainingRecipe
from e2eocr.training.recognizer.recipe import Recipe
from e2eocr.training.run.folder import DETECTOR, RECOGNIZER

DRAWN: Final = "drawn"  # path of what is drawn while a training runs
# Of each kind: its recipe, and what `e2eocr synth` calls its samples.
KINDS: Final[Mapping[str, tuple[type[TrainingRecipe], str]]] = {
    RECOGNIZER: (Recipe, "lines"),
    DETECTOR: (DetectorRecipe, "pages"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A training that is due.

    Attributes:
        name: Of its run's folder.
        recipe: File, from the folder of the list; what it learns from is drawn instead of what it names.
        kind: `recognizer` or `detector`.
        start_from: Name or folder of the bundle whose weights a new run begins with; empty: none.
        first: Samples drawn before training begins.
        more: Samples drawn each time while it trains; 0: none.
        workers: Processes that draw them then; the first samples have all cores.
        seed: Of the first samples; the next ones count on from it.
        options: More options of `e2eocr synth`.
        changes: Of the recipe, for this machine: batches that fill its card.
        train: What it learns from, as a recipe has it; a set whose `path` is `drawn` is all that is drawn, other paths
            are from the folder of the list. None: what is drawn.
    """

    name: str
    recipe: str
    kind: str = RECOGNIZER
    start_from: str = ""
    first: int = 20_000
    more: int = 200_000
    workers: int = 4
    seed: int = 50_001
    options: tuple[str, ...] = ()
    changes: dict = field(default_factory=dict)
    train: tuple[dict, ...] = ({"path": DRAWN},)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DataError(f"{self.name}: `kind` must be one of {', '.join(KINDS)}. Received: {self.kind!r}")
        if self.first < 1 or self.more < 0 or self.workers < 1:
            raise DataError(f"{self.name}: `first` and `workers` must be at least 1, `more` at least 0.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is due, most urgent first.

    Attributes:
        due: The trainings.
        text: Folder of text to draw, from the folder of the list; empty: none.
        fonts: Folder of fonts, likewise.
        faces: List of faces, likewise.
    """

    due: tuple[Due, ...] = ()
    text: str = ""
    fonts: str = ""
    faces: str = ""

    def __post_init__(self) -> None:
        names = [each.name for each in self.due]
        if not names or len(set(names)) < len(names):
            raise DataError(f"The list needs a [[due]] table, and each another `name`. Received: {', '.join(names)}")


def load_plan(path: Path) -> Plan:
    """Read a list.

    Raises:
        UsageError: If it is no TOML, or has a key that is not known.
        DataError: If it names nothing, or a value is out of its range.
    """
    return settings_from_mapping(Plan, load_toml(path), str(path))


def recipe_of(due: Due, folder: Path, stores: tuple[Path, ...]) -> Any:
    """The recipe of a training on what was drawn.

    Args:
        due: Which training.
        folder: Of the list.
        stores: What was drawn so far.

    Raises:
        UsageError: If the recipe's file, or a change, has a key that is not known.
        DataError: If a value is out of its range.
    """
    kind = KINDS[due.kind][0]
    path = folder / due.recipe
    values = {key: value for key, value in load_toml(path).items() if key not in ("train", "validation")}
    sets = [placed for each in due.train for placed in _place(each, folder, stores)]
    return settings_from_mapping(kind, values | due.changes | {"train": sets}, str(path))


def _place(source: Mapping[str, Any], folder: Path, stores: tuple[Path, ...]) -> list[dict[str, Any]]:
    """A set of the list where it lies: each store of what is drawn has its share of the weight."""
    if source.get("path", DRAWN) != DRAWN:
        return [{**source, "path": str(folder / source["path"])}]
    name, weight = source.get("name", DRAWN), source.get("weight", 1.0) / len(stores)
    return [{**source, "path": str(store), "name": f"{name} {store.name}", "weight": weight} for store in stores]

"""The folder of a training run, as those see it that come after."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final, TypeVar

from e2eocr.errors import UsageError
from e2eocr.models.families import Family, Kind, find_family
from e2eocr.settings import settings_from_mapping

DETECTOR: Final = "detector"
RECOGNIZER: Final = "recognizer"
SORTER: Final = "sorter"
MACHINE = "machine.json"  # what fits the machine that a run is on

_USUAL_FAMILY: dict[str, tuple[str, Kind]] = {
    DETECTOR: ("dbnet", "detector"),
    RECOGNIZER: ("crnn", "recognizer"),
    SORTER: ("sorter", "sorter"),
}
AnyRecipe = TypeVar("AnyRecipe")


def load_run_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run's folder.

    Raises:
        UsageError: If it is not there or no JSON.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}. Name the folder of a training run.") from error


def take_machine(source: Path, run: Path) -> None:
    """Let a run begin with what another one has chosen for this machine, so that it need not be measured again."""
    if (source / MACHINE).is_file() and not (run / MACHINE).exists():
        run.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / MACHINE, run / MACHINE)


def run_kind(run: Path) -> str:
    """What a run trains: `DETECTOR`, `RECOGNIZER` or `SORTER`.

    Raises:
        UsageError: If the folder holds no recipe.
    """
    return str(load_run_json(run / "recipe.json").get("kind", RECOGNIZER))


def run_family(run: Path) -> Family:
    """The family that a run trains: the one that its recipe names, or the usual one of its kind.

    Raises:
        UsageError: If the folder holds no recipe, or one of a family or kind that is not known.
    """
    name, kind = _USUAL_FAMILY.get(run_kind(run), ("", "recognizer"))
    return find_family(load_run_json(run / "recipe.json").get("family", name), kind, str(run), UsageError)


def load_run_recipe(run: Path, kind: type[AnyRecipe]) -> AnyRecipe:
    """The recipe of a run, of a kind that `run_kind` tells.

    Raises:
        UsageError: If the folder holds no such recipe.
    """
    path = run / "recipe.json"
    values = load_run_json(path)
    values.pop("kind", None)
    return settings_from_mapping(kind, values, str(path))


def samples_seen(run: Path) -> int:
    """Lines or crops that a run had seen when its checkpoint was written.

    Raises:
        UsageError: If there is no checkpoint.
    """
    path = run / "checkpoint" / "progress.json"
    progress = load_run_json(path)
    if "seen" not in progress:
        raise UsageError(f"{path} does not say what was seen. Name the folder of a training run.")
    return int(progress["seen"])

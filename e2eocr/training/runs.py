"""The folder of a training run, as those see it that come after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from e2eocr.errors import UsageError

DETECTOR, RECOGNIZER = "detector", "recognizer"


def load_run_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run's folder.

    Raises:
        UsageError: If it is not there or no JSON.
    """
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}. Name the folder of a training run.") from error


def run_kind(run: Path) -> str:
    """What a run trains: `DETECTOR` or `RECOGNIZER`.

    Raises:
        UsageError: If the folder holds no recipe.
    """
    return str(load_run_json(run / "recipe.json").get("kind", RECOGNIZER))

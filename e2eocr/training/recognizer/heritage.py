"""What a run that was begun with a bundle keeps of it, so that the run can be exported without more data."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from e2eocr.models.bundles import CHARSET, PRIOR, Bundle
from e2eocr.models.parts import load_settings
from e2eocr.training.run.folder import load_run_json
from e2eocr.truth.line_shards import ShardWriter
from e2eocr.truth.lines import LineStore
from e2eocr.truth.records import LineSample
from recognizers.charset import Charset

KEPT, HELD = "kept", "kept-held"  # folders of lines in the run's: to be learned, and to be measured on
_FACTS = "heritage.json"
_OF_THE_GRAPH = ("height", "time_stride")


def reading_of(bundle: Bundle) -> dict[str, Any]:
    """The [reading] of a recipe that reads as a bundle does."""
    return {key: value for key, value in asdict(load_settings(bundle)).items() if key not in _OF_THE_GRAPH}


def write_heritage(run: Path, bundle: Bundle, charset: Charset, *, dev: Sequence[str], learned: Sequence[str]) -> None:
    """Put into a run what export needs of the bundle that it began with.

    Args:
        run: The run's folder.
        bundle: The bundle.
        charset: The characters of the classes.
        dev: Folders of lines in the run's to measure on.
        learned: What the bundle to be was trained on beside, for its manifest.
    """
    charset.save(run / CHARSET)
    if "prior" in bundle.runtime:
        shutil.copy(bundle.path / bundle.runtime["prior"], run / PRIOR)
    facts = {
        "from": bundle.identity,
        "description": bundle.manifest.get("description", ""),
        "trained_on": [*bundle.manifest.get("trained_on", ()), *learned],
        "calibration": [HELD],
        "dev": list(dev),
    }
    (run / _FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load_heritage(run: Path) -> dict[str, Any]:
    """What `write_heritage` wrote; empty of other runs."""
    path = run / _FACTS
    return load_run_json(path) if path.is_file() else {}


def put_lines(lines: Sequence[LineSample], folder: Path) -> Path:
    """Write lines into a store; its folder."""
    with ShardWriter(folder) as writer:
        for line in lines:
            writer.write(line)
    return folder


def part_lines(store: LineStore, run: Path) -> None:
    """Copy lines into a run: a tenth of them is held out, to be measured on."""
    numbers = range(len(store.texts))
    put_lines([store[number] for number in numbers if number % 10], run / KEPT)
    put_lines([store[number] for number in numbers[::10]], run / HELD)

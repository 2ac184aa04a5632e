"""A recognizer that was trained a little, as a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doubles.training import tiny_recipe
from e2eocr.export.recognizer import export_run
from e2eocr.models.bundles import Bundle, read_bundle
from e2eocr.training.recognizer.loop import RecognizerTraining


def trained_bundle(folder: Path, lines: Path, **changes: Any) -> Bundle:
    """The bundle `folder/tiny` of a run of 120 lines with these changes to the tiny recipe."""
    run, out = folder / "run", folder / "tiny"
    RecognizerTraining(tiny_recipe(lines, lines=120, **changes), run).run()
    export_run(run, out, description="tiny", trained_on=["words"], calibration=[lines], dev=[lines])
    return read_bundle(out)

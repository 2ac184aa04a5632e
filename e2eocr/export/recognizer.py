"""From the folder of a training run to a bundle: what the run was made with, and the lines to measure on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from e2eocr.export.bundle import LabelledCrops, Measured, export_recognizer
from e2eocr.models.families import RecognizerConfig
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.training.recognizer.inputs import check_set, validation_crops
from e2eocr.training.recognizer.loop import reading_settings, recognizer_config
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.training.run.folder import load_run_recipe, samples_seen
from recognizers.charset import Charset

_MOST_LINES = 1000
_LICENCE = "Apache-2.0"


def export_run(
    run: Path,
    out: Path,
    *,
    description: str,
    trained_on: Sequence[str],
    calibration: Sequence[Path],
    dev: Sequence[Path],
) -> dict[str, Measured]:
    """Make a bundle of a run's averaged weights; see `export_recognizer`.

    Args:
        run: Folder of the run, with its checkpoint.
        out: The bundle's folder, which also gives its name.
        description: A line on what the model reads.
        trained_on: Data sets with their licences.
        calibration: Shards or labelled folders of lines that were not trained on.
        dev: Shards or labelled folders of lines to measure on.

    Raises:
        UsageError: If the run's folder is not whole, or `out` holds something that is no bundle.
        DataError: If a set of lines cannot be used.
    """
    recipe = load_run_recipe(run, Recipe)
    charset = Charset(load_alphabet(recipe.alphabet))
    config = recognizer_config(recipe, charset)
    facts: dict[str, Any] = {
        "description": description,
        "licence": _LICENCE,
        "trained_on": list(trained_on),
        "lines_seen": samples_seen(run),
    }
    return export_recognizer(
        run / "checkpoint",
        out,
        name=out.resolve().name,
        family=recipe.family,
        charset=charset,
        config=config,
        settings=reading_settings(recipe, config),
        calibration=[load_lines(path, charset, config) for path in calibration],
        dev=[load_lines(path, charset, config) for path in dev],
        facts=facts,
    )


def load_lines(path: Path, charset: Charset, config: RecognizerConfig) -> LabelledCrops:
    """Lines of a set: shards are degraded as in training, real lines are taken as they are."""
    synthetic = any(path.glob("shard-*.jsonl")) if path.is_dir() else False
    source = LineSet(str(path), degrade=1.0 if synthetic else 0.0)
    checked = check_set(source, charset, height=config.height, time_stride=config.time_stride)
    crops, texts = zip(*validation_crops(checked, _MOST_LINES), strict=True)
    return LabelledCrops(source.label, crops, texts)

"""The commands about the models: `models` lists them, `evaluate` measures how well they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from e2eocr.cli.options import FilePath, given_options, read_options, say
from e2eocr.errors import ExitCode
from e2eocr.settings import ReadSettings, settings_from_mapping


@click.command()
@click.argument("folder", metavar="FOLDER", type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="Folder for report and pictures of the worst pages.")
@click.option(
    "--worst", metavar="N", type=click.IntRange(min=0), default=10, help="How many of the worst pages to keep."
)
@read_options
def evaluate(folder: Path, output: Path | None, worst: int, **options: Any) -> int:
    """Measure how well the labelled documents of a folder are read."""
    read = settings_from_mapping(ReadSettings, given_options(options), "command line")

    from e2eocr.truth.evaluate import evaluate_folder

    evaluation = evaluate_folder(folder, output, read, worst=worst)
    say(evaluation.table())
    return ExitCode.SOME_FAILED if evaluation.failed else ExitCode.OK


@click.command()
def models() -> None:
    """List the detectors and recognizers that can be named."""
    from e2eocr.models.bundles import list_bundles

    rows = [(bundle.name, bundle.kind, bundle.description) for bundle in list_bundles()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, kind, description in rows:
        say(f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {description}".rstrip())

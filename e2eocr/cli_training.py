"""The commands that make models: `synth`, `train`, `export`. They parse, and call the library."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from e2eocr.errors import MissingDependencyError, UsageError

FilePath = click.Path(path_type=Path)
BACKENDS = ("tensorflow", "torch", "jax")


def _use_backend(backend: str | None) -> None:
    """Choose what runs Keras; that is settled when Keras is imported, so before anything that imports it."""
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        import keras  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed. Training and export need: pip install 'e2eocr[train]'"
        ) from error


@click.group()
def synth() -> None:
    """Make training data."""


@synth.command("lines")
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="Folder for the shards.")
@click.option("--lines", metavar="N", type=click.IntRange(min=1), default=100_000, help="How many lines to render.")
@click.option("--seed", metavar="N", type=int, default=1, help="The same seed gives the same lines.")
@click.option("--workers", metavar="N", type=click.IntRange(min=1), default=1, help="Processes that render.")
@click.option(
    "--text", metavar="DIR", type=FilePath, help="Folder of <language>.txt[.xz]; without it, text from word lists."
)
@click.option("--faces", metavar="FILE", type=FilePath, help="faces.jsonl: the font faces to use; without it, all.")
@click.option("--fonts", metavar="DIR", type=FilePath, multiple=True, help="Folder of fonts besides the system's.")
@click.option("--language", metavar="CODE", multiple=True, help="Render this language; repeat it. Default: all.")
@click.option("--alphabet", metavar="NAME", default="ALPHABETIC", help="Characters that may be drawn.")
def synth_lines(
    output: Path,
    lines: int,
    seed: int,
    workers: int,
    text: Path | None,
    faces: Path | None,
    fonts: tuple[Path, ...],
    language: tuple[str, ...],
    alphabet: str,
) -> None:
    """Render lines of text with their labels."""
    try:
        from e2eocr.data.alphabets import load_alphabet
        from e2eocr.data.synthesis import synth_lines as render
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed. Rendering needs: pip install 'e2eocr[train]'"
        ) from error
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    report = render(
        output,
        lines=lines,
        seed=seed,
        workers=workers,
        text=text,
        faces_file=faces,
        font_dirs=fonts,
        languages=language or None,
        charset=load_alphabet(alphabet),
    )
    click.echo(f"{report.lines} lines in {report.seconds:.0f} s, {report.lines / report.seconds:.0f} lines/s: {output}")


@click.group()
def train() -> None:
    """Train a model."""


@train.command("recognizer")
@click.argument("recipe", metavar="RECIPE", type=FilePath)
@click.option("-o", "--output", metavar="RUN", type=FilePath, required=True, help="Folder of the run; gone on with.")
@click.option("--backend", type=click.Choice(BACKENDS), help="What runs Keras.  [default: as Keras is set up]")
@click.option("--lines", metavar="N", type=click.IntRange(min=1), help="Lines to see in all, instead of the recipe's.")
@click.option("--minutes", metavar="N", type=float, help="Stop after so long, with a checkpoint.")
@click.option("--from", "start_from", metavar="DIR", type=FilePath, help="Bundle whose weights a new run begins with.")
def train_recognizer(
    recipe: Path,
    output: Path,
    backend: str | None,
    lines: int | None,
    minutes: float | None,
    start_from: Path | None,
) -> None:
    """Train a line recognizer by a recipe, a TOML file."""
    from e2eocr.training.recipe import load_recipe

    settings = load_recipe(recipe, lines=lines)
    _use_backend(backend)

    from e2eocr.training.loop import RecognizerTraining

    training = RecognizerTraining(settings, output, start_from=start_from)
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    progress = training.run(deadline=deadline, report=click.echo)
    click.echo(f"{progress.lines:,} lines seen; checkpoint, metrics and curve in {output}")


def _line_sets(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        f"--{name}",
        metavar="PATH",
        type=FilePath,
        multiple=True,
        required=True,
        help={
            "calibration": "Lines that were not trained on, for int8 ranges and confidence; repeat it.",
            "dev": "Lines to measure on; repeat it.",
        }[name],
    )


@click.command()
@click.argument("run", metavar="RUN", type=FilePath)
@click.option("-o", "--output", metavar="BUNDLE", type=FilePath, required=True, help="The bundle's folder.")
@click.option("--description", metavar="TEXT", default="", help="A line on what the model reads.")
@click.option("--trained-on", metavar="TEXT", multiple=True, help="A data set, with its licence; repeat it.")
@_line_sets("calibration")
@_line_sets("dev")
def export(
    run: Path,
    output: Path,
    description: str,
    trained_on: tuple[str, ...],
    calibration: tuple[Path, ...],
    dev: tuple[Path, ...],
) -> None:
    """Make a bundle of a training run: ONNX, int8 where that costs no accuracy, with its figures."""
    if not (run / "checkpoint").is_dir():
        raise UsageError(f"{run} holds no checkpoint. Name the folder of a training run.")
    _use_backend("tensorflow")

    from e2eocr.training.exporting import export_run

    measured = export_run(run, output, description=description, trained_on=trained_on, calibration=calibration, dev=dev)
    for kind, figures in measured.items():
        click.echo(
            f"{kind:<6} CER {figures.rate:.5f}  {figures.lines_per_second:6.0f} lines/s  {figures.size / 1e6:.2f} MB"
        )

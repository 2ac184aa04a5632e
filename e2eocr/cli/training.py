"""The commands that train a model: `train recognizer`, `train detector`, `train sorter` and `train prior`."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from e2eocr.cli.options import FilePath, say, say_progress
from e2eocr.cli.retraining import train_few_lines, train_prune
from e2eocr.cli.training_options import (
    BACKENDS,
    fastest_backend,
    language_option,
    run_options,
    seed_option,
    text_option,
    use_backend,
)
from e2eocr.errors import UsageError

if TYPE_CHECKING:
    from e2eocr.training.run.training import Training


@click.group()
def train() -> None:
    """Train a model."""


def _run_training(training: Training, minutes: float | None) -> None:
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: training.stop())
    progress = training.run(deadline=deadline, report=say_progress)
    samples = training.terms.samples
    say(f"{progress.seen:,} {samples} seen; checkpoint, metrics and curve in {training.folder}")


@train.command("recognizer")
@run_options(recipe_required=False)
@click.option("--lines", metavar="N", type=click.IntRange(min=1), help="Lines to see in all, instead of the recipe's.")
@click.option("--few", is_flag=True, help="Learn 10 to 1000 lines of --data on top of --from, without a recipe.")
@click.option(
    "--data", metavar="PATH", type=FilePath, multiple=True, help="With --few: labelled lines or pages; repeat it."
)
@click.option(
    "--keep", metavar="PATH", type=FilePath, help="With --few: lines to keep in mind.  [default: drawn for it]"
)
def train_recognizer(
    recipe: Path | None,
    output: Path,
    backend: str | None,
    minutes: float | None,
    start_from: Path | None,
    lines: int | None,
    few: bool,
    data: tuple[Path, ...],
    keep: Path | None,
) -> None:
    """Train a line recognizer by a recipe, a TOML file; or, with --few, on a few lines of yours."""
    if few:
        _refuse({"RECIPE": recipe, "--minutes": minutes, "--lines": lines}, "goes without --few")
        train_few_lines(start_from, data, keep, output, backend)
        return
    _refuse({"--data": data, "--keep": keep}, "goes with --few")
    if recipe is None:
        raise UsageError("No recipe is named: e2eocr train recognizer RECIPE -o RUN. Without one: --few --data PATH.")

    from e2eocr.training.recognizer.recipe import load_recipe

    settings = load_recipe(recipe, lines=lines)
    use_backend(backend or fastest_backend())

    from e2eocr.training.recognizer.loop import RecognizerTraining

    _run_training(RecognizerTraining(settings, output, start_from=start_from), minutes)


def _refuse(options: Mapping[str, object], reason: str) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise UsageError(f"{given[0]} {reason}. Leave it out.")


train.add_command(train_prune)


@train.command("detector")
@run_options()
@click.option("--crops", metavar="N", type=click.IntRange(min=1), help="Crops to see in all, instead of the recipe's.")
def train_detector(
    recipe: Path,
    output: Path,
    backend: str | None,
    minutes: float | None,
    start_from: Path | None,
    crops: int | None,
) -> None:
    """Train a line detector by a recipe, a TOML file."""
    from e2eocr.training.detector.recipe import load_detector_recipe

    settings = load_detector_recipe(recipe, crops=crops)
    use_backend(backend or fastest_backend())

    from e2eocr.training.detector.loop import DetectorTraining

    _run_training(DetectorTraining(settings, output, start_from=start_from), minutes)


@train.command("sorter")
@run_options()
@click.option("--lines", metavar="N", type=click.IntRange(min=1), help="Lines to see in all, instead of the recipe's.")
def train_sorter(
    recipe: Path,
    output: Path,
    backend: str | None,
    minutes: float | None,
    start_from: Path | None,
    lines: int | None,
) -> None:
    """Train a line sorter by a recipe, a TOML file."""
    from e2eocr.training.sorter.recipe import load_sorter_recipe

    settings = load_sorter_recipe(recipe, lines=lines)
    use_backend(backend or fastest_backend())

    from e2eocr.training.sorter.loop import SorterTraining

    _run_training(SorterTraining(settings, output, start_from=start_from), minutes)


@train.command("status")
@click.argument("runs", metavar="RUN...", type=FilePath, nargs=-1, required=True)
def train_status(runs: tuple[Path, ...]) -> None:
    """Tell where training runs stand, how fast they are, and when they will be done."""
    from e2eocr.training.run.status import tell_status

    for run in runs:
        for line in tell_status(run):
            say(line)


@train.command("compare")
@click.argument("runs", metavar="RUN...", type=FilePath, nargs=-1, required=True)
@click.option("-o", "--output", metavar="FILE", type=FilePath, help="Draw their curves here, as PNG.")
def train_compare(runs: tuple[Path, ...], output: Path | None) -> None:
    """Put the measurements of training runs beside each other."""
    from e2eocr.training.run.curve import draw_comparison
    from e2eocr.training.run.status import common_terms, compare_runs, load_history

    for line in compare_runs(runs):
        say(line)
    if output is not None:
        draw_comparison({run.name: load_history(run) for run in runs}, output, common_terms(runs))


@train.command("kit")
@click.argument("plan", metavar="PLAN", type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="Folder for the runs; gone on with.")
@click.option("--minutes", metavar="N", type=float, required=True, help="Stop after so long, with checkpoints.")
@click.option("--home", metavar="DIR", type=FilePath, help="Copy here what goes home: checkpoints and records.")
@click.option("--backend", type=click.Choice(BACKENDS), help="What runs Keras.  [default: torch, if installed]")
def train_kit(plan: Path, output: Path, minutes: float, home: Path | None, backend: str | None) -> None:
    """Draw and train what a list says is due, most urgent first, while the time lasts."""
    from e2eocr.training.kit.plan import load_plan

    deadline = time.monotonic() + 60 * minutes
    due = load_plan(plan)
    use_backend(backend or fastest_backend())

    from e2eocr.training.kit.driving import run_plan, take_home

    run_plan(due, plan.parent, output, deadline=deadline, report=say_progress)
    if home is not None:
        for path in take_home(output, home):
            say(f"{path}: {path.stat().st_size:,} bytes")


@train.command("prior")
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="File to write, or a bundle.")
@click.option("--from", "start_from", metavar="FILE", type=FilePath, help="Take this prior, instead of training one.")
@text_option
@language_option("Learn")
@click.option("--alphabet", metavar="NAME", default="ALPHABETIC", help="Characters that are learned.")
@click.option("--lines", metavar="N", type=click.IntRange(min=1), default=400_000, help="How many lines to draw.")
@click.option("--order", metavar="N", type=int, default=6, help="Characters of the longest n-grams, 2 to 6.")
@click.option("--ngrams", metavar="N", type=click.IntRange(min=1), default=550_000, help="How many n-grams to keep.")
@click.option("--weight", metavar="X", type=float, help="What the prior counts.  [default: 0.45, or as in --from]")
@click.option("--bonus", metavar="X", type=float, help="Nats for a character.  [default: 0.9, or as in --from]")
@click.option(
    "--usual", metavar="X", type=float, help="Nats a character of print costs.  [default: 2.5, or as in --from]"
)
@seed_option("prior")
def train_prior(
    output: Path,
    start_from: Path | None,
    text: Path | None,
    languages: tuple[str, ...] | None,
    alphabet: str,
    weight: float | None,
    bonus: float | None,
    usual: float | None,
    **settings: Any,
) -> None:
    """Train a character prior from text, or put one into a recognizer's bundle."""
    from e2eocr.training.prior.counting import PriorSettings, load_prior_file, train_on_text, write_prior

    named = {"weight": weight, "bonus": bonus, "usual": usual}
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    checked = PriorSettings(**settings, **given)
    if start_from is not None:
        model = replace(load_prior_file(start_from), **given)
    else:
        model = train_on_text(text, checked, languages=languages, alphabet=alphabet)
    size = write_prior(model, output)
    ngrams = sum(len(grams.keys) for grams in model.orders)
    say(f"{ngrams:,} n-grams of up to {len(model.orders)} characters, {size / 1e6:.2f} MB: {output}")

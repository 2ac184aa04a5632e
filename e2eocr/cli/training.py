"""The commands that make models: `synth`, `train`, `export`. They parse, and call the library."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from e2eocr.errors import MissingDependencyError, UsageError

if TYPE_CHECKING:
    from e2eocr.training.run import Training

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
        from e2eocr.synthesis.lines.synthesis import synth_lines as render
        from e2eocr.synthesis.text.alphabets import load_alphabet
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


@synth.command("pages")
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="Folder for the shards.")
@click.option("--pages", metavar="N", type=click.IntRange(min=1), default=5_000, help="How many pages to render.")
@click.option("--seed", metavar="N", type=int, default=1, help="The same seed gives the same pages.")
@click.option("--workers", metavar="N", type=click.IntRange(min=1), default=1, help="Processes that render.")
@click.option(
    "--text", metavar="DIR", type=FilePath, help="Folder of <language>.txt[.xz]; without it, text from word lists."
)
@click.option("--faces", metavar="FILE", type=FilePath, help="faces.jsonl: the font faces to use; without it, all.")
@click.option("--fonts", metavar="DIR", type=FilePath, multiple=True, help="Folder of fonts besides the system's.")
@click.option("--language", metavar="CODE", multiple=True, help="Render this language; repeat it. Default: all.")
@click.option(
    "--long-side", metavar="N", type=click.IntRange(min=200), default=1280, help="Longer side of a page, pixels."
)
@click.option("--labelled", metavar="DIR", type=FilePath, help="Write the pages here too, as `evaluate` reads them.")
def synth_pages(
    output: Path,
    pages: int,
    seed: int,
    workers: int,
    text: Path | None,
    faces: Path | None,
    fonts: tuple[Path, ...],
    language: tuple[str, ...],
    long_side: int,
    labelled: Path | None,
) -> None:
    """Render pages with the places of their lines and words."""
    try:
        from e2eocr.synthesis.pages.synthesis import synth_pages as render
        from e2eocr.truth.page_shards import PageStore, write_labelled
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed. Rendering needs: pip install 'e2eocr[train]'"
        ) from error
    report = render(
        output,
        pages=pages,
        seed=seed,
        workers=workers,
        text=text,
        faces_file=faces,
        font_dirs=fonts,
        languages=language or None,
        long_side=long_side,
    )
    if labelled is not None:
        write_labelled(PageStore(output), labelled)
    rate = report.pages / report.seconds
    click.echo(f"{report.pages} pages, {report.lines} lines in {report.seconds:.0f} s, {rate:.1f} pages/s: {output}")


@synth.command("crops")
@click.argument("pages", metavar="PAGES...", type=FilePath, nargs=-1, required=True)
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="Folder for the shards.")
@click.option("--seed", metavar="N", type=int, default=1, help="Of the room that is left around lines.")
@click.option("--dpi", type=float, default=200.0, help="Resolution at which PDF pages are drawn.")
@click.option(
    "--check-with",
    metavar="NAME|DIR",
    help="Recognizer that tells the case of labels in capitals, and which labels are of other lines.",
)
def synth_crops(pages: tuple[Path, ...], output: Path, seed: int, dpi: float, check_with: str | None) -> None:
    """Cut the lines out of pages, drawn or labelled."""
    try:
        from e2eocr.models.bundles import load_recognizer
        from e2eocr.synthesis.lines.page_crops import cut_pages
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed. Cutting needs: pip install 'e2eocr[train]'"
        ) from error
    recognizer = load_recognizer(check_with) if check_with else None
    counts = cut_pages(pages, output, seed=seed, dpi=dpi, recognizer=recognizer)
    left_out = ", ".join(f"{count} {reason.value}" for reason, count in counts.items() if reason is not None)
    click.echo(f"{counts[None]} lines: {output}" + (f" (left out: {left_out})" if left_out else ""))


@click.group()
def train() -> None:
    """Train a model."""


def _training_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every training is given."""
    options = (
        click.argument("recipe", metavar="RECIPE", type=FilePath),
        click.option(
            "-o", "--output", metavar="RUN", type=FilePath, required=True, help="Folder of the run; gone on with."
        ),
        click.option("--backend", type=click.Choice(BACKENDS), help="What runs Keras.  [default: as Keras is set up]"),
        click.option("--minutes", metavar="N", type=float, help="Stop after so long, with a checkpoint."),
        click.option(
            "--from",
            "start_from",
            metavar="DIR",
            type=FilePath,
            help="Bundle whose weights a new run begins with.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _run_training(training: Training, minutes: float | None) -> None:
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    progress = training.run(deadline=deadline, report=click.echo)
    samples = training.terms.samples
    click.echo(f"{progress.seen:,} {samples} seen; checkpoint, metrics and curve in {training.folder}")


@train.command("recognizer")
@_training_options
@click.option("--lines", metavar="N", type=click.IntRange(min=1), help="Lines to see in all, instead of the recipe's.")
def train_recognizer(
    recipe: Path,
    output: Path,
    backend: str | None,
    minutes: float | None,
    start_from: Path | None,
    lines: int | None,
) -> None:
    """Train a line recognizer by a recipe, a TOML file."""
    from e2eocr.training.recognizer.recipe import load_recipe

    settings = load_recipe(recipe, lines=lines)
    _use_backend(backend)

    from e2eocr.training.recognizer.loop import RecognizerTraining

    _run_training(RecognizerTraining(settings, output, start_from=start_from), minutes)


@train.command("detector")
@_training_options
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
    _use_backend(backend)

    from e2eocr.training.detector.loop import DetectorTraining

    _run_training(DetectorTraining(settings, output, start_from=start_from), minutes)


@train.command("prior")
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="File to write, or a bundle.")
@click.option("--from", "start_from", metavar="FILE", type=FilePath, help="Take this prior, instead of training one.")
@click.option(
    "--text", metavar="DIR", type=FilePath, help="Folder of <language>.txt[.xz]; without it, text from word lists."
)
@click.option("--language", metavar="CODE", multiple=True, help="Learn this language; repeat it. Default: all.")
@click.option("--alphabet", metavar="NAME", default="ALPHABETIC", help="Characters that are learned.")
@click.option("--lines", metavar="N", type=click.IntRange(min=1), default=400_000, help="How many lines to draw.")
@click.option("--order", metavar="N", type=int, default=6, help="Characters of the longest n-grams, 2 to 6.")
@click.option("--ngrams", metavar="N", type=click.IntRange(min=1), default=550_000, help="How many n-grams to keep.")
@click.option("--weight", metavar="X", type=float, help="What the prior counts.  [default: 0.45, or as in --from]")
@click.option("--bonus", metavar="X", type=float, help="Nats for a character.  [default: 0.9, or as in --from]")
@click.option("--seed", metavar="N", type=int, default=1, help="The same seed gives the same prior.")
def train_prior(
    output: Path,
    start_from: Path | None,
    text: Path | None,
    language: tuple[str, ...],
    alphabet: str,
    weight: float | None,
    bonus: float | None,
    **settings: Any,
) -> None:
    """Train a character prior from text, or put one into a recognizer's bundle."""
    from e2eocr.training.prior.counting import PriorSettings, load_prior_file, train_on_text, write_prior

    given: dict[str, Any] = {name: value for name, value in (("weight", weight), ("bonus", bonus)) if value is not None}
    checked = PriorSettings(**settings, **given)
    if start_from is not None:
        model = replace(load_prior_file(start_from), **given)
    else:
        model = train_on_text(text, checked, languages=language or None, alphabet=alphabet)
    size = write_prior(model, output)
    ngrams = sum(len(grams.keys) for grams in model.orders)
    click.echo(f"{ngrams:,} n-grams of up to {len(model.orders)} characters, {size / 1e6:.2f} MB: {output}")


def _data_sets(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        f"--{name}",
        metavar="PATH",
        type=FilePath,
        multiple=True,
        help={
            "calibration": "Lines or pages that were not trained on, for int8 ranges and confidence; repeat it.",
            "dev": "Lines or pages to measure on; repeat it.",
        }[name],
    )


@click.command()
@click.argument("model", metavar="MODEL", type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="The folder to write.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("bundle", "savedmodel", "litert")),
    default="bundle",
    show_default=True,
    help="What to make of the model.",
)
@click.option("--description", metavar="TEXT", default="", help="A line on what the model reads.")
@click.option("--trained-on", metavar="TEXT", multiple=True, help="A data set, with its licence; repeat it.")
@_data_sets("calibration")
@_data_sets("dev")
@click.option(
    "--width",
    metavar="N",
    type=click.IntRange(min=1),
    multiple=True,
    help="Width of a LiteRT model's pictures, pixels; repeat it.  [default: 320, 640, 1280]",
)
def export(model: Path, output: Path, format_: str, width: tuple[int, ...], **facts: Any) -> None:
    """Make a bundle of a training run, or a SavedModel or LiteRT models of a run or bundle."""
    if width and format_ != "litert":
        raise UsageError("--width goes with --format litert: other models take pictures of any width.")
    if format_ == "bundle":
        _export_bundle(model, output, facts)
        return
    useless = [f"--{name.replace('_', '-')}" for name, value in facts.items() if value]
    if useless:
        raise UsageError(f"{', '.join(useless)}: goes with --format bundle alone. Leave it out.")
    _export_for_tensorflow(model, output, format_, width)


def _export_bundle(run: Path, output: Path, facts: dict[str, Any]) -> None:
    if not (run / "checkpoint").is_dir():
        raise UsageError(f"{run} holds no checkpoint. Name the folder of a training run.")
    missing = [f"--{name}" for name in ("calibration", "dev") if not facts[name]]
    if missing:
        raise UsageError(
            f"Missing option {' and '.join(missing)}: a bundle is calibrated and measured on lines or pages."
        )
    _use_backend("tensorflow")

    from e2eocr.training.folder import DETECTOR, run_kind

    if run_kind(run) == DETECTOR:
        from e2eocr.export.detector import export_detector

        for kind, page_figures in export_detector(run, output, **facts).items():
            speed = f"{page_figures.seconds_per_page:6.3f} s/page"
            click.echo(f"{kind:<6} H-mean {page_figures.h_mean:.5f}  {speed}  {page_figures.size / 1e6:.2f} MB")
        return

    from e2eocr.export.recognizer import export_run

    for kind, figures in export_run(run, output, **facts).items():
        speed = f"{figures.lines_per_second:6.0f} lines/s"
        click.echo(f"{kind:<6} CER {figures.rate:.5f}  {speed}  {figures.size / 1e6:.2f} MB")


def _export_for_tensorflow(model: Path, output: Path, format_: str, widths: tuple[int, ...]) -> None:
    _use_backend("tensorflow")
    try:
        from e2eocr.export.tensorflow import export_litert, export_savedmodel, load_trained
    except ImportError as error:
        raise MissingDependencyError(
            f"{error.name} is not installed. Training and export need: pip install 'e2eocr[train]'"
        ) from error

    logging.getLogger("tensorflow").setLevel(logging.WARNING)  # it tells of folders for its own use
    trained = load_trained(str(model))
    if format_ == "savedmodel":
        sizes = export_savedmodel(trained, output)
    else:
        sizes = export_litert(trained, output, widths) if widths else export_litert(trained, output)
    for name, size in sizes.items():
        click.echo(f"{size / 1e6:6.2f} MB  {output / name}")

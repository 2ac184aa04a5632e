"""Training on top of a bundle: `train recognizer --few`, and `train prune`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from e2eocr.cli.options import FilePath, say, say_progress
from e2eocr.cli.training_options import BACKENDS, fastest_backend, seed_option, training_packages, use_backend
from e2eocr.errors import UsageError

if TYPE_CHECKING:
    from e2eocr.models.bundles import Bundle


def train_few_lines(
    start_from: Path | None, data: tuple[Path, ...], keep: Path | None, output: Path, backend: str | None
) -> None:
    """Fine-tune a recognizer on few lines, and say what came of it.

    Raises:
        UsageError: If it is not said what to begin with, or which lines to learn.
    """
    if start_from is None or not data:
        missing = "--from NAME" if start_from is None else "--data PATH"
        raise UsageError(f"Missing option {missing}: --few teaches a recognizer lines of yours.")

    from e2eocr.models.bundles import find_bundle

    bundle = find_bundle(str(start_from), "recognizer")
    use_backend(backend or fastest_backend())
    with training_packages("Training and drawing need"):
        from e2eocr.training.recognizer.few import KEPT_LINES, train_few

    with _kept_lines(bundle, keep, KEPT_LINES) as kept:
        made = train_few(bundle, data, output, kept, report=say_progress)
    if made.new_characters:
        say(f"characters that are new: {made.new_characters}")
    say(f"{made.lines} lines, {made.rounds} rounds: CER {made.before:.4f} -> {made.after:.4f} by cross-validation")
    say(f"Make a bundle of it: e2eocr export {output} -o BUNDLE")


@click.command("prune")
@click.argument("model", metavar="BUNDLE")
@click.option("-o", "--output", metavar="RUN", type=FilePath, required=True, help="Folder for the run.")
@click.option(
    "--kind",
    type=click.Choice(("filters", "weights")),
    default="filters",
    show_default=True,
    help="Cut out whole filters, or make single weights zero.",
)
@click.option(
    "--share",
    metavar="0-1",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.3,
    show_default=True,
    help="How much of them goes.",
)
@click.option("--lines", metavar="N", type=click.IntRange(min=100), default=30_000, help="How many lines to learn.")
@click.option("--data", metavar="PATH", type=FilePath, help="Lines to learn.  [default: drawn for it]")
@click.option("--backend", type=click.Choice(BACKENDS), help="What runs Keras.  [default: torch, if installed]")
@seed_option("lines")
def train_prune(model: str, output: Path, data: Path | None, backend: str | None, **settings: Any) -> None:
    """Make a recognizer smaller, and train on what is left of it."""
    from e2eocr.models.bundles import find_bundle

    bundle = find_bundle(model, "recognizer")
    use_backend(backend or fastest_backend())
    with training_packages("Training and drawing need"):
        from e2eocr.training.recognizer.pruning import PruneSettings, prune

    checked = PruneSettings(**settings)
    with _kept_lines(bundle, data, checked.lines) as lines:
        prune(bundle, output, lines, checked, report=say_progress)
    say(f"Make a bundle of it: e2eocr export {output} -o BUNDLE")


@contextmanager
def _kept_lines(bundle: Bundle, given: Path | None, count: int) -> Iterator[Path]:
    """Lines of the kind that a recognizer knows: those that are named, or as many that are drawn."""
    if given is not None:
        yield given
        return
    with training_packages("Drawing lines needs"):
        from e2eocr.training.recognizer.kept import draw_kept
    with tempfile.TemporaryDirectory() as name:
        draw_kept(bundle, Path(name) / "lines", lines=count)
        yield Path(name) / "lines"

"""A recognizer fine-tuned on few lines, of a hand or a face that it reads badly, without forgetting what it knows.

The new lines are learned at a low rate amid kept ones, drawn like those it was made with (rehearsal, Robins 1995). How
long is told by cross-validation: each fold of the new lines is read by what has learned the others, and the number of
rounds that makes the fewest errors over all folds is then trained on all lines.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from e2eocr.errors import DataError, UsageError
from e2eocr.models.bundles import Bundle
from e2eocr.models.parts import load_charset, load_config, load_settings
from e2eocr.synthesis.text.alphabets import canonical
from e2eocr.training.recognizer.heritage import HELD, KEPT, part_lines, put_lines, reading_of, write_heritage
from e2eocr.training.recognizer.inputs import CheckedSet, check_set, load_picture
from e2eocr.training.recognizer.loop import RecognizerTraining, measure_set
from e2eocr.training.recognizer.recipe import LineSet, Recipe
from e2eocr.training.run.folder import take_machine
from e2eocr.truth.lines import open_lines
from e2eocr.truth.records import LineSample
from recognizers.charset import Charset

log = logging.getLogger(__name__)

MIN_LINES, MAX_LINES = 10, 1000
KEPT_LINES = 1500  # that are drawn
OWN = "own"  # folder of the new lines in the run's
_BATCH_PIXELS = 6_144  # few lines a step: there are few steps


@dataclass(frozen=True, slots=True)
class FewSettings:
    """How few lines are learned.

    Attributes:
        folds: Parts that the new lines are held out in, one after the other.
        rounds: How often each new line is seen at most.
        patience: Rounds of a fold without fewer errors after which it is not gone on with.
        kept_per_line: Kept lines that are learned with each new one.
        degrade: Strength at which the new lines are degraded.
        learning_rate: Of all rounds but the first, over which it rises.
        seed: Of the folds and of training.
    """

    folds: int = 3
    rounds: int = 24
    patience: int = 5
    kept_per_line: float = 2.0
    degrade: float = 0.5
    learning_rate: float = 4e-4
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FewReport:
    """What came of it: the error rates of the new lines, each read by what had not learned it.

    Attributes:
        lines: How many there were.
        rounds: How often each was learned.
        before: Character error rate of the model that was begun with.
        after: That after so many rounds.
        new_characters: Those that the model did not know before.
    """

    lines: int
    rounds: int
    before: float
    after: float
    new_characters: str


@dataclass(frozen=True, slots=True)
class _Course:
    """What all trainings of a run share."""

    bundle: Bundle
    charset: Charset
    reading: dict[str, Any]
    settings: FewSettings
    kept: Path

    def train(self, lines: Path, folder: Path, rounds: int, held: Path | None = None) -> RecognizerTraining:
        """A training on the lines of a store, ready to run for so many rounds."""
        count = len(open_lines(lines).texts)
        seen = round(count * (1 + self.settings.kept_per_line))
        recipe = Recipe(
            family=self.bundle.family,
            architecture={**self.bundle.architecture, "classes": len(self.charset)},
            reading=self.reading,
            train=(
                LineSet(str(lines), degrade=self.settings.degrade),
                LineSet(str(self.kept), weight=self.settings.kept_per_line),
            ),
            validation=() if held is None else (LineSet(str(held), degrade=0.0),),
            lines=rounds * seen,
            epoch_lines=seen,
            warmup_lines=seen,
            learning_rate=self.settings.learning_rate,
            final_rate=1.0,
            average=0.95,
            batch_pixels=_BATCH_PIXELS,
            stop_epochs=0 if held is None else self.settings.patience,
            seed=self.settings.seed,
        )
        return RecognizerTraining(recipe, folder, start_from=self.bundle.path, charset=self.charset)


def train_few(
    bundle: Bundle,
    data: Sequence[Path],
    run: Path,
    kept: Path,
    settings: FewSettings = FewSettings(),
    report: Callable[[str], None] = log.info,
) -> FewReport:
    """Fine-tune a recognizer on few lines.

    Args:
        bundle: What to begin with.
        data: Sets of the new lines, as `open_lines` takes them.
        run: The run's folder, which can be exported then; it must not be there, or be empty.
        kept: A store of lines that are kept in mind, of the kind that the model was made with; they are copied.
        settings: How they are learned.
        report: Takes lines about how far it is.

    Raises:
        DataError: If there are too few usable lines or too many, or if learning makes no fewer errors.
        UsageError: If the folder holds something.
    """
    if run.exists() and any(run.iterdir()):
        raise UsageError(f"{run} is there and holds something. Name a new folder by -o.")
    charset, new = _grown_charset(bundle, data)
    lines = list(_usable_lines(bundle, data, charset))
    _check_count(len(lines), data)
    course = _Course(bundle, charset, reading_of(bundle), settings, run / KEPT)
    put_lines(lines, run / OWN)
    part_lines(open_lines(kept), run)
    rounds, before, after = _cross_validate(course, lines, run / "folds", report)
    shutil.rmtree(run / "folds")
    if not rounds:
        raise DataError(
            f"{len(lines)} lines were read no better after they were learned: character error rate {before:.4f}. "
            "Look at their labels, or add lines. Nothing was made that can be exported."
        )
    course.train(run / OWN, run, rounds).run(report=report)
    write_heritage(run, bundle, charset, dev=[HELD, OWN], learned=["lines of its user"])
    return FewReport(len(lines), rounds, before, after, new)


def _grown_charset(bundle: Bundle, data: Sequence[Path]) -> tuple[Charset, str]:
    """The charset of a bundle with the characters of some lines that it lacks behind it, and those."""
    known = load_charset(bundle).characters
    used = {character for path in data for text in open_lines(path).texts for character in canonical(text)}
    new = "".join(sorted(each for each in used - set(known) if each.isprintable()))
    return Charset([*known, *new]), new


def _usable_lines(bundle: Bundle, data: Sequence[Path], charset: Charset) -> Iterator[LineSample]:
    config, settings = load_config(bundle), load_settings(bundle)
    for path in data:
        checked: CheckedSet = check_set(
            LineSet(str(path)),
            charset,
            height=config.height,
            time_stride=config.time_stride,
            direction=getattr(settings, "direction", "ltr"),
        )
        for index in checked.usable.tolist():
            if load_picture(checked.store, index) is not None:
                yield checked.store[index]


def _check_count(count: int, data: Sequence[Path]) -> None:
    if not MIN_LINES <= count <= MAX_LINES:
        advice = "Label more." if count < MIN_LINES else "Train on so many by a recipe, without --few."
        raise DataError(
            f"{', '.join(map(str, data))}: {count} lines can be learned; --few takes {MIN_LINES} to {MAX_LINES}. "
            f"{advice}"
        )


def _cross_validate(
    course: _Course, lines: Sequence[LineSample], folder: Path, report: Callable[[str], None]
) -> tuple[int, float, float]:
    """The number of rounds with the fewest errors over all folds, and the error rates before and after them."""
    folds = np.random.default_rng(course.settings.seed).permutation(len(lines)) % course.settings.folds
    curves = []
    for fold in range(course.settings.folds):
        held = [line for line, at in zip(lines, folds, strict=True) if at == fold]
        others = [line for line, at in zip(lines, folds, strict=True) if at != fold]
        place = folder / str(fold)
        characters = sum(len(line.text) for line in held)
        curve = _fold_curve(course, put_lines(others, place / "lines"), put_lines(held, place / "held"), place / "run")
        report(f"fold {fold + 1} of {course.settings.folds}: CER {curve[0]:.4f}, at best {curve.min():.4f}")
        curves.append(curve * characters)
    rates = np.sum(curves, axis=0) / sum(len(line.text) for line in lines)
    best = int(rates.argmin())
    return best, float(rates[0]), float(rates[best])


def _fold_curve(course: _Course, lines: Path, held: Path, folder: Path) -> np.ndarray:
    """Error rate of held lines before training and after each round, `(rounds + 1,)`: the last one found goes on."""
    rounds = course.settings.rounds
    take_machine(course.kept.parent, folder)
    training = course.train(lines, folder, rounds, held)
    rates = [_rate_of(training, held), *_run_quietly(training)]
    take_machine(folder, course.kept.parent)
    return np.array([*rates, *[rates[-1]] * (rounds + 1 - len(rates))][: rounds + 1])


def _rate_of(training: RecognizerTraining, held: Path) -> float:
    return measure_set(training.reader(), training.check(LineSet(str(held), degrade=0.0))).rate


def _run_quietly(training: RecognizerTraining) -> list[float]:
    training.run(report=log.debug)
    return [next(iter(row["cer"].values())) for row in training.progress.history]

"""The training of a line sorter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np

from e2eocr.errors import DataError, UsageError
from e2eocr.settings import settings_from_mapping
from e2eocr.training.engine.base import Lesson
from e2eocr.training.run.folder import SORTER
from e2eocr.training.run.progress import TERMS, Progress, Terms
from e2eocr.training.run.training import Training, architecture_config
from e2eocr.training.sorter.inputs import KindInputs, SortedSet, held_lines, sort_set
from e2eocr.training.sorter.labels import GroupLabels
from e2eocr.training.sorter.losses import kind_loss
from e2eocr.training.sorter.recipe import SorterRecipe
from recognizers.base import LineSorter, ScriptGroup
from recognizers.sorter.graph import SorterConfig, build_sorter
from recognizers.sorter.reader import SorterReader, SorterSettings

MAX_LINES = 1000  # of a set, that are measured
_SURE = 0.9


def sorter_config(recipe: SorterRecipe) -> SorterConfig:
    """The architecture that a recipe asks for; see `architecture_config`."""
    return architecture_config(SorterConfig.from_dict, {"groups": len(recipe.groups), **recipe.architecture})


def sorter_settings(recipe: SorterRecipe, config: SorterConfig) -> SorterSettings:
    """How to sort with what a recipe trains, before its probabilities are calibrated.

    Raises:
        DataError: If [reading] of the recipe has a key or value that its settings cannot have.
    """
    try:
        settings = settings_from_mapping(
            SorterSettings, {"groups": [], "height": config.height, **recipe.reading}, "[reading] of the recipe"
        )
    except (UsageError, ValueError) as error:
        raise DataError(str(error)) from error
    return replace(settings, groups=recipe.groups)


class SorterTraining(Training[SorterRecipe, SortedSet]):
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    terms: ClassVar[Terms] = TERMS[SORTER]

    def __init__(self, recipe: SorterRecipe, folder: Path, *, start_from: Path | None = None) -> None:
        """Open a run; see `Training`."""
        self.config = sorter_config(recipe)
        self.settings = sorter_settings(recipe, self.config)
        super().__init__(recipe, folder, progress=Progress(), start_from=start_from)

    def _build(self) -> keras.Model:
        return build_sorter(self.config)

    def _lesson(self) -> Lesson:
        def loss(truth: Sequence[Any], outputs: Sequence[Any]) -> Any:
            return kind_loss(truth[0], truth[1], outputs[0])

        return Lesson(self.model, loss)

    def _open(self) -> tuple[KindInputs, Sequence[SortedSet]]:
        labels = GroupLabels(self.recipe.groups)
        train = [sort_set(each, labels) for each in self.recipe.train]
        validation = [sort_set(each, labels) for each in self.recipe.validation]
        return KindInputs(self.recipe, train, self.settings), validation

    def _measure(self, held: SortedSet) -> tuple[str, float]:
        return held.source.label, measure_sorting(self.sorter(), held).wrong

    def sorter(self) -> LineSorter:
        """Sorts with the model as it stands."""
        return SorterReader("training", lambda x: np.asarray(self.engine.predict(x)[0]), self.settings)


@dataclass(frozen=True, slots=True)
class SortingScore:
    """How right lines of a set are sorted, as shares of them.

    Attributes:
        wrong: Taken for a group of other scripts.
        unsure: Told with a probability under 0.9, right or wrong.
        turned_wrong: Told the wrong way up, of all lines and of as many upside down.
        lines: How many.
    """

    wrong: float
    unsure: float
    turned_wrong: float
    lines: int


def measure_sorting(sorter: LineSorter, held: SortedSet) -> SortingScore:
    """Sort lines of a set.

    Digits and a word in plain letters may be taken for running text in those letters and the other way round: where
    the page is in letters it makes no difference, and where it is not they are read by two.
    """
    pictures, groups = zip(*held_lines(held, MAX_LINES), strict=True)
    kinds = sorter.sort(pictures)
    over = sorter.sort([picture[::-1, ::-1] for picture in pictures])
    told = [dict(kind.groups) for kind in kinds]
    likeliest = [next(iter(each), "") for each in told]
    wrong = [not _alike(sorter.groups, name, group) for name, group in zip(likeliest, groups, strict=True)]
    unsure = [each.get(name, 0.0) < _SURE for each, name in zip(told, likeliest, strict=True)]
    turned = [kind.upside_down for kind in kinds] + [not kind.upside_down for kind in over]
    return SortingScore(_share(wrong), _share(unsure), _share(turned), len(pictures))


def _share(told: Sequence[bool]) -> float:
    return round(float(np.mean(told)), 5)


def _alike(groups: Sequence[ScriptGroup], name: str, number: int) -> bool:
    """Whether a group that was told is the right one, or has a script in common with it."""
    told = next((group for group in groups if group.name == name), None)
    return told is not None and bool({*told.scripts} & {*groups[number].scripts})

"""What the training of a line sorter is made of: a frozen recipe, read from TOML. An unknown key is an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2eocr.errors import DataError
from e2eocr.training.recipes import check_training, load_changed
from e2eocr.training.recognizer.recipe import LineRecipe, LineSet
from recognizers.base import ScriptGroup


@dataclass(frozen=True, slots=True)
class SorterRecipe(LineRecipe):
    """A training run of a line sorter; what all recipes say is told by `TrainingRecipe`.

    Attributes:
        groups: The script groups that it learns to tell apart, in the order of its classes.
        reading: Changes to the defaults of the settings with which it reads.
        train: What to learn from; the group of a line is told by its label.
        validation: What to measure on after each epoch.
        lines: Lines to see in all; the learning rate's schedule ends there.
        epoch_lines: Lines between two measurements.
        batch_pixels: Columns of a batch, all lines together.
        bucket: Widths are padded to multiples of this.
        warmup_lines: Lines over which the learning rate rises from 0.
        cut: Share of the lines of one script of which a short piece is shown.
        upside_down: Share of the lines that are shown upside down.
        textless: Share of the lines in whose place a picture without text is shown.
    """

    groups: tuple[ScriptGroup, ...] = ()
    reading: dict = field(default_factory=dict)
    train: tuple[LineSet, ...] = ()
    validation: tuple[LineSet, ...] = ()
    lines: int = 400_000
    epoch_lines: int = 40_000
    batch_pixels: int = 16_384
    bucket: int = 64
    warmup_lines: int = 8_000
    cut: float = 0.4
    upside_down: float = 0.2
    textless: float = 0.02

    def __post_init__(self) -> None:
        check_training(self, self.train, self.validation)
        if min(self.lines, self.epoch_lines, self.batch_pixels, self.bucket) < 1 or self.warmup_lines < 0:
            raise DataError(
                "`lines`, `epoch_lines`, `batch_pixels` and `bucket` must be at least 1, `warmup_lines` at least 0."
            )
        if not all(0 <= share <= 1 for share in (self.cut, self.upside_down, self.textless)):
            raise DataError("`cut`, `upside_down` and `textless` of a recipe must be 0 to 1.")
        if len({group.name for group in self.groups}) < max(2, len(self.groups)):
            raise DataError("The recipe needs two [[groups]] tables or more, each with another `name`.")
        if sum(group.everywhere for group in self.groups) != 1:
            raise DataError("One group of the recipe, and one alone, must be `everywhere`: that of digits.")


def load_sorter_recipe(path: Path, **changes: Any) -> SorterRecipe:
    """Read a recipe; `changes` that are not None replace what the file says.

    Raises:
        UsageError: If the file is no TOML, has a key that a recipe does not know, or a value of another type.
        DataError: If it names nothing to learn from, or a value is out of its range.
    """
    return load_changed(SorterRecipe, path, changes)

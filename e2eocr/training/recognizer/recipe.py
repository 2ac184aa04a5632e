"""What a training run is made of: a frozen recipe, read from TOML. An unknown key is an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2eocr.errors import DataError
from e2eocr.synthesis.effects.lines import MIX, DegradeSettings
from e2eocr.training.recipes import TrainingRecipe, check_training, load_changed


@dataclass(frozen=True, slots=True)
class LineSet:
    """Lines to learn from or to be measured on.

    Attributes:
        path: A folder of shards, or a folder or `.tar` with pictures and a `labels.tsv`.
        weight: Share of the lines drawn from it, relative to the other sets'.
        degrade: Strength of the degradation; 0 takes the pictures as they are.
        kinds: Kinds of document that its lines are made to look like, with their weights; none: the mix of scans.
        max_width: Lines wider than this, scaled to the model's height, are left out; 0: none are.
        name: What logs call it; by default the last part of the path.
    """

    path: str
    weight: float = 1.0
    degrade: float = 1.0
    kinds: dict = field(default_factory=dict)
    max_width: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if self.weight <= 0 or self.degrade < 0 or self.max_width < 0:
            raise DataError(f"{self.path}: `weight` must be more than 0, `degrade` and `max_width` at least 0.")
        try:
            self.degradation  # noqa: B018 - a wrong kind is told before anything is read
        except (ValueError, TypeError, AttributeError) as error:
            raise DataError(f"{self.path}: `kinds` cannot be used: {error}") from error

    @property
    def degradation(self) -> DegradeSettings:
        """How its lines are degraded."""
        return DegradeSettings(strength=self.degrade, mix=self.kinds or MIX)

    @property
    def label(self) -> str:
        return self.name or Path(self.path).stem


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecipe(TrainingRecipe):
    """A training whose samples are lines.

    Attributes:
        lines: Lines to see in all; the learning rate's schedule ends there.
        epoch_lines: Lines between two measurements.
        warmup_lines: Lines over which the learning rate rises from 0.
    """

    lines: int = 1_000_000
    epoch_lines: int = 50_000
    warmup_lines: int = 20_000

    @property
    def total(self) -> int:
        """Lines to see in all."""
        return self.lines

    @property
    def between(self) -> int:
        """Lines between two measurements."""
        return self.epoch_lines

    @property
    def warmup(self) -> int:
        """Lines of the warm-up."""
        return self.warmup_lines


@dataclass(frozen=True, slots=True)
class Recipe(LineRecipe):
    """A training run of a line recognizer; what other recipes say too is told by `LineRecipe`.

    Attributes:
        alphabet: Name of the alphabet in `e2eocr.synthesis.text.alphabets`.
        family: The architecture's, in the table of `e2eocr.models.families`.
        reading: Changes to the defaults of the settings with which the family's reader reads.
        train: What to learn from.
        validation: What to measure on after each epoch.
        batch_pixels: Columns of a batch, all lines together: wide lines come in small batches.
        bucket: Widths are padded to multiples of this; 0: of 16 by the engine `torch`, of 64 by `keras`.
        plateau_epochs: Epochs in a row without a lower error rate on the first validation set (training loss, where
            there is none) before the learning rate is halved; 0: never.
        stop_epochs: As many without, and the run ends; 0: never.
        teacher: Name or folder of a recognizer's bundle that reads such lines already and is learned from beside the
            labels; empty: none.
        teacher_weight: Of what the teacher says, beside the loss by the labels.
    """

    alphabet: str = "ALPHABETIC"
    family: str = "crnn"
    reading: dict = field(default_factory=dict)
    train: tuple[LineSet, ...] = ()
    validation: tuple[LineSet, ...] = ()
    batch_pixels: int = 24_576
    bucket: int = 0
    plateau_epochs: int = 0
    stop_epochs: int = 0
    teacher: str = ""
    teacher_weight: float = 1.0

    def __post_init__(self) -> None:
        check_training(self, self.train, self.validation)
        if min(self.lines, self.epoch_lines, self.batch_pixels) < 1 or self.bucket < 0:
            raise DataError("`lines`, `epoch_lines` and `batch_pixels` must be at least 1, `bucket` at least 0.")
        if min(self.warmup_lines, self.plateau_epochs, self.stop_epochs) < 0:
            raise DataError("`warmup_lines`, `plateau_epochs` and `stop_epochs` of a recipe must be at least 0.")
        if self.teacher_weight <= 0:
            raise DataError("`teacher_weight` of a recipe must be more than 0. Without a `teacher`, leave it out.")

    @property
    def direction(self) -> str:
        """How lines are learned: `rtl` as they stand on paper, `ltr` as they are read."""
        return str(self.reading.get("direction", "ltr"))


def load_recipe(path: Path, **changes: Any) -> Recipe:
    """Read a recipe; `changes` that are not None replace what the file says.

    Raises:
        UsageError: If the file is no TOML, has a key that a recipe does not know, or a value of another type.
        DataError: If it names nothing to learn from, or a value is out of its range.
    """
    return load_changed(Recipe, path, changes)

"""What a training run is made of: a frozen recipe, read from TOML. An unknown key is an error."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from e2eocr.errors import DataError
from e2eocr.training.recipes import check_labels, check_rates, check_sources, load_changed


@dataclass(frozen=True, slots=True)
class LineSet:
    """Lines to learn from or to be measured on.

    Attributes:
        path: A folder of shards, or a folder or `.tar` with pictures and a `labels.tsv`.
        weight: Share of the lines drawn from it, relative to the other sets'.
        degrade: Strength of the degradation; 0 takes the pictures as they are.
        max_width: Lines wider than this, scaled to the model's height, are left out; 0: none are.
        name: What logs call it; by default the last part of the path.
    """

    path: str
    weight: float = 1.0
    degrade: float = 1.0
    max_width: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if self.weight <= 0 or self.degrade < 0 or self.max_width < 0:
            raise DataError(f"{self.path}: `weight` must be more than 0, `degrade` and `max_width` at least 0.")

    @property
    def label(self) -> str:
        return self.name or Path(self.path).stem


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training run of a line recognizer.

    Attributes:
        alphabet: Name of the alphabet in `e2eocr.synthesis.text.alphabets`.
        family: The architecture's, in the table of `e2eocr.models.families`.
        architecture: Changes to the defaults of the family's config.
        reading: Changes to the defaults of the settings with which the family's reader reads.
        train: What to learn from.
        validation: What to measure on after each epoch.
        lines: Lines to see in all; the learning rate's schedule ends there.
        epoch_lines: Lines between two measurements and checkpoints.
        batch_pixels: Columns of a batch, all lines together: wide lines come in small batches.
        bucket: Widths are padded to multiples of this.
        learning_rate: Peak, after the warm-up.
        final_rate: Last learning rate of the cosine, as a fraction of the peak.
        warmup_lines: Lines over which the learning rate rises from 0.
        weight_decay: Of AdamW, on matrices and kernels.
        average: Momentum of the running average of the weights that is measured and exported; 0: none.
        plateau_epochs: Epochs in a row without a lower error rate on the first validation set (training loss, where
            there is none) before the learning rate is halved; 0: never.
        stop_epochs: As many without, and the run ends; 0: never.
        precision: Keras dtype policy, such as `float32` or `mixed_bfloat16`.
        seed: Of weights, order and degradation.
    """

    alphabet: str = "ALPHABETIC"
    family: str = "crnn"
    architecture: dict = field(default_factory=dict)
    reading: dict = field(default_factory=dict)
    train: tuple[LineSet, ...] = ()
    validation: tuple[LineSet, ...] = ()
    lines: int = 1_000_000
    epoch_lines: int = 50_000
    batch_pixels: int = 24_576
    bucket: int = 64
    learning_rate: float = 1.5e-3
    final_rate: float = 0.01
    warmup_lines: int = 20_000
    weight_decay: float = 1e-2
    average: float = 0.998
    plateau_epochs: int = 0
    stop_epochs: int = 0
    precision: str = "mixed_bfloat16"
    seed: int = 1

    def __post_init__(self) -> None:
        check_sources(self.train)
        if min(self.lines, self.epoch_lines, self.batch_pixels, self.bucket) < 1:
            raise DataError("`lines`, `epoch_lines`, `batch_pixels` and `bucket` of a recipe must be at least 1.")
        if min(self.warmup_lines, self.plateau_epochs, self.stop_epochs, self.weight_decay) < 0:
            raise DataError("`warmup_lines`, `plateau_epochs`, `stop_epochs` and `weight_decay` must be at least 0.")
        check_rates(self.learning_rate, self.final_rate, self.average)
        check_labels(self.validation)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def load_recipe(path: Path, **changes: Any) -> Recipe:
    """Read a recipe; `changes` that are not None replace what the file says.

    Raises:
        UsageError: If the file is no TOML, has a key that a recipe does not know, or a value of another type.
        DataError: If it names nothing to learn from, or a value is out of its range.
    """
    return load_changed(Recipe, path, changes)

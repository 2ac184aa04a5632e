"""What a detector's training run is made of: a frozen recipe, read from TOML. An unknown key is an error."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.errors import DataError
from e2eocr.training.recipes import TrainingRecipe, check_training, load_changed


@dataclass(frozen=True, slots=True)
class PageSet:
    """Pages to learn from or to be measured on.

    Attributes:
        path: A store of drawn pages, or a folder of labelled pictures (`<stem>.gt.json` beside each).
        weight: Share of the crops cut from it, relative to the other sets'.
        degrade: Strength of the photometric degradation; 0 takes the pictures as they are.
        fit: Whether outlines that people drew are fitted to the ink; for straight lines alone.
        max_pages: Pages used, evenly spread over the set; 0: all.
        name: What logs call it; by default the last part of the path.
    """

    path: str
    weight: float = 1.0
    degrade: float = 1.0
    fit: bool = False
    max_pages: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if self.weight <= 0 or self.degrade < 0 or self.max_pages < 0:
            raise DataError(f"{self.path}: `weight` must be more than 0, `degrade` and `most` at least 0.")

    @property
    def label(self) -> str:
        return self.name or Path(self.path).stem


@dataclass(frozen=True, slots=True)
class DetectorRecipe(TrainingRecipe):
    """A training run of a line detector; what all recipes say is told by `TrainingRecipe`.

    Attributes:
        train: What to learn from.
        validation: What to measure on after each epoch.
        crops: Crops to see in all; the learning rate's schedule ends there.
        epoch_crops: Crops between two measurements and checkpoints.
        batch: Crops to a training step.
        crop_side: Height and width of a crop, pixels; a multiple of 32.
        text_heights: Least and greatest height of the usual line of a crop, in its pixels.
        shrink_ratio: How far lines are shrunk by their area in the targets, 0–1; used where `kept_height` is 0.
        kept_height: Share of their height that the lines' strips keep in the targets, 0–1.
        max_tilt: Largest angle by which a crop is turned, degrees.
        turned: Share of crops that are turned by a quarter, a half or three quarters of a circle.
        inverted: Share of crops with black and white exchanged.
        turn_weight: Of the loss of the page's quarter turn.
        warmup_crops: Crops over which the learning rate rises from 0.
    """

    train: tuple[PageSet, ...] = ()
    validation: tuple[PageSet, ...] = ()
    crops: int = 200_000
    epoch_crops: int = 5_000
    batch: int = 8
    crop_side: int = 640
    text_heights: tuple[float, ...] = (8.0, 48.0)
    shrink_ratio: float = 0.6
    kept_height: float = 0.45
    max_tilt: float = 10.0
    turned: float = 0.3
    inverted: float = 0.05
    turn_weight: float = 0.2
    learning_rate: float = 2e-3
    warmup_crops: int = 4_000
    weight_decay: float = 1e-3

    def __post_init__(self) -> None:
        check_training(self, self.train, self.validation)
        if min(self.crops, self.epoch_crops, self.batch) < 1 or self.crop_side < 32 or self.crop_side % 32:
            raise DataError(
                "`crops`, `epoch_crops` and `batch` of a recipe must be at least 1, `crop_side` a multiple of 32."
            )
        if len(self.text_heights) != 2 or not 0 < self.text_heights[0] <= self.text_heights[1]:
            raise DataError("`text_heights` of a recipe must be two numbers above 0, the lower one first.")
        shares = (self.kept_height, self.turned, self.inverted)
        if not 0 < self.shrink_ratio < 1 or not all(0 <= share <= 1 for share in shares) or self.kept_height == 1:
            raise DataError("`shrink_ratio`, `kept_height`, `turned` and `inverted` of a recipe must lie in 0–1.")
        if min(self.warmup_crops, self.turn_weight, self.max_tilt) < 0:
            raise DataError("`warmup_crops`, `turn_weight` and `max_tilt` must be at least 0.")

    @property
    def total(self) -> int:
        """Crops to see in all."""
        return self.crops

    @property
    def between(self) -> int:
        """Crops between two measurements."""
        return self.epoch_crops

    @property
    def warmup(self) -> int:
        """Crops of the warm-up."""
        return self.warmup_crops


def load_detector_recipe(path: Path, **changes: Any) -> DetectorRecipe:
    """Read a recipe; `changes` that are not None replace what the file says.

    Raises:
        UsageError: If the file is no TOML, has a key that a recipe does not know, or a value of another type.
        DataError: If it names nothing to learn from, or a value is out of its range.
    """
    return load_changed(DetectorRecipe, path, changes)

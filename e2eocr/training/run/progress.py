"""Where a run stands, and what its figures are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from e2eocr.models.families import Kind
from e2eocr.training.batches.stream import Place
from e2eocr.training.run.folder import DETECTOR, RECOGNIZER, SORTER


@dataclass(slots=True)
class Interval:
    """What was seen since the last measurement.

    Attributes:
        samples: How many.
        loss: Sum of their losses.
        seconds: Time that took.
        filled: Sum over them of the share of a batch that is no padding.
    """

    samples: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    filled: float = 0.0


@dataclass(slots=True)
class Progress:
    """Where a run stands; saved with each checkpoint.

    Attributes:
        epoch: Measurements made.
        seen: Samples seen: lines or crops.
        seconds: Time spent on training them.
        history: A record for each measurement.
        processor_seconds: Of this process, all its threads together, in that time.
        steps: Training steps made.
        place: Where in the batches the next one stands.
        since: What was seen since the last measurement.
    """

    epoch: int = 0
    seen: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)
    processor_seconds: float = 0.0
    steps: int = 0
    place: Place = field(default_factory=Place)
    since: Interval = field(default_factory=Interval)

    def __post_init__(self) -> None:
        if isinstance(self.place, Mapping):  # as a checkpoint has it
            self.place = Place(**self.place)
        if isinstance(self.since, Mapping):
            self.since = Interval(**self.since)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run's samples and figures are called.

    Attributes:
        kind: Kind of the bundles that the weights go to and come from.
        samples: Key of the samples seen in the records.
        figures: Key of the table of figures by set in the records.
        loss_label: The loss, beside its axis.
        figures_label: The figures, beside their axis.
        title: The figures, in a line of the log.
        scale: Of the figures' axis: `log` or `linear`.
    """

    kind: Kind
    samples: str
    figures: str
    loss_label: str
    figures_label: str
    title: str
    scale: str


TERMS = {
    RECOGNIZER: Terms(
        kind=RECOGNIZER,
        samples="lines",
        figures="cer",
        loss_label="loss per character",
        figures_label="character error rate",
        title="CER",
        scale="log",
    ),
    DETECTOR: Terms(
        kind=DETECTOR,
        samples="crops",
        figures="h_mean",
        loss_label="loss",
        figures_label="H-mean of lines",
        title="H-mean",
        scale="linear",
    ),
    SORTER: Terms(
        kind=SORTER,
        samples="lines",
        figures="wrong",
        loss_label="loss",
        figures_label="lines taken for another script",
        title="wrong",
        scale="log",
    ),
}


def describe(row: Mapping[str, Any], terms: Terms) -> str:
    """A record as a line of the log."""
    figures = " ".join(f"{name} {figure:.4f}" for name, figure in row.get(terms.figures, {}).items())
    samples, speed = row[terms.samples], row[f"{terms.samples}_per_second"]
    start = f"epoch {row['epoch']}: {samples:,} {terms.samples}, {speed:.1f} {terms.samples}/s"
    shares = " ".join(f"{name} {share:.0%}" for name, share in row.get("shares", {}).items())
    spent = f", {row['padding']:.1%} padding, {shares}" if shares else ""
    return f"{start}, loss {row['loss']:.4f}, {terms.title} {figures or 'not measured'}{spent}"

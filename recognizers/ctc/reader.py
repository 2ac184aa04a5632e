"""A recognizer from a trained CTC model: crops in, calibrated readings out, whatever runs the model."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recognizers.arabic_digits import in_one_set
from recognizers.base import CharSpan, LineText
from recognizers.charset import Charset, script_of
from recognizers.crops import batch_crops
from recognizers.ctc.decoding import CTCPath, decode_beam, decode_greedy, softmax
from recognizers.ctc.prior import CharacterPrior
from recognizers.ctc.prior_decoding import decode_with_prior
from recognizers.ctc.scripts import ScriptKeeper
from recognizers.directions import logical_places, to_logical

DIRECTIONS = ("ltr", "rtl")
Model = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """All that reading with a model needs beside its weights; `runtime` of a bundle.

    Attributes:
        height: Height of the model's input in pixels.
        time_stride: Input pixels per output step.
        bucket: Widths are padded to multiples of this.
        batch_size: Most lines given to the model at once.
        beam: Width of the beam search; 1 decodes greedily. A prior has a search of its own.
        calibration: Slope and offset of the logistic curve that makes a raw score a confidence.
        confusable_scripts: ISO 15924 codes of scripts whose letters print alike: a word has letters of one of them.
        scripts: ISO 15924 codes of the scripts that the model is made for; its charset may have letters of others.
        direction: `rtl` where the model has learned lines as they stand on paper though they are read from the right:
            their text is put into logical order.
    """

    height: int
    time_stride: int
    bucket: int = 64
    batch_size: int = 16
    beam: int = 1
    calibration: tuple[float, float] = (1.0, 0.0)
    confusable_scripts: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    direction: str = "ltr"

    def __post_init__(self) -> None:
        check_direction(self.direction)


def check_direction(direction: str) -> None:
    """Refuse a direction that lines do not have.

    Raises:
        ValueError: If it is none of `DIRECTIONS`.
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"Invalid `direction`. Expected one of: {', '.join(DIRECTIONS)}. Received: {direction!r}")


class Telling(Protocol):
    """Settings of a reader as far as they say what is told of a line; see `ReaderSettings`."""

    @property
    def calibration(self) -> tuple[float, float]: ...

    @property
    def direction(self) -> str: ...


class CTCReader:
    """Reads line crops with a CTC model."""

    def __init__(
        self,
        name: str,
        model: Model,
        charset: Charset,
        settings: ReaderSettings,
        prior: CharacterPrior | None = None,
    ) -> None:
        """Put a reader together.

        Args:
            name: What results call it.
            model: `(B, height, W, 1)` float32 -> logits `(B, W / time_stride, classes)` float32.
            charset: The characters of the classes.
            settings: How crops are prepared and logits decoded.
            prior: What is asked where the model is unsure; without it, the model alone decides.
        """
        self.name = name
        self._model = model
        self._charset = charset
        self._settings = settings
        self._prior = prior
        self._scripts = ScriptKeeper(charset, settings.confusable_scripts)

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        """Read upright crops, each `(h, w)` uint8 grey; one reading per crop, in the same order."""
        settings = self._settings
        readings = [LineText("", 0.0)] * len(crops)
        batches = batch_crops(crops, height=settings.height, bucket=settings.bucket, batch_size=settings.batch_size)
        for batch in batches:
            probabilities = softmax(self._model(batch.pixels))  # (B, T, classes)
            for row, (index, width) in enumerate(zip(batch.indices, batch.widths, strict=True)):
                readings[index] = self._read_row(probabilities[row], width)
        return readings

    def _read_row(self, probabilities: np.ndarray, width: int) -> LineText:
        steps = probabilities[: -(-width // self._settings.time_stride)]
        path = self._scripts.settle(steps, self._decode(steps), self._decode)
        return tell_reading(path, width / self._settings.time_stride, self._charset, self._settings)

    def _decode(self, probabilities: np.ndarray) -> CTCPath:
        if self._prior is not None:
            return decode_with_prior(probabilities, self._prior)
        if self._settings.beam > 1:
            return decode_beam(probabilities, width=self._settings.beam)
        return decode_greedy(probabilities)


def tell_reading(path: CTCPath, length: float, charset: Charset, settings: Telling) -> LineText:
    """The reading that a path is, on a line of `length` time steps."""
    text, spans = charset.decode(path.classes), char_spans(path, length)
    if settings.direction == "rtl":
        text, spans = in_one_set(to_logical(text)), [spans[place] for place in logical_places(text)]
    text, kept = tidy(text, spans)
    if not text:
        return LineText("", 0.0)
    return LineText(text, calibrate(raw_score(path), settings.calibration), tuple(kept), script_of(text))


def char_spans(path: CTCPath, length: float) -> list[CharSpan]:
    """Where the characters of a path stand, as fractions of a line of `length` time steps.

    CTC marks characters by peaks near their middles, so one ends midway to the peak of the next.
    """
    middles = (np.array(path.starts) + np.array(path.ends)) / 2
    if len(middles) == 1:
        return [CharSpan(0.0, 1.0, path.confidences[0])]
    between = (middles[1:] + middles[:-1]) / 2
    if len(between):
        between = np.concatenate(([2 * middles[0] - between[0]], between, [2 * middles[-1] - between[-1]]))
    edges = np.clip(between / length, 0.0, 1.0).tolist()
    return [CharSpan(*span) for span in zip(edges, edges[1:], path.confidences, strict=False)]


def raw_score(path: CTCPath) -> float:
    """How sure the model is of a whole line, in log-odds: of the mean and the worst of its steps.

    A line's probability falls with its length, so the score is the geometric mean of the line's probability and its
    weakest character's.
    """
    if not path.classes:
        return -10.0
    weakest = math.log(max(min(path.confidences), 1e-9))
    mean = (path.log_probability + weakest) / 2
    probability = min(max(math.exp(mean), 1e-6), 1 - 1e-6)
    return math.log(probability / (1 - probability))


def calibrate(score: float, calibration: tuple[float, float]) -> float:
    """Confidence in 0–1 of a raw score, by logistic (Platt) scaling."""
    slope, offset = calibration
    return (1 + math.tanh((slope * score + offset) / 2)) / 2  # the logistic curve, without overflow


def fit_calibration(confidences: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Slope and offset of the logistic curve from raw scores to the share of right lines (Platt 1999).

    Args:
        confidences: `(n,)` uncalibrated confidences of lines (with slope 1 and offset 0), 0–1.
        right: `(n,)` bool, whether each was read without an error.
    """
    clipped = np.clip(confidences, 1e-6, 1 - 1e-6)
    scores = np.log(clipped / (1 - clipped))
    positive, negative = int(right.sum()), int((~right).sum())
    # Platt's targets keep the curve finite where the two kinds of lines can be told apart without an error.
    targets = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    inputs = np.stack([scores, np.ones_like(scores)], axis=1)  # (n, 2)
    solution = np.array([1.0, 0.0])
    for _ in range(50):  # Newton's method on the logistic loss, with steps short enough that it falls
        fitted = _logistic(inputs @ solution)
        gradient = inputs.T @ (fitted - targets)
        hessian = (inputs * (fitted * (1 - fitted))[:, None]).T @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        present = _logistic_loss(inputs @ solution, targets)
        while _logistic_loss(inputs @ (solution - step), targets) > present and np.abs(step).max() > 1e-9:
            step /= 2
        solution = solution - step
    return round(float(solution[0]), 4), round(float(solution[1]), 4)


def _logistic(scores: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(scores / 2)) / 2


def _logistic_loss(scores: np.ndarray, targets: np.ndarray) -> float:
    return float((np.logaddexp(0, scores) - targets * scores).sum())


def tidy(text: str, spans: Sequence[CharSpan]) -> tuple[str, list[CharSpan]]:
    """Strip and single the spaces of a decoded line and compose it to NFC, its spans with it.

    Characters that NFC makes one, or puts in another order, share one span.
    """
    groups: list[tuple[str, list[CharSpan]]] = []  # what NFC may touch together
    for character, span in zip(text, spans, strict=True):
        if character == " " and (not groups or groups[-1][0] == " "):
            continue
        if groups and _belongs_to(groups[-1][0], character):
            groups[-1] = (groups[-1][0] + character, [*groups[-1][1], span])
        else:
            groups.append((character, [span]))
    if groups and groups[-1][0] == " ":
        groups.pop()
    composed = [(unicodedata.normalize("NFC", group), group, kept) for group, kept in groups]
    kept = [span for final, group, own in composed for span in (own if final == group else [_joined(own)] * len(final))]
    return "".join(final for final, _, _ in composed), kept


def _belongs_to(group: str, character: str) -> bool:
    """Whether NFC may join a character to those before it."""
    if unicodedata.combining(character):
        return True
    together = unicodedata.normalize("NFC", group + character)
    return together != unicodedata.normalize("NFC", group) + unicodedata.normalize("NFC", character)


def _joined(spans: Sequence[CharSpan]) -> CharSpan:
    return CharSpan(
        min(span.left for span in spans), max(span.right for span in spans), min(span.confidence for span in spans)
    )

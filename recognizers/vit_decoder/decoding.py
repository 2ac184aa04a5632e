"""Writing lines a character at a time by beam search, of which the greedy way is the narrowest; in numpy.

Each line is searched by itself, among those of its batch: what it reads as does not depend on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np

from recognizers.base import DecodedLine

EDGE = 0  # the class of a line's edge: before its first character, and behind its last


class Steps(Protocol):
    """What runs the two parts of a model."""

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """`(B, height, W, 1)` float32 -> what the writing part remembers of each line, `(B, parts, T, D)` float32."""
        ...

    def step(
        self, before: np.ndarray, past: np.ndarray, memory: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Write one character of each line.

        Args:
            before: `(B,)` int32, the class before.
            past: `(t, B, parts * D)` float32, the states of the steps before.
            memory: As `encode` gives it.

        Returns:
            Logits `(B, classes)`; the state that joins the past, `(B, parts * D)`; and how much each patch was looked
            at, `(B, T)`, which sums to 1. All float32.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Mark:
    """A character that was written, and those before it."""

    number: int
    confidence: float
    look: np.ndarray
    before: _Mark | None

    def back(self) -> Iterator[_Mark]:
        """This character and those before it, the last first."""
        mark: _Mark | None = self
        while mark is not None:
            yield mark
            mark = mark.before


@dataclass(frozen=True, slots=True, eq=False)
class _Beam:
    """A beginning of a line: which line, its log-probability, its last character, and the row that it comes from."""

    line: int
    score: float = 0.0
    last: _Mark | None = None
    row: int = 0


class _Past:
    """The states of the rows of a batch, step by step, in memory that seldom grows."""

    def __init__(self, rows: int, size: int) -> None:
        self._states = np.empty((32, rows, size), np.float32)
        self._steps = 0

    @property
    def states(self) -> np.ndarray:
        """`(t, rows, size)`."""
        return self._states[: self._steps]

    def append(self, state: np.ndarray) -> None:
        """Take in the states of a step, `(rows, size)`."""
        if self._steps == len(self._states):
            self._states = np.concatenate([self._states, np.empty_like(self._states)])
        self._states[self._steps] = state
        self._steps += 1

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with some rows, in a new order."""
        kept = np.empty((len(self._states), len(rows), self._states.shape[2]), np.float32)
        kept[: self._steps] = self.states[:, rows]
        self._states = kept


def write_lines(
    steps: Steps, memory: np.ndarray, limits: Sequence[int], *, rows: int = 1, width: int = 1
) -> list[DecodedLine]:
    """Write what stands on the lines of a batch.

    Args:
        steps: What runs the model.
        memory: Of the lines, `(B, parts, T, D)` float32.
        limits: How many characters each line may have: no repetition goes on for ever.
        rows: Patches one above the other, the `T` of the memory being row by row.
        width: Beginnings of a line that are kept at each step; 1 is the greedy way.

    Returns:
        A path for each line, whose time steps are columns of patches, one a character.
    """
    beams = [_Beam(line, row=line) for line in range(len(memory))]
    done: dict[int, list[_Beam]] = {line: [] for line in range(len(memory))}
    past = _Past(len(memory), memory.shape[1] * memory.shape[3])
    for length in range(1, max(limits, default=0) + 1):
        before = np.array([EDGE if beam.last is None else beam.last.number for beam in beams], np.int32)
        logits, state, look = steps.step(before, past.states, memory)
        past.append(state)
        grown = _grow(beams, _log_softmax(logits), look.reshape(len(look), rows, -1).sum(1), width)
        beams = []
        for line, ranked in groupby(grown, key=lambda beam: beam.line):
            beams += _sort_out([*ranked], done[line], is_last=length == limits[line])
        if not beams:
            break
        kept = [beam.row for beam in beams]
        if kept != list(range(len(memory))):
            past.keep(kept)
            memory = memory[kept]
    return [_path(max(done[line], key=lambda beam: beam.score, default=_Beam(line))) for line in done]


def _grow(beams: Sequence[_Beam], logs: np.ndarray, looks: np.ndarray, width: int) -> Iterator[_Beam]:
    """The likeliest beginnings of each line that are one character longer, or have ended; line by line, best first."""
    kept = min(width, logs.shape[1])
    classes = np.argpartition(-logs, kept - 1, axis=1)[:, :kept]  # (rows, kept)
    for _, members in groupby(enumerate(beams), key=lambda each: each[1].line):
        found = [
            _Beam(beam.line, beam.score + log, _Mark(number, float(np.exp(log)), looks[row], beam.last), row)
            for row, beam in members
            for number, log in zip(classes[row].tolist(), logs[row, classes[row]].tolist(), strict=True)
        ]
        yield from sorted(found, key=lambda beam: -beam.score)[:width]


def _sort_out(ranked: Sequence[_Beam], done: list[_Beam], *, is_last: bool) -> list[_Beam]:
    """Put what has ended to the rest of it; what goes on, where it may still come out best.

    Args:
        ranked: Beginnings of a line.
        done: What has ended of it; added to.
        is_last: Whether the line may have no more characters: then all of it ends.
    """
    ended = [beam for beam in ranked if is_last or beam.last is None or beam.last.number == EDGE]
    done += ended
    best = max((beam.score for beam in done), default=-np.inf)
    return [beam for beam in ranked if beam not in ended and beam.score > best]


def _path(beam: _Beam) -> DecodedLine:
    marks = [*beam.last.back()][::-1] if beam.last is not None else []
    characters = [mark for mark in marks if mark.number != EDGE]
    if not characters:
        return DecodedLine((), (), (), (), beam.score)
    places = place_characters(np.stack([mark.look for mark in characters]))
    return DecodedLine(
        classes=tuple(mark.number for mark in characters),
        starts=tuple(places),
        ends=tuple(place + 1 for place in places),
        confidences=tuple(mark.confidence for mark in characters),
        log_probability=beam.score,
    )


def place_characters(looks: np.ndarray) -> list[int]:
    """The column of each character: those that were looked at most, if characters stand one after the other.

    Args:
        looks: `(L, T)` how much each column was looked at for each character; `L` is at most `T`.

    Returns:
        Rising places, one a character.
    """
    count, columns = looks.shape
    came_from = np.zeros((count, columns), np.int64)  # where the character before stands best
    score = looks[0].astype(np.float64)
    for number in range(1, count):
        score[: number - 1] = -np.inf  # too far left for those before
        best = np.maximum.accumulate(score)
        rises = np.where(score == best, np.arange(columns), 0)
        came_from[number, 1:] = np.maximum.accumulate(rises)[:-1]
        score = np.concatenate(([-np.inf], best[:-1])) + looks[number]
    places = [int(score.argmax())]
    for number in range(count - 1, 0, -1):
        places.append(int(came_from[number, places[-1]]))
    return places[::-1]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))

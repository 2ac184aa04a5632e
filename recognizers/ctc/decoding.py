"""CTC decoding in numpy: greedy and prefix beam search, with the confidence and place of each character.

Connectionist temporal classification: Graves et al. 2006; prefix beam search: Hannun et al. 2014. Class 0 is the
blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from recognizers.base import DecodedLine
from recognizers.charset import BLANK

_MIN_PROBABILITY = 1e-4


def steps_needed(classes: Sequence[int]) -> int:
    """Time steps a text needs: one a character, and a blank between two that are the same."""
    return len(classes) + sum(a == b for a, b in pairwise(classes))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis, float32."""
    values = logits - logits.max(axis=-1, keepdims=True)
    np.exp(values, out=values)
    values /= values.sum(axis=-1, keepdims=True)
    return values


def decode_greedy(probabilities: np.ndarray) -> DecodedLine:
    """The best class of every step, repeats merged, blanks dropped.

    Args:
        probabilities: `(T, classes)` float32.
    """
    return collapse(*best_steps(probabilities))


def best_steps(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best class of every step, `(T,)`, and its probability, `(T,)` float32."""
    best = probabilities.argmax(axis=1)
    return best, probabilities[np.arange(len(best)), best]


def collapse(best: np.ndarray, peaks: np.ndarray) -> DecodedLine:
    """The text of a class for every step, as `best_steps` gives them: repeats merged, blanks dropped."""
    if not len(best):
        return DecodedLine((), (), (), (), 0.0)
    changes = np.flatnonzero(np.diff(best)) + 1
    starts = np.concatenate(([0], changes))
    ends = np.concatenate((changes, [len(best)]))
    runs = [(int(best[start]), int(start), int(end)) for start, end in zip(starts, ends, strict=True)]
    characters = [run for run in runs if run[0] != BLANK]
    return DecodedLine(
        classes=tuple(number for number, _, _ in characters),
        starts=tuple(start for _, start, _ in characters),
        ends=tuple(end for _, _, end in characters),
        confidences=tuple(float(peaks[start:end].max()) for _, start, end in characters),
        log_probability=float(np.log(np.maximum(peaks, 1e-12)).sum()),
    )


def _extend(
    beams: dict[tuple[int, ...], tuple[float, float]], prefix: tuple[int, ...], blank: float, character: float
) -> None:
    old_blank, old_character = beams.get(prefix, (-np.inf, -np.inf))
    beams[prefix] = (np.logaddexp(old_blank, blank), np.logaddexp(old_character, character))


def decode_beam(probabilities: np.ndarray, *, width: int = 8) -> DecodedLine:
    """The most probable text, its paths summed, found by prefix beam search.

    Args:
        probabilities: `(T, classes)` float32.
        width: Prefixes kept at each step.
    """
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, -np.inf)}  # prefix -> (ends in blank, in character)
    for step in probabilities:
        candidates = np.flatnonzero(step >= min(_MIN_PROBABILITY, step.max()))
        logs = np.log(step[candidates])
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, (blank, character) in beams.items():
            total = np.logaddexp(blank, character)
            for number, log in zip(candidates.tolist(), logs.tolist(), strict=True):
                if number == BLANK:
                    _extend(grown, prefix, total + log, -np.inf)
                elif prefix and number == prefix[-1]:
                    _extend(grown, prefix, -np.inf, character + log)
                    _extend(grown, (*prefix, number), -np.inf, blank + log)
                else:
                    _extend(grown, (*prefix, number), -np.inf, total + log)
        ranked = sorted(grown.items(), key=lambda item: (-np.logaddexp(*item[1]), item[0]))
        beams = dict(ranked[:width])
    prefix, scores = next(iter(beams.items()))
    return align(probabilities, prefix, float(np.logaddexp(*scores)))


def align(probabilities: np.ndarray, classes: tuple[int, ...], log_probability: float) -> DecodedLine:
    """Place a text's characters on the time steps by its best path (Viterbi over blanks and characters).

    Args:
        probabilities: `(T, classes)` float32.
        classes: The text's classes.
        log_probability: Goes into the result as it is.

    Raises:
        ValueError: If there are too few steps for the text.
    """
    if not classes:
        return DecodedLine((), (), (), (), log_probability)
    if len(probabilities) < steps_needed(classes):
        raise ValueError(f"Invalid `classes`. Expected a text for {len(probabilities)} steps. Received: {classes=}")
    states = _best_states(probabilities, classes)
    spans = [np.flatnonzero(states == 2 * k + 1) for k in range(len(classes))]
    return DecodedLine(
        classes=classes,
        starts=tuple(int(span[0]) for span in spans),
        ends=tuple(int(span[-1]) + 1 for span in spans),
        confidences=tuple(
            float(probabilities[span, number].max()) for span, number in zip(spans, classes, strict=True)
        ),
        log_probability=log_probability,
    )


def _best_states(probabilities: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """State of each step on the best path, `(T,)`: state `2k + 1` is character `k`, even states are blanks."""
    labels = np.zeros(2 * len(classes) + 1, np.int64)  # blank, character, blank, … , character, blank
    labels[1::2] = classes
    logs = np.log(np.maximum(probabilities[:, labels], 1e-12))  # (T, 2n + 1)
    may_skip = np.zeros(len(labels), bool)
    may_skip[3::2] = labels[3::2] != labels[1:-2:2]
    score = np.full(len(labels), -np.inf)
    score[:2] = logs[0, :2]
    came_from = np.zeros(logs.shape, np.int8)
    for t in range(1, len(logs)):
        stay = score
        step = np.concatenate(([-np.inf], score[:-1]))
        skip = np.where(may_skip, np.concatenate(([-np.inf, -np.inf], score[:-2])), -np.inf)
        choices = np.stack((stay, step, skip))  # (3, 2n + 1)
        came_from[t] = choices.argmax(axis=0)
        score = choices.max(axis=0) + logs[t]
    state = len(labels) - 1 if score[-1] >= score[-2] else len(labels) - 2
    states = np.empty(len(logs), np.int64)
    for t in range(len(logs) - 1, -1, -1):
        states[t] = state
        state -= int(came_from[t, state])  # an int8 that is subtracted would make the state one
    return states

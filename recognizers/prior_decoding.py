"""CTC decoding with a character prior, spent only where the recognizer is unsure.

Beam search with a language model within CTC is that of Hannun et al. 2014: a text's probability counts beside what the
prior says of it to some power, with a bonus for each character. But most steps of a line are certain. So the line is
cut at certain blanks into certain characters and short uncertain spots; for each spot the likely readings are listed,
their paths summed, and the prior chooses among the lists from left to right. A line without such a spot costs nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np

from recognizers.charset import BLANK
from recognizers.ctc import CTCPath, align, best_steps, collapse
from recognizers.prior import CharacterPrior, Context

_SURE = 0.97  # a step whose best class is likelier is certain
_LEAST = 0.02  # classes less likely than this at a step are no candidates
_EMITTED = 0.9  # a character that is as likely at one of its steps is there, whatever the steps beside it say
_PREFIXES = 8  # kept at each step within a spot
_READINGS = 6  # kept of a spot
_SPREAD = 6.0  # nats by which a reading may be less likely than the best one of its spot
_WIDTH = 8  # readings of the line kept behind each spot
_FAMILIAR, _STRANGE = 3.0, 4.0  # mean nats of a character: up to which the prior counts in full, from which not
_USUAL, _ASSUMED = 2.5, 8  # nats of a usual character; how many such are put beside those of a line

Reading = tuple[tuple[int, ...], float]
_Step = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Steps `start` to `end` (exclusive), between certain blanks, and how they can be read, likeliest first."""

    start: int
    end: int
    readings: list[Reading]


def decode_with_prior(probabilities: np.ndarray, prior: CharacterPrior) -> CTCPath:
    """The text that recognizer and prior together find most probable.

    Places and confidences are the recognizer's own, of the text chosen; its logarithmic probability is that of its best
    path.

    Args:
        probabilities: `(T, classes)` float32.
        prior: Scores the classes.
    """
    best, peaks = best_steps(probabilities)
    path = collapse(best, peaks)
    spots = _find_spots(probabilities, best, peaks)
    trust = _trust(path, prior) if spots else 0.0
    if not trust:
        return path
    return _put_together(probabilities, peaks, path, spots, _choose(path, spots, prior, trust))


def _find_spots(probabilities: np.ndarray, best: np.ndarray, peaks: np.ndarray) -> list[_Spot]:
    """The stretches between certain blanks that can be read in more than one way."""
    unsure = np.flatnonzero(peaks < _SURE)
    if not len(unsure):
        return []
    candidates = _find_candidates(probabilities, peaks, unsure)
    classes, is_cut = best.tolist(), ((best == BLANK) & (peaks >= _SURE)).tolist()
    spots: list[_Spot] = []
    end = 0
    for step in unsure.tolist():
        if step < end:
            continue
        start, end = step, step + 1
        while start and not is_cut[start - 1]:
            start -= 1
        while end < len(is_cut) and not is_cut[end]:
            end += 1
        steps = [candidates.get(at) or [(classes[at], 1.0)] for at in range(start, end)]
        if not _is_plain(steps, classes[start:end], peaks[start:end].tolist()):
            readings = _list_readings(steps)
            if len(readings) > 1:
                spots.append(_Spot(start, end, readings))
    return spots


def _find_candidates(probabilities: np.ndarray, peaks: np.ndarray, unsure: np.ndarray) -> dict[int, _Step]:
    """The classes that may stand at each unsure step; their probabilities beside the best one's, which is 1."""
    rows, most = probabilities[unsure], np.maximum(peaks[unsure], 1e-12)
    places, classes = (rows >= (_LEAST * most)[:, None]).nonzero()
    shares = (rows[places, classes] / most[places]).tolist()
    candidates: dict[int, _Step] = {}
    for step, number, share in zip(unsure[places].tolist(), classes.tolist(), shares, strict=True):
        candidates.setdefault(step, []).append((number, share))
    return candidates


def _is_plain(steps: list[_Step], best: list[int], peaks: list[float]) -> bool:
    """Whether only where a spot's characters begin and end is unsure: the usual case, told without a search."""
    emitted = {number for number, peak in zip(best, peaks, strict=True) if peak >= _EMITTED}
    if any(number != BLANK and number not in emitted for step in steps for number, _ in step):
        return False
    within = zip(best, steps[1:], best[2:], strict=False)
    return not any(before == after != BLANK and len(step) > 1 for before, step, after in within)


def _list_readings(steps: list[_Step]) -> list[Reading]:
    """The likely texts of some steps with the logarithms of their probabilities, by prefix beam search."""
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}  # prefix -> (ends in blank, in character)
    for step in steps:
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, (blank, character) in beams.items():
            for number, share in step:
                if number == BLANK:
                    _add(grown, prefix, (blank + character) * share, 0.0)
                elif prefix and number == prefix[-1]:
                    _add(grown, prefix, 0.0, character * share)
                    _add(grown, (*prefix, number), 0.0, blank * share)
                else:
                    _add(grown, (*prefix, number), 0.0, (blank + character) * share)
        beams = grown if len(grown) <= _PREFIXES else dict(_rank(grown)[:_PREFIXES])
    ranked = _rank(beams)[:_READINGS]
    most = math.log(sum(ranked[0][1]))
    readings = [(prefix, math.log(sum(shares))) for prefix, shares in ranked if sum(shares) > 0.0]
    return [(prefix, log) for prefix, log in readings if log >= most - _SPREAD]


def _add(
    beams: dict[tuple[int, ...], tuple[float, float]], prefix: tuple[int, ...], blank: float, character: float
) -> None:
    old = beams.get(prefix)
    beams[prefix] = (blank, character) if old is None else (old[0] + blank, old[1] + character)


def _rank(
    beams: dict[tuple[int, ...], tuple[float, float]],
) -> list[tuple[tuple[int, ...], tuple[float, float]]]:
    return sorted(beams.items(), key=lambda item: (-sum(item[1]), item[0]))


_Chain = tuple["_Chain | None", tuple[int, ...]]
_Hypotheses = dict[Context, tuple[float, "_Chain | None"]]


def _trust(path: CTCPath, prior: CharacterPrior) -> float:
    """How far the prior counts on a line, 0 to 1: in a language that it does not know, and in codes, not at all.

    What a character costs on the mean tells, in short lines together with what one usually costs.
    """
    context, total = prior.start, 0.0
    for number in path.classes:
        cost, context = prior.step(context, number)
        total -= cost
    mean = (total + _USUAL * _ASSUMED) / (len(path.classes) + _ASSUMED)
    return min(max((_STRANGE - mean) / (_STRANGE - _FAMILIAR), 0.0), 1.0)


def _choose(path: CTCPath, spots: list[_Spot], prior: CharacterPrior, trust: float) -> list[tuple[int, ...]]:
    """A reading for each spot. Hypotheses that end alike are one, so certain characters soon leave one alone."""
    weight = prior.weight * trust
    hypotheses: _Hypotheses = {prior.start: (0.0, None)}
    position = 0
    for spot in spots:
        first = bisect_left(path.starts, spot.start)
        hypotheses = _go_on(hypotheses, path.classes[position:first], prior, weight)
        hypotheses = _branch(hypotheses, spot, prior, weight, prior.bonus * trust)
        position = bisect_left(path.starts, spot.end)
    hypotheses = _go_on(hypotheses, path.classes[position:], prior, weight)
    ended = [(score + weight * prior.score_end(context), chain) for context, (score, chain) in hypotheses.items()]
    chain = max(ended, key=lambda item: item[0])[1]
    chosen = []
    while chain is not None:
        chain, reading = chain
        chosen.append(reading)
    return chosen[::-1]


def _go_on(hypotheses: _Hypotheses, classes: tuple[int, ...], prior: CharacterPrior, weight: float) -> _Hypotheses:
    """Put certain characters behind all hypotheses; once there is but one, what they cost does not matter."""
    for place, number in enumerate(classes):
        if len(hypotheses) == 1:
            [(context, kept)] = hypotheses.items()
            return {_advance(context, classes[place:], prior): kept}
        grown: _Hypotheses = {}
        for context, (score, chain) in hypotheses.items():
            cost, behind = prior.step(context, number)
            _keep(grown, behind, score + weight * cost, chain)
        hypotheses = grown
    return hypotheses


def _advance(context: Context, classes: tuple[int, ...], prior: CharacterPrior) -> Context:
    if len(classes) > prior.reach:  # what lies before does not tell
        context, classes = prior.nothing, classes[-prior.reach :]
    for number in classes:
        _, context = prior.step(context, number)
    return context


def _branch(hypotheses: _Hypotheses, spot: _Spot, prior: CharacterPrior, weight: float, bonus: float) -> _Hypotheses:
    """Put each reading of a spot behind each hypothesis and keep the best."""
    grown: _Hypotheses = {}
    for start, (score, chain) in hypotheses.items():
        for reading, log in spot.readings:
            context, total = start, 0.0
            for number in reading:
                cost, context = prior.step(context, number)
                total += cost
            _keep(grown, context, score + log + weight * total + bonus * len(reading), (chain, reading))
    if len(grown) <= _WIDTH:
        return grown
    return dict(sorted(grown.items(), key=lambda item: (-item[1][0], item[0]))[:_WIDTH])


def _keep(hypotheses: _Hypotheses, context: Context, score: float, chain: _Chain | None) -> None:
    old = hypotheses.get(context)
    if old is None or score > old[0]:
        hypotheses[context] = (score, chain)


def _put_together(
    probabilities: np.ndarray,
    peaks: np.ndarray,
    path: CTCPath,
    spots: list[_Spot],
    chosen: list[tuple[int, ...]],
) -> CTCPath:
    """The greedy path with the spots changed that the prior reads otherwise."""
    pieces, position, log_probability = [], 0, path.log_probability
    for spot, reading in zip(spots, chosen, strict=True):
        first, last = bisect_left(path.starts, spot.start), bisect_left(path.starts, spot.end)
        if path.classes[first:last] == reading:
            continue
        steps = probabilities[spot.start : spot.end]
        placed = align(steps, reading, 0.0)
        pieces += [_cut(path, position, first), _moved(placed, spot.start)]
        position = last
        log_probability += _log_of(steps, placed) - float(np.log(np.maximum(peaks[spot.start : spot.end], 1e-12)).sum())
    pieces.append(_cut(path, position, len(path.classes)))
    return CTCPath(
        classes=tuple(number for piece in pieces for number in piece.classes),
        starts=tuple(start for piece in pieces for start in piece.starts),
        ends=tuple(end for piece in pieces for end in piece.ends),
        confidences=tuple(confidence for piece in pieces for confidence in piece.confidences),
        log_probability=log_probability,
    )


def _cut(path: CTCPath, first: int, last: int) -> CTCPath:
    places = slice(first, last)
    return replace(
        path,
        classes=path.classes[places],
        starts=path.starts[places],
        ends=path.ends[places],
        confidences=path.confidences[places],
    )


def _moved(path: CTCPath, by: int) -> CTCPath:
    return replace(path, starts=tuple(start + by for start in path.starts), ends=tuple(end + by for end in path.ends))


def _log_of(probabilities: np.ndarray, path: CTCPath) -> float:
    """Logarithm of the probability of a path: its characters where they stand, blanks elsewhere."""
    states = np.full(len(probabilities), BLANK)
    for number, start, end in zip(path.classes, path.starts, path.ends, strict=True):
        states[start:end] = number
    return float(np.log(np.maximum(probabilities[np.arange(len(states)), states], 1e-12)).sum())

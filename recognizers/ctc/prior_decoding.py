"""CTC decoding with a character prior, spent only where the recognizer is unsure.

Beam search with a language model within CTC is that of Hannun et al. 2014: a text's probability counts beside what the
prior says of it to some power, with a bonus for each character. But most steps of a line are certain. So the line is
cut at certain blanks into certain characters and short uncertain spots; for each spot the likely readings are listed,
their paths summed, and the prior chooses among the lists from left to right. A line without such a spot costs next to
nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace

import numpy as np

from recognizers.base import DecodedLine
from recognizers.charset import BLANK
from recognizers.ctc.decoding import align, best_steps, collapse
from recognizers.ctc.prior import CharacterPrior, Context

_SURE = 0.95  # a step whose best class is likelier is certain
_LEAST = 0.03  # classes less likely than this at a step are no candidates
_EMITTED = 0.9  # a character that is as likely at one of its steps is there, whatever the steps beside it say
_PREFIXES = 8  # kept at each step within a spot
_READINGS = 6  # kept of a spot
_SPREAD = 0.02  # readings that are less likely than this beside the best one of their spot are left out
_WIDTH = 6  # readings of the line kept behind each spot
_BEHIND = 5.0  # nats by which one of them may be behind the best
_FAMILIAR, _STRANGE = 0.5, 1.5  # mean nats beyond a usual one: up to which the prior counts in full, from which not
_ASSUMED = 8  # usual characters that are put beside those of a line

Reading = tuple[tuple[int, ...], float]
_Step = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class _Spot:
    """Steps `start` to `end` (exclusive), between certain blanks, and how they can be read, likeliest first."""

    start: int
    end: int
    readings: list[Reading]


def decode_with_prior(probabilities: np.ndarray, prior: CharacterPrior) -> DecodedLine:
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
    changes = _find_changes(path, spots, prior, 1.0)
    if changes and (trust := _trust(path, prior)) < 1.0:
        changes = _find_changes(path, spots, prior, trust)
    return _put_together(probabilities, peaks, path, changes) if changes else path


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
    beams: dict[tuple[int, ...], float]
    if len(steps) == 1:
        beams = {(() if number == BLANK else (number,)): share for number, share in steps[0]}
    else:
        beams = {prefix: blank + character for prefix, (blank, character) in _search_prefixes(steps).items()}
    ranked = sorted(beams.items(), key=_by_share)[:_READINGS]
    least = ranked[0][1] * _SPREAD
    return [(prefix, math.log(share)) for prefix, share in ranked if share >= least]


def _by_share(item: tuple[tuple[int, ...], float]) -> tuple[float, tuple[int, ...]]:
    return -item[1], item[0]


def _search_prefixes(steps: list[_Step]) -> dict[tuple[int, ...], tuple[float, float]]:
    """Prefixes with the probability of all their paths that end in a blank, and of those that end in a character."""
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for step in steps:
        grown: dict[tuple[int, ...], tuple[float, float]] = {}
        for prefix, (blank, character) in beams.items():
            total, last = blank + character, prefix[-1] if prefix else BLANK
            for number, share in step:
                if number == BLANK:
                    _add(grown, prefix, total * share, 0.0)
                elif number == last:
                    _add(grown, prefix, 0.0, character * share)
                    _add(grown, (*prefix, number), 0.0, blank * share)
                else:
                    _add(grown, (*prefix, number), 0.0, total * share)
        if len(grown) > _PREFIXES:
            grown = dict(sorted(grown.items(), key=lambda item: (-sum(item[1]), item[0]))[:_PREFIXES])
        beams = grown
    return beams


def _add(
    beams: dict[tuple[int, ...], tuple[float, float]], prefix: tuple[int, ...], blank: float, character: float
) -> None:
    old = beams.get(prefix)
    beams[prefix] = (blank, character) if old is None else (old[0] + blank, old[1] + character)


_Change = tuple[_Spot, tuple[int, ...]]
_Chain = tuple["_Chain | None", tuple[int, ...]]
_Hypotheses = dict[Context, tuple[float, "_Chain | None"]]


def _find_changes(path: DecodedLine, spots: list[_Spot], prior: CharacterPrior, trust: float) -> list[_Change]:
    """The spots that the prior reads otherwise than the recognizer alone, and how."""
    if not spots or not trust:
        return []
    chosen = zip(spots, _choose(path, spots, prior, trust), strict=True)
    return [(spot, reading) for spot, reading in chosen if reading != path.classes[slice(*_places(path, spot))]]


def _places(path: DecodedLine, spot: _Spot) -> tuple[int, int]:
    """The first of a path's characters within a spot, and the first behind it."""
    return bisect_left(path.starts, spot.start), bisect_left(path.starts, spot.end)


def _trust(path: DecodedLine, prior: CharacterPrior) -> float:
    """How far the prior counts on a line, 0 to 1: in a language that it does not know, and in codes, not at all.

    What a character costs on the mean tells, in short lines together with what one usually costs.
    """
    context, total = prior.start, 0.0
    for number in path.classes:
        cost, context = prior.step(context, number)
        total -= cost
    beyond = (total - prior.usual * len(path.classes)) / (len(path.classes) + _ASSUMED)
    return min(max((_STRANGE - beyond) / (_STRANGE - _FAMILIAR), 0.0), 1.0)


def _choose(path: DecodedLine, spots: list[_Spot], prior: CharacterPrior, trust: float) -> list[tuple[int, ...]]:
    """A reading for each spot. Hypotheses that end alike are one, so certain characters soon leave one alone."""
    weight = prior.weight * trust
    hypotheses: _Hypotheses = {prior.start: (0.0, None)}
    position = 0
    for spot in spots:
        first, last = _places(path, spot)
        hypotheses = _go_on(hypotheses, path.classes[position:first], prior, weight)
        hypotheses = _branch(hypotheses, spot, prior, weight, prior.bonus * trust)
        position = last
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
    least = max(score for score, _ in grown.values()) - _BEHIND
    if len(grown) <= _WIDTH:
        return {context: kept for context, kept in grown.items() if kept[0] >= least}
    return dict(sorted(grown.items(), key=lambda item: (-item[1][0], item[0]))[:_WIDTH])


def _keep(hypotheses: _Hypotheses, context: Context, score: float, chain: _Chain | None) -> None:
    old = hypotheses.get(context)
    if old is None or score > old[0]:
        hypotheses[context] = (score, chain)


def _put_together(
    probabilities: np.ndarray, peaks: np.ndarray, path: DecodedLine, changes: list[_Change]
) -> DecodedLine:
    """The greedy path with some spots read otherwise."""
    pieces, position, log_probability = [], 0, path.log_probability
    for spot, reading in changes:
        first, last = _places(path, spot)
        placed = _place(probabilities[spot.start : spot.end], reading)
        before = np.log(np.maximum(peaks[spot.start : spot.end], 1e-12)).sum()
        log_probability += placed.log_probability - float(before)
        pieces += [_cut(path, position, first), _moved(placed, spot.start)]
        position = last
    pieces.append(_cut(path, position, len(path.classes)))
    return DecodedLine(
        classes=tuple(number for piece in pieces for number in piece.classes),
        starts=tuple(start for piece in pieces for start in piece.starts),
        ends=tuple(end for piece in pieces for end in piece.ends),
        confidences=tuple(confidence for piece in pieces for confidence in piece.confidences),
        log_probability=log_probability,
    )


def _place(probabilities: np.ndarray, reading: tuple[int, ...]) -> DecodedLine:
    """The best path of a reading through some steps, with its own logarithmic probability."""
    if len(probabilities) > 1:
        placed = align(probabilities, reading, 0.0)
        return replace(placed, log_probability=_log_of(probabilities, placed))
    share = float(probabilities[0, reading[0] if reading else BLANK])
    log = math.log(max(share, 1e-12))
    return DecodedLine(reading, (0,), (1,), (share,), log) if reading else DecodedLine((), (), (), (), log)


def _cut(path: DecodedLine, first: int, last: int) -> DecodedLine:
    places = slice(first, last)
    return replace(
        path,
        classes=path.classes[places],
        starts=path.starts[places],
        ends=path.ends[places],
        confidences=path.confidences[places],
    )


def _moved(path: DecodedLine, by: int) -> DecodedLine:
    return replace(path, starts=tuple(start + by for start in path.starts), ends=tuple(end + by for end in path.ends))


def _log_of(probabilities: np.ndarray, path: DecodedLine) -> float:
    """Logarithm of the probability of a path: its characters where they stand, blanks elsewhere."""
    states = np.full(len(probabilities), BLANK)
    for number, start, end in zip(path.classes, path.starts, path.ends, strict=True):
        states[start:end] = number
    return float(np.log(np.maximum(probabilities[np.arange(len(states)), states], 1e-12)).sum())

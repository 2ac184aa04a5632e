"""Lines that run from the right: the order in which characters stand on paper, and that in which they are read.

A recognizer sees a line from left to right, so lines of Arabic and Hebrew are learned and read in visual order, with
numbers and Latin words as they stand and brackets as they look; marks follow their letters. Everything else has logical
order. The paragraph runs from the right wherever a line has a letter that does.

The way to visual order is Unicode's bidirectional algorithm (UAX #9) without explicit marks. That back is not unique:
`אבג abc 12` and `אבג 12 abc` look the same. The likelier is taken, where a number belongs to the word before it.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

Value = TypeVar("Value")

_RIGHT = frozenset({"R", "AL"})
_STRONG = _RIGHT | {"L"}
_NUMBERS = frozenset({"EN", "AN"})
_LEFT_TO_RIGHT = _NUMBERS | {"L"}
_ATTACHED = frozenset({"NSM", "BN"})  # marks, and what has no width
_JOINING = {"EN": ("ES", "CS"), "AN": ("CS",)}  # one such sign between two numbers of a kind is part of them
_MIRRORED = dict(zip("()[]{}<>«»‹›⟨⟩", ")(][}{><»«›‹⟩⟨", strict=True))
_BRACKETS = {"(": ")", "[": "]", "{": "}", "⟨": "⟩"}  # what the algorithm takes for pairs

_PARTS = "brackets"  # that run as the paragraph: they part what stands at their sides
_PARTING = _RIGHT | {_PARTS}

Levels = Callable[[Sequence[str]], list[int]]


def runs_from_right(text: Iterable[str]) -> bool:
    """Whether one of some characters, such as those of a line, is a letter that is written from right to left."""
    return any(unicodedata.bidirectional(character) in _RIGHT for character in text)


def is_mostly_from_right(text: str) -> bool:
    """Whether most letters of a text belong to scripts that are written from right to left."""
    if text.isascii() or not runs_from_right(set(text)):
        return False
    counts = Counter[str]()
    for character, count in Counter(text).items():  # a page has few characters, many times each
        counts[unicodedata.bidirectional(character)] += count
    return sum(counts[kind] for kind in _RIGHT) > counts["L"]


def to_visual(text: str) -> str:
    """The characters of a line in logical order as they stand from left to right."""
    return "".join(character for _, character in _turn(text, logical_levels))


def to_logical(text: str) -> str:
    """The characters of a line as they stand from left to right in the order in which they are read."""
    return "".join(character for _, character in _turn(text, visual_levels))


def logical_places(text: str) -> list[int]:
    """Where each character of `to_logical(text)` stands in a line in visual order."""
    return [place for place, _ in _turn(text, visual_levels)]


def visual_runs(text: str) -> list[str]:
    """A line in logical order as runs of one direction, in the order in which they stand from left to right.

    Within a run, characters keep their logical order: what draws it knows how letters join.
    """
    if not runs_from_right(text):
        return [text]
    clusters = _clusters(text)
    runs = groupby(zip(logical_levels(clusters), clusters, strict=True), key=lambda each: each[0])
    return ["".join(cluster for _, cluster in run) for _, run in runs][::-1]


def _turn(text: str, find_levels: Levels) -> list[tuple[int, str]]:
    """The characters of a line in its other order, each with its place in this one.

    With only two levels that is the same both ways: runs change their order, those of level 1 within themselves too.
    """
    if not runs_from_right(text):
        return list(enumerate(text))
    clusters = _clusters(text)
    levels = find_levels(clusters)
    starts = [0, *(end for end in _running_lengths(clusters))]
    turned: list[tuple[int, str]] = []
    for level, members in _runs(levels)[::-1]:
        for at in members if level == 2 else members[::-1]:
            first, rest = clusters[at][0], clusters[at][1:]
            shown = _MIRRORED.get(first, first) if level == 1 else first
            turned += enumerate(shown + rest, starts[at])
    return turned


def _clusters(text: str) -> list[str]:
    """A line as characters with the marks that belong to them."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.bidirectional(character) in _ATTACHED:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _running_lengths(clusters: Sequence[str]) -> Iterator[int]:
    length = 0
    for cluster in clusters:
        length += len(cluster)
        yield length


def _runs(values: Sequence[Value]) -> list[tuple[Value, list[int]]]:
    """Runs of one level or class with the indices of their members."""
    return [(value, list(members)) for value, members in groupby(range(len(values)), key=lambda at: values[at])]


def _kinds(clusters: Sequence[str]) -> list[str]:
    """Bidirectional classes; a mark that nothing stands before is neutral."""
    kinds = [unicodedata.bidirectional(cluster[0]) for cluster in clusters]
    return ["ON" if kind in _ATTACHED else kind for kind in kinds]


# In logical order: the rules of the algorithm, W2 to W7 and N0 to N2.


def logical_levels(clusters: Sequence[str]) -> list[int]:
    """Levels of a line in logical order: 1 for what runs from the right, 2 for numbers and words within that do not."""
    kinds = _join_numbers(_number_kinds(_kinds(clusters)))
    kinds = _numbers_of_words(["R" if kind == "AL" else kind for kind in kinds])
    for opening, closing in _bracket_pairs(clusters):
        kinds[opening] = kinds[closing] = _kind_of_pair(kinds, opening, closing)
    return [2 if kind in _LEFT_TO_RIGHT else 1 for kind in _resolve_neutral(kinds)]


def _number_kinds(kinds: Sequence[str]) -> list[str]:
    """W2: European digits behind Arabic letters count as Arabic ones."""
    return _digits_behind(kinds, "AL", "AN")


def _join_numbers(kinds: Sequence[str]) -> list[str]:
    """W4 and W5: signs within numbers, and currencies and per cent beside them, are parts of numbers."""
    joined = list(kinds)
    for at in range(1, len(kinds) - 1):
        before, after = joined[at - 1], kinds[at + 1]
        if before == after and kinds[at] in _JOINING.get(before, ()):
            joined[at] = before
    for kind, members in _runs(joined):
        beside = {joined[at] for at in (members[0] - 1, members[-1] + 1) if 0 <= at < len(joined)}
        if kind == "ET" and "EN" in beside:
            joined[members[0] : members[-1] + 1] = ["EN"] * len(members)
    return joined


def _numbers_of_words(kinds: Sequence[str]) -> list[str]:
    """W7: European numbers behind Latin words are as they."""
    return _digits_behind(kinds, "L", "L")


def _digits_behind(kinds: Sequence[str], strong: str, taken_for: str) -> list[str]:
    """Classes in which European digits whose last letter before them is `strong` are of another class."""
    last, found = "R", []
    for kind in kinds:
        last = kind if kind in _STRONG else last
        found.append(taken_for if kind == "EN" and last == strong else kind)
    return found


def _bracket_pairs(clusters: Sequence[str]) -> list[tuple[int, int]]:
    """BD16: places of brackets that belong together, in the order of the opening ones."""
    pairs: list[tuple[int, int]] = []
    open_ones: list[int] = []
    for at, cluster in enumerate(clusters):
        if cluster[0] in _BRACKETS:
            open_ones.append(at)
        elif cluster[0] in _BRACKETS.values():
            matching = [place for place in open_ones if _BRACKETS[clusters[place][0]] == cluster[0]]
            if matching:
                pairs.append((matching[-1], at))
                open_ones = open_ones[: open_ones.index(matching[-1])]
    return sorted(pairs)


def _kind_of_pair(kinds: Sequence[str], opening: int, closing: int) -> str:
    """N0: brackets around Latin words alone are as what stands before them, others as the paragraph."""
    inside = {_strength(kind) for kind in kinds[opening + 1 : closing]} - {""}
    if not inside:
        return "ON"
    before = next((strength for kind in kinds[:opening][::-1] if (strength := _strength(kind))), "R")
    return "L" if inside == {"L"} and before == "L" else "R"


def _strength(kind: str) -> str:
    """What a class counts as beside neutral characters; `""` for those themselves."""
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind, "")


def _resolve_neutral(kinds: Sequence[str]) -> list[str]:
    """N1 and N2: neutral characters between Latin ones are Latin, all others run as the paragraph."""
    strengths = [_strength(kind) for kind in kinds]
    resolved = list(kinds)
    for strength, members in _runs(strengths):
        if not strength:
            before = strengths[members[0] - 1] if members[0] else "R"
            after = strengths[members[-1] + 1] if members[-1] + 1 < len(strengths) else "R"
            kind = "L" if before == after == "L" else "R"
            resolved[members[0] : members[-1] + 1] = [kind] * len(members)
    return resolved


# In visual order: which characters must have been of one run for the line to look so.


def visual_levels(clusters: Sequence[str]) -> list[int]:
    """Levels of a line in visual order, as those of `logical_levels`."""
    kinds, pairs = _kinds(clusters), _bracket_pairs(clusters)
    for opening, closing in pairs:
        if next((kind for kind in kinds[:opening][::-1] if kind in _STRONG | {_PARTS}), "R") != "L":
            kinds[opening] = kinds[closing] = _PARTS  # no Latin word before them
    kinds = _join_numbers(_seen_number_kinds(kinds))
    levels = [2 if kind in _LEFT_TO_RIGHT else 1 for kind in kinds]
    in_words = False  # whether the run so far holds a Latin word: then what follows in it is as that
    for level, members in _runs(levels):
        if level == 2:
            in_words = in_words or any(kinds[at] == "L" for at in members)
            continue
        between = members[0] > 0 and members[-1] + 1 < len(levels)
        neutral = not any(kinds[at] in _PARTING for at in members)
        if between and neutral and in_words and kinds[members[-1] + 1] != "AN":
            levels[members[0] : members[-1] + 1] = [2] * len(members)
        else:
            in_words = False
    for opening, closing in pairs:
        if levels[opening] == 2 and all(level == 2 for level in levels[opening:closing]):
            levels[closing] = 2
    return levels


def _seen_number_kinds(kinds: Sequence[str]) -> list[str]:
    """W2 in visual order: what was read before a number stands at its right, unless a Latin word stands at its left."""
    found = list(kinds)
    after_word = False
    for at, kind in enumerate(kinds):
        after_word = kind == "L" or (after_word and kind not in _PARTING)
        behind = next((other for other in kinds[at + 1 :] if other in _RIGHT), "R")
        if kind == "EN" and not after_word and behind == "AL":
            found[at] = "AN"
    return found

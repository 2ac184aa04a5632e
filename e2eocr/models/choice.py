"""A page's lines given out among recognizers: a sorter tells what script group a line is of, and unsure ones are read
twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from e2eocr.models.loading import load_recognizer, load_sorter
from e2eocr.models.pool import AUTO, Pool, find_pool
from e2eocr.settings import ReadSettings
from recognizers.base import UNKNOWN_SCRIPT, LineKind, LineSorter, LineText, Recognizer, ScriptGroup

MIN_SURE = 0.9  # probability from which a line's group is taken as told
MIN_POSSIBLE = 0.05  # probability from which an unsure line may be of a group
MIN_PROOF = 0.9  # legibility of a reading that proves a sorter wrong which was sure that nothing here reads the line
MIN_PROOF_LETTERS = 4  # that it must have: in every script there are single letters that look like those of another
NO_RECOGNIZER = LineText("", 0.0, script=UNKNOWN_SCRIPT)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recognizer that lines may be given to.

    Attributes:
        name: What results call it.
        scripts: ISO 15924 codes of the scripts it is made for.
        load: Loads it.
    """

    name: str
    scripts: tuple[str, ...]
    load: Callable[[], Recognizer]


class ChoosingRecognizer:
    """Gives each line to the recognizer of its script group, and loads those alone that lines are given to.

    The crops of one call are of one page: lines of digits and English words alone go with its main group, so that
    which recognizer reads them depends on the lines beside them. Nothing else does.
    """

    name = AUTO

    def __init__(self, sorter: LineSorter, candidates: Sequence[Candidate], scripts: Collection[str] = ()) -> None:
        """Put it together.

        Args:
            sorter: Tells the groups of lines.
            candidates: The recognizers, the first for lines of which nothing is told.
            scripts: ISO 15924 codes of the scripts that may occur; of groups without any of them no line is.
        """
        self._sorter = sorter
        self._groups = {group.name: group for group in sorter.groups}
        self._possible = {
            group.name for group in sorter.groups if group.everywhere or not scripts or {*group.scripts} & {*scripts}
        }
        self._homes = {group.name: _home_of(group, candidates) for group in sorter.groups}
        self._first = self._homes_everywhere() or candidates[0]
        self._loaded: dict[str, Recognizer] = {}

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        """Read the upright lines of a page, each `(h, w)` uint8 grey; one reading per crop, in the same order.

        A line that is surely of a group without a recognizer has no text and the script `Zzzz`: unless that of the
        page's main group can read it, for sorters err.
        """
        kinds = [self._narrow(kind) for kind in self._sorter.sort(crops)]
        main = self._main(kinds, [crop.shape[1] / max(1, crop.shape[0]) for crop in crops])
        chosen = [self._choose(kind, main) for kind in kinds]
        readings = [NO_RECOGNIZER] * len(crops)
        for candidate in _in_order(chosen):
            members = [at for at, candidates in enumerate(chosen) if candidate in candidates]
            for at, reading in zip(members, self._load(candidate).read([crops[at] for at in members]), strict=True):
                if readings[at] is NO_RECOGNIZER or reading.confidence > readings[at].confidence:
                    readings[at] = replace(reading, recognizer=candidate.name)
        return [
            reading if self._may_read(kind) or _is_proof(reading) else NO_RECOGNIZER
            for kind, reading in zip(kinds, readings, strict=True)
        ]

    def _may_read(self, kind: LineKind) -> bool:
        """Whether what reads a line may know its script."""
        return not (kind.groups and kind.groups[0][1] >= MIN_SURE and self._is_strange(kind.groups[0][0]))

    def _is_strange(self, group: str) -> bool:
        """Whether nothing here reads a group."""
        return not self._groups[group].everywhere and self._homes[group] is None

    def _narrow(self, kind: LineKind) -> LineKind:
        """The kind of a line among the groups that are possible."""
        possible = [(name, probability) for name, probability in kind.groups if name in self._possible]
        total = sum(probability for _, probability in possible)
        return replace(kind, groups=tuple((name, probability / total) for name, probability in possible if total > 0))

    def _main(self, kinds: Sequence[LineKind], lengths: Sequence[float]) -> Candidate:
        """The recognizer of most of a page's text, by the lengths of lines in heights."""
        share: dict[str, float] = {self._first.name: 0.0}
        homes = {self._first.name: self._first}
        for kind, length in zip(kinds, lengths, strict=True):
            home = self._homes[kind.groups[0][0]] if kind.groups else None
            if home is not None:
                homes[home.name] = home
                share[home.name] = share.get(home.name, 0.0) + length
        return homes[max(share, key=lambda name: share[name])]

    def _choose(self, kind: LineKind, main: Candidate) -> tuple[Candidate, ...]:
        """The recognizers that a line is given to: two where it is unsure, the main one where none reads its script."""
        likely = [(self._candidate(name, main), probability) for name, probability in kind.groups[:2]]
        if likely and likely[0][1] >= MIN_SURE:
            return (likely[0][0] or main,)
        homes = [home for home, probability in likely if home is not None and probability >= MIN_POSSIBLE]
        return tuple(dict.fromkeys(homes or [main]))

    def _candidate(self, group: str, main: Candidate) -> Candidate | None:
        return main if self._groups[group].everywhere else self._homes[group]

    def _homes_everywhere(self) -> Candidate | None:
        """The recognizer of those lines that are found everywhere, where they stand alone."""
        return next((home for name, home in self._homes.items() if home and self._groups[name].everywhere), None)

    def _load(self, candidate: Candidate) -> Recognizer:
        if candidate.name not in self._loaded:
            self._loaded[candidate.name] = candidate.load()
        return self._loaded[candidate.name]


def open_recognizer(settings: ReadSettings) -> Recognizer:
    """What reads the lines of a page under these settings; where it chooses, recognizers are loaded as pages need them.

    Raises:
        OCRError: See `find_pool`.
    """
    return open_pool(find_pool(settings), settings.threads)


def open_pool(pool: Pool, threads: int) -> Recognizer:
    """What reads lines with the recognizers of a pool, each with so many threads."""
    if pool.sorter is None:
        return load_recognizer(str(pool.recognizers[0].path), threads=threads)
    candidates = [
        Candidate(bundle.identity, bundle.scripts, partial(load_recognizer, str(bundle.path), threads=threads))
        for bundle in pool.recognizers
    ]
    return ChoosingRecognizer(load_sorter(str(pool.sorter.path), threads=threads), candidates, pool.scripts)


def _home_of(group: ScriptGroup, candidates: Sequence[Candidate]) -> Candidate | None:
    """The recognizer that knows most scripts of a group; None where none knows any."""
    known = [len({*group.scripts} & {*candidate.scripts}) for candidate in candidates]
    return candidates[known.index(max(known))] if max(known) else None


def _is_proof(reading: LineText) -> bool:
    """Whether a line was read so well that its script is known after all."""
    return reading.legibility >= MIN_PROOF and sum(map(str.isalpha, reading.text)) >= MIN_PROOF_LETTERS


def _in_order(chosen: Iterable[tuple[Candidate, ...]]) -> list[Candidate]:
    """The candidates that any line is given to, in the order of their names, so that ties fall alike on every page."""
    return sorted({candidate for candidates in chosen for candidate in candidates}, key=lambda each: each.name)

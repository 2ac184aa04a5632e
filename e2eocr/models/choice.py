"""A page's lines given out among recognizers: a sorter tells what script group a line is of, and unsure ones are read
twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from e2eocr.models.loading import load_recognizer, load_sorter
from e2eocr.models.pool import AUTO, Pool, find_pool
from e2eocr.settings import ONNX, ReadSettings
from recognizers.base import UNKNOWN_SCRIPT, LineKind, LineSorter, LineText, Recognizer, ScriptGroup

MIN_SURE = 0.9  # probability from which a line's group is taken as told
MIN_POSSIBLE = 0.05  # probability from which an unsure line may be of a group
MIN_TOLD = 0.02  # confidence of a reading below which it says nothing beside another
STRANGER = 0.03  # what a line's being of a script counts where nothing else of the page is, beside 1 where all is,
GUEST, FEW = 0.1, 2  # and where so many lines surely are
MIN_PROOF = 0.9  # legibility of a reading that tells that its recognizer knows the line's script
MIN_PROOF_LETTERS = 4  # that it must have: every script has single letters that look like those of another
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


@dataclass(frozen=True, slots=True)
class Choice:
    """What reads a line.

    Attributes:
        first: Reads it.
        second: Reads it too, unless the first is that of the page and reads it beyond doubt; the surer reading stays.
        lead: How many times as likely it is that the line is for the first.
        is_strange: Whether it is surely of a script that nothing reads, so that a reading must prove that wrong.
    """

    first: Candidate
    second: Candidate | None = None
    lead: float = 1.0
    is_strange: bool = False

    def surer(self, reading: LineText, other: LineText, main: Candidate) -> LineText:
        """The reading of the first or of the second: what is likelier, that the line is its and that it is right.

        Of two that nobody would believe, that of the page's main recognizer.
        """
        if max(reading.confidence, other.confidence) < MIN_TOLD:
            return other if self.second == main else reading
        ranked = ((self.lead * reading.confidence, reading), (other.confidence, other))
        return min(ranked, key=lambda each: (-each[0], each[1].recognizer))[1]


class ChoosingRecognizer:
    """Gives each line to the recognizer of its script group, and loads those alone that lines are given to.

    The crops of one call are of one page: lines of digits and a word or two in plain letters go with its main group,
    and where the sorter is unsure of a line, the others tell what it is likely to be. Nothing else depends on them.
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
        shares = self._shares(kinds, [crop.shape[1] / max(1, crop.shape[0]) for crop in crops])
        main = max((home for home in shares if home is not None), key=lambda home: shares[home])
        guests = self._guests(kinds)
        choices = [self._choose(kind, main, shares, guests) for kind in kinds]
        readings = self._read_by([choice.first for choice in choices], crops)
        doubtful = {
            at: choice.second
            for at, choice in enumerate(choices)
            if choice.second is not None and not (choice.first == main and _is_proof(readings[at]))
        }
        others = self._read_by([*doubtful.values()], [crops[at] for at in doubtful])
        for at, other in zip(doubtful, others, strict=True):
            readings[at] = choices[at].surer(readings[at], other, main)
        return [
            NO_RECOGNIZER if choice.is_strange and not _is_proof(reading) else reading
            for choice, reading in zip(choices, readings, strict=True)
        ]

    def _read_by(self, candidates: Sequence[Candidate], crops: Sequence[np.ndarray]) -> list[LineText]:
        """Read each crop by its recognizer."""
        readings = [NO_RECOGNIZER] * len(crops)
        for candidate in sorted({*candidates}, key=lambda each: each.name):
            members = [at for at, each in enumerate(candidates) if each == candidate]
            for at, reading in zip(members, self._load(candidate).read([crops[at] for at in members]), strict=True):
                readings[at] = replace(reading, recognizer=candidate.name)
        return readings

    def _narrow(self, kind: LineKind) -> LineKind:
        """The kind of a line among the groups that are possible."""
        possible = [(name, probability) for name, probability in kind.groups if name in self._possible]
        total = sum(probability for _, probability in possible)
        return replace(kind, groups=tuple((name, probability / total) for name, probability in possible if total > 0))

    def _shares(self, kinds: Sequence[LineKind], lengths: Sequence[float]) -> dict[Candidate | None, float]:
        """How much of a page's text is likely to be for each recognizer, and for none, by the lengths of its lines."""
        shares: dict[Candidate | None, float] = {self._first: 0.0}
        for kind, length in zip(kinds, lengths, strict=True):
            for name, probability in kind.groups:
                home = self._homes[name]
                shares[home] = shares.get(home, 0.0) + probability * length
        total = sum(shares.values()) or 1.0
        return {home: share / total for home, share in shares.items()}

    def _guests(self, kinds: Sequence[LineKind]) -> set[Candidate | None]:
        """The recognizers that some lines of a page are surely for."""
        sure = Counter(self._homes[name] for kind in kinds for name, chance in kind.groups if chance >= MIN_SURE)
        return {home for home, lines in sure.items() if lines >= FEW}

    def _choose(
        self,
        kind: LineKind,
        main: Candidate,
        shares: Mapping[Candidate | None, float],
        guests: Collection[Candidate | None],
    ) -> Choice:
        """Which recognizers a line is for: groups of one count together, and so do those that none reads.

        What the sorter tells is weighed by what the page is made of: lines of most pages are of one script.
        """
        told: dict[Candidate | None, float] = {}
        for name, probability in kind.groups:
            home = self._candidate(name, main)
            told[home] = told.get(home, 0.0) + probability * (shares[home] + (GUEST if home in guests else STRANGER))
        total = sum(told.values())
        likely = sorted(told, key=lambda home: -told[home])[:2]
        if likely and told[likely[0]] >= MIN_SURE * total:
            return Choice(likely[0] or main, is_strange=likely[0] is None)
        homes = [home for home in likely if home is not None and told[home] >= MIN_POSSIBLE * total]
        if len(homes) < 2:
            return Choice(homes[0] if homes else main)
        return Choice(homes[0], homes[1], lead=told[homes[0]] / told[homes[1]])

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
    return open_pool(find_pool(settings), settings.threads, settings.backend)


def open_pool(pool: Pool, threads: int, backend: str = ONNX) -> Recognizer:
    """What reads lines with the recognizers of a pool, each with so many threads, on this backend."""
    load = partial(load_recognizer, threads=threads, backend=backend)
    if pool.sorter is None:
        return load(str(pool.recognizers[0].path))
    candidates = [
        Candidate(bundle.identity, bundle.scripts, partial(load, str(bundle.path))) for bundle in pool.recognizers
    ]
    sorter = load_sorter(str(pool.sorter.path), threads=threads, backend=backend)
    return ChoosingRecognizer(sorter, candidates, pool.scripts)


def _home_of(group: ScriptGroup, candidates: Sequence[Candidate]) -> Candidate | None:
    """The recognizer that knows most scripts of a group; None where none knows any."""
    known = [len({*group.scripts} & {*candidate.scripts}) for candidate in candidates]
    return candidates[known.index(max(known))] if max(known) else None


def _is_proof(reading: LineText) -> bool:
    """Whether a line was read so well that its recognizer must know its script."""
    return reading.legibility >= MIN_PROOF and sum(map(str.isalpha, reading.text)) >= MIN_PROOF_LETTERS

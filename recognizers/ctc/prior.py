"""How likely a character is after those before it: a pruned n-gram model over characters without case.

Backing-off n-grams (Katz 1987; Chen & Goodman 1999 compare the ways to smooth them). Letters count without their case
and digits as one, so that CAPITALS, Titles and numbers cost no n-grams of their own: which case a letter has is told
apart, from the shapes of the three characters before it, and digits are all alike likely.
"""

from __future__ import annotations

import math
import unicodedata
import zipfile
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SPACE, LOWER, UPPER, DIGIT, SIGN = range(5)
"""The shapes of characters. Letters that know no case are signs."""
SHAPE_BITS = 3
SHAPES_SEEN = 3  # characters before a letter that tell its case
KEY_BITS, MAX_SYMBOL_BITS = 64, 16
STEP = 0.125  # nats: costs and backoff weights are kept in whole steps
NO_BACKOFF = 128  # the byte of a backoff weight of 1
USUAL = 2.5  # nats of a character of the languages of alphabets
_LETTER_FLOOR, _SIGN_FLOOR = -5.5, -3.0  # nats beside a usual one: the improbable stands in print, signs above all
_MIN_CASE = 0.002  # share of capitals, and of small letters, that is assumed at least
_REMEMBERED = 50_000  # scores kept; then all are forgotten
_SHAPES_BITS = SHAPE_BITS * SHAPES_SEEN
_SHAPES_MASK = (1 << _SHAPES_BITS) - 1
_CLASS_BITS = 16
_FIRST_POLYTONIC, _LAST_POLYTONIC = "\u1f00", "\u1fff"


def symbol_bits(order: int) -> int:
    """Bits of a symbol in a key that holds so many: the longer the n-grams, the fewer characters are told apart."""
    return min(KEY_BITS // order, MAX_SYMBOL_BITS)


def fold(character: str) -> tuple[str, int]:
    """The symbol that stands for a character in n-grams, and its shape.

    Polytonic letters count as bare ones: text to learn their marks from is rare, and drawn text has marks by chance.
    """
    if _FIRST_POLYTONIC <= character <= _LAST_POLYTONIC:
        _, shape = _fold_case(character)
        return _fold_case(unicodedata.normalize("NFD", character)[0])[0], shape
    return _fold_case(character)


def _fold_case(character: str) -> tuple[str, int]:
    """A character as a small letter, digits as 0, and its shape."""
    if character == " ":
        return " ", SPACE
    if character.isascii() and character.isdigit():
        return "0", DIGIT
    if character.islower():
        return character, LOWER
    if character.isupper():
        lower = character.lower()
        return (lower if len(lower) == 1 else character), UPPER
    return character, SIGN


@dataclass(frozen=True, slots=True)
class NGrams:
    """The n-grams of one order, sorted by key: `symbol_bits` for each symbol, the last one lowest.

    Attributes:
        keys: `(n,)` uint64.
        costs: `(n,)` uint8, steps of -log p of the last symbol after the others.
        backoffs: `(n,)` uint8, `NO_BACKOFF` plus steps of the logarithm of what a longer n-gram that begins with
            this one and is not here costs, before its first symbol is left out.
    """

    keys: np.ndarray
    costs: np.ndarray
    backoffs: np.ndarray


@dataclass(frozen=True, slots=True)
class CharacterModel:
    """A prior as its file holds it.

    Attributes:
        symbols: Folded characters; the first is symbol 1. Symbol 0 is the edge of a line, and what is unknown.
        orders: N-grams of 1, 2, … symbols. Of one symbol all are there. The beginning of each is there too.
        upper: `(512,)` float32, the share of capitals among letters after three shapes, the last one lowest.
        weight: What a nat of the prior counts beside one of the recognizer.
        bonus: Nats for each character, since each costs something.
        usual: Nats that a character of print usually costs it.
    """

    symbols: str
    orders: tuple[NGrams, ...]
    upper: np.ndarray
    weight: float
    bonus: float
    usual: float = USUAL

    @property
    def symbol_bits(self) -> int:
        """Bits of a symbol in the keys of its n-grams."""
        return symbol_bits(len(self.orders))

    def save(self, path: Path) -> None:
        """Write the model: of each n-gram its last symbol, and how many there are for each of one symbol less."""
        arrays: dict[str, Any] = {
            "symbols": np.array([ord(symbol) for symbol in self.symbols], np.uint32),
            "upper": np.round(self.upper * 255).astype(np.uint8),
            "weights": np.array([self.weight, self.bonus, self.usual], np.float32),
        }
        bits = np.uint64(self.symbol_bits)
        beginnings = np.zeros(1, np.uint64)
        for order, grams in enumerate(self.orders, 1):
            places = np.searchsorted(beginnings, grams.keys >> bits)
            arrays[f"counts{order}"] = np.bincount(places, minlength=len(beginnings)).astype(np.uint16)
            arrays[f"last{order}"] = _last_symbols(grams.keys, self.symbol_bits)
            arrays[f"costs{order}"] = grams.costs
            arrays[f"backoffs{order}"] = grams.backoffs
            beginnings = grams.keys
        temporary = path.with_name(path.name + ".part")
        try:
            with temporary.open("wb") as file:
                np.savez_compressed(file, **arrays)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> CharacterModel:
        """Read what `save` wrote.

        Raises:
            ValueError: If the file is no such model.
            OSError: If it cannot be read.
        """
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("it holds no arrays")
        with np.load(path, allow_pickle=False) as arrays:
            if "symbols" not in arrays:
                raise ValueError("it holds other arrays")
            longest = sum(name.startswith("last") for name in arrays)
            bits = np.uint64(symbol_bits(longest))
            orders: list[NGrams] = []
            beginnings = np.zeros(1, np.uint64)
            for order in range(1, longest + 1):
                repeated = np.repeat(beginnings, arrays[f"counts{order}"])
                beginnings = (repeated << bits) | arrays[f"last{order}"].astype(np.uint64)
                orders.append(NGrams(beginnings, arrays[f"costs{order}"], arrays[f"backoffs{order}"]))
            symbols = "".join(map(chr, arrays["symbols"].tolist()))
            return cls(symbols, tuple(orders), arrays["upper"].astype(np.float32) / 255, *arrays["weights"].tolist())


def _last_symbols(keys: np.ndarray, bits: int) -> np.ndarray:
    return (keys & np.uint64((1 << bits) - 1)).astype(np.uint16)


Context = int
"""What came before a character, packed: the longest n-gram it ends with that others begin with, and the last shapes."""

_ROOT = 0  # the context of which nothing is known


class CharacterPrior:
    """A model for the classes of one charset: scores the next class after a context.

    N-grams are the nodes of one tree, numbered from those of one symbol up. A node's children are longer by a symbol
    and lie side by side, and each node knows the longest other one that it ends with.

    Args:
        model: The n-grams.
        characters: The characters of classes 1, 2, …; class 0, the blank, is never scored.
    """

    def __init__(self, model: CharacterModel, characters: Sequence[str]) -> None:
        self.weight, self.bonus, self.usual = model.weight, model.bonus, model.usual
        self.reach = max(len(model.orders) - 1, SHAPES_SEEN)  # characters of a context that count
        numbers = {symbol: number for number, symbol in enumerate(model.symbols, 1)}
        folded = [("", SIGN), *map(fold, characters)]
        self._symbols = [numbers.get(symbol, 0) for symbol, _ in folded]
        self._shapes = [shape for _, shape in folded]
        self._case = _case_scores(model.upper)
        # Memory views give plain numbers a good deal faster than arrays do.
        self._last = np.concatenate([_last_symbols(grams.keys, model.symbol_bits) for grams in model.orders]).data
        self._costs = np.concatenate([grams.costs for grams in model.orders]).data
        self._backoffs = np.concatenate([grams.backoffs for grams in model.orders]).data
        first, links = _link(model.orders)
        self._first, self._links = first.data, links.data
        floors = ((_LETTER_FLOOR if symbol.isalpha() else _SIGN_FLOOR) for symbol in ("", *model.symbols))
        self._floors = [floor - model.usual for floor in floors]
        self._known: dict[int, tuple[float, Context]] = {}
        self._space = numbers.get(" ", 0)
        self.nothing: Context = _ROOT << _SHAPES_BITS
        self.start: Context = self._walk(_ROOT, self._space)[1] << _SHAPES_BITS

    def step(self, context: Context, number: int) -> tuple[float, Context]:
        """Natural logarithm of the probability of a class after a context, and the context behind it."""
        key = context << _CLASS_BITS | number
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[key] = self._compute(context, number)
        return known

    def score_end(self, context: Context) -> float:
        """That nothing comes any more: what ends a line ends a word."""
        return self._walk(context >> _SHAPES_BITS, self._space)[0]

    def _compute(self, context: Context, number: int) -> tuple[float, Context]:
        shapes = (context & _SHAPES_MASK) << SHAPE_BITS | self._shapes[number]
        score, node = self._walk(context >> _SHAPES_BITS, self._symbols[number])
        return score + self._case[shapes], node << _SHAPES_BITS | shapes & _SHAPES_MASK

    def _walk(self, node: int, symbol: int) -> tuple[float, int]:
        """Score of a symbol after a node, and the node behind it."""
        steps, floor = 0, self._floors[symbol]
        while True:
            first, end = self._first[node], self._first[node + 1]
            place = bisect_left(self._last, symbol, first, end)
            if place < end and self._last[place] == symbol:
                return max(STEP * (steps - self._costs[place]), floor), self._settle(place + 1)
            if node == _ROOT:
                return floor, _ROOT
            steps += self._backoffs[node - 1] - NO_BACKOFF
            node = self._links[node]

    def _settle(self, node: int) -> int:
        """The longest n-gram a node ends with that has children: it alone tells what may come."""
        while node != _ROOT and self._first[node] == self._first[node + 1]:
            node = self._links[node]
        return node


def _link(orders: Sequence[NGrams]) -> tuple[np.ndarray, np.ndarray]:
    """Where the children of each node begin, and the longest other node that it ends with; node 0 is the root.

    The children of a node lie from its own beginning to the next node's; they are counted from 0, nodes from 1.

    Returns:
        `(n + 2,)` and `(n + 1,)` int32.
    """
    bits = symbol_bits(len(orders))
    offsets = np.cumsum([1, *(len(grams.keys) for grams in orders)])
    firsts, links = [np.zeros(1, np.int32)], [np.zeros(1, np.int32)]
    for order, grams in enumerate(orders, 1):
        longer = orders[order].keys if order < len(orders) else np.zeros(0, np.uint64)
        begins = np.searchsorted(longer, grams.keys << np.uint64(bits))
        firsts.append((offsets[order] - 1 + begins).astype(np.int32))
        found = np.zeros(len(grams.keys), np.int32)
        for shorter in range(1, order):
            keys = orders[shorter - 1].keys
            endings = grams.keys & np.uint64((1 << (bits * shorter)) - 1)
            places = np.minimum(np.searchsorted(keys, endings), len(keys) - 1)
            there = keys[places] == endings
            found[there] = offsets[shorter - 1] + places[there]
        links.append(found)
    firsts.append(np.array([offsets[-1] - 1], np.int32))
    return np.concatenate(firsts), np.concatenate(links)


def _case_scores(upper: np.ndarray) -> list[float]:
    """What a character's shape costs after three others, `(4096,)`: the case of letters, which of ten digits."""
    scores = np.zeros((len(upper), 1 << SHAPE_BITS))
    share = np.clip(upper, _MIN_CASE, 1 - _MIN_CASE)
    scores[:, UPPER], scores[:, LOWER] = np.log(share), np.log(1 - share)
    scores[:, DIGIT] = -math.log(10)
    return [float(score) for score in scores.ravel()]

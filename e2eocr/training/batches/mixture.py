"""Which samples a run sees, and in what order: a pure function of a seed and of the number of a chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Draw:
    """One sample of a run.

    Attributes:
        set_number: Which of the recipe's sets it comes from.
        index: Its number in that set.
        seed: Of all that befalls it.
    """

    set_number: int
    index: int
    seed: int


class Mixture:
    """Samples of several sets by their weights.

    Each set goes through its samples in one random order after another, so none comes again before all others of its
    set have come. A set's part of a chunk is its share, to the next whole sample.
    """

    def __init__(self, sizes: Sequence[int], weights: Sequence[float], *, seed: int) -> None:
        """Begin with the first chunk.

        Args:
            sizes: Samples of each set.
            weights: Share of each, relative to the others.
            seed: Of the order.
        """
        self._sizes = tuple(sizes)
        self._shares = np.array(weights, np.float64) / sum(weights)
        self._phases = np.random.default_rng((seed, 0)).random(len(self._sizes))  # when a set's next sample is due
        self._seed = seed
        self._orders: dict[tuple[int, int], np.ndarray] = {}

    def draw(self, chunk: int, count: int) -> list[Draw]:
        """The samples of a chunk; about `count`, which must be the same for all chunks of a run."""
        rng = np.random.default_rng((self._seed, 1, chunk))
        first, last = self._due(chunk * count), self._due((chunk + 1) * count)
        places = [(each, place) for each in range(len(first)) for place in range(first[each], last[each])]
        indices = [(each, self._index(each, place)) for each, place in places]
        seeds = rng.integers(2**31, size=len(indices)).tolist()
        draws = [Draw(each, index, seed) for (each, index), seed in zip(indices, seeds, strict=True)]
        return [draws[position] for position in rng.permutation(len(draws))]

    def _due(self, samples: int) -> list[int]:
        """How many samples each set has given when there are so many in all."""
        return [int(each) for each in np.floor(samples * self._shares + self._phases)]

    def _index(self, set_number: int, place: int) -> int:
        """The number of the sample that a set gives at its `place`-th draw of the run."""
        size = self._sizes[set_number]
        key = (set_number, place // size)
        if key not in self._orders:
            self._orders.pop((set_number, key[1] - 2), None)  # a chunk may reach from one round into the next
            self._orders[key] = np.random.default_rng((self._seed, 2, *key)).permutation(size)
        return int(self._orders[key][place % size])

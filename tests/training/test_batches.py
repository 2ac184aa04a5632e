"""What a run sees: the same for a seed, whoever renders it and wherever it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pytest

from e2eocr.errors import DataError
from e2eocr.training.batches.mixture import Draw, Mixture
from e2eocr.training.batches.stream import Batch, BatchStream, Place


def drawn(mixture: Mixture, chunks: range, count: int) -> list[Draw]:
    return [draw for chunk in chunks for draw in mixture.draw(chunk, count)]


def test_a_chunk_is_the_same_for_its_seed_and_number_alone() -> None:
    first, second = (Mixture([7, 5], [1.0, 2.0], seed=4) for _ in range(2))
    chunks = [first.draw(number, 6) for number in range(5)]
    assert [second.draw(number, 6) for number in (4, 0, 2)] == [chunks[4], chunks[0], chunks[2]]
    assert len({tuple(chunk) for chunk in chunks}) == 5
    assert Mixture([7, 5], [1.0, 2.0], seed=5).draw(0, 6) != chunks[0]


@pytest.mark.parametrize("count", [4, 12, 30])  # chunks smaller than the set, as large, and larger
def test_no_sample_comes_again_before_all_others_have_come(count: int) -> None:
    mixture = Mixture([12], [1.0], seed=1)
    seen = drawn(mixture, range(60 // count), count)
    assert Counter(draw.index for draw in seen) == {index: 5 for index in range(12)}
    assert len({draw.seed for draw in seen}) == 60


def test_sets_are_drawn_by_weight() -> None:
    mixture = Mixture([10, 10, 10], [6.0, 3.0, 0.05], seed=1)
    counts = Counter(draw.set_number for draw in drawn(mixture, range(181), 10))
    assert counts[0] == pytest.approx(1200, abs=1)
    assert counts[1] == pytest.approx(600, abs=1)
    assert counts[2] == pytest.approx(10, abs=1)


@dataclass
class Numbers:
    """Samples that are numbers, of which some cannot be read; batches of three."""

    mixture: Mixture
    chunk_samples: int = 7
    broken: frozenset[int] = frozenset()

    def render(self, draw: Draw) -> float | None:
        return None if draw.index in self.broken else draw.index + draw.seed / 2**31

    def pack(self, samples: Sequence[float]) -> list[list[float]]:
        ordered = sorted(samples)
        return [ordered[start : start + 3] for start in range(0, len(ordered), 3)]

    def collate(self, samples: Sequence[float]) -> Batch:
        return Batch((np.array(samples),), ())


def inputs(broken: Sequence[int] = ()) -> Numbers:
    return Numbers(Mixture([9, 4], [2.0, 1.0], seed=3), broken=frozenset(broken))


def seen_by(stream: BatchStream[float], start: Place, count: int) -> list[tuple[Place, list[float]]]:
    taken = [(place, batch.inputs[0].tolist()) for place, batch in islice(stream.batches(start), count)]
    stream.close()
    return taken


@pytest.mark.slow
def test_batches_are_the_same_however_many_processes_render_them() -> None:
    alone = seen_by(BatchStream(inputs(), seed=3), Place(), 12)
    for workers in (1, 2):
        assert seen_by(BatchStream(inputs(), seed=3, workers=workers), Place(), 12) == alone


def test_a_stream_goes_on_from_any_place() -> None:
    whole = seen_by(BatchStream(inputs(), seed=3), Place(), 12)
    for number in (0, 1, 2, 5):
        rest = seen_by(BatchStream(inputs(), seed=3), whole[number][0], 12 - number - 1)
        assert rest == whole[number + 1 :]


def test_what_cannot_be_read_is_left_out_and_counted() -> None:
    stream = BatchStream(inputs(broken=[2]), seed=3)
    values = [value for _, batch in seen_by(stream, Place(), 12) for value in batch]
    assert stream.unreadable > 0
    assert all(int(value) != 2 for value in values)


def test_a_chunk_without_a_picture_ends_the_run() -> None:
    with pytest.raises(DataError, match="No picture of chunk 0"):
        seen_by(BatchStream(inputs(broken=range(9)), seed=3), Place(), 1)

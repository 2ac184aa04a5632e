"""Two hundred requests at once, one in ten broken: each gets its own answer, and nothing is left or grows."""

from __future__ import annotations

import sys
import threading

import pytest
import serving_load as benchmark
from doubles.serving import run_server


@pytest.mark.slow
def test_two_hundred_requests_at_once_get_each_their_own_answer() -> None:
    with run_server(workers=2, max_waiting=50) as server:
        found: list[benchmark.Answer] = []
        gate = threading.Barrier(200)

        def ask(number: int) -> None:
            gate.wait()
            found.append(benchmark.send(server.url, number, draw(number)))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        made = benchmark.Round(answers=found)
        assert benchmark.is_right(made, 200)
        assert sum(answer.refusals for answer in found) > 0  # more came than may wait
        assert server.desk.stored() == server.desk.waiting() == 0
        assert server.desk.counts.losses.total() == 0


def draw(number: int) -> bytes:
    """What the doubles read as the benchmark's pictures are read."""
    return b"refuse" if benchmark.is_broken(number) else f"Document {number}".encode()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is looked up in /proc")
def test_the_benchmark_measures_a_server_of_its_own() -> None:
    with benchmark.started(workers=1, max_waiting=8) as (process, url):
        made = benchmark.run_round(process, url, 20)
    assert benchmark.is_right(made, 20)
    assert made.server > 10 and made.worker > 50 and made.processor > 0
    assert benchmark.describe(1, made).startswith("| 1 | 18 × 200, 2 × 422 | 18 |")


def test_an_answer_that_is_anothers_is_seen() -> None:
    right = [benchmark.Answer(0, 422, "is torn", 0, 0.1), benchmark.Answer(1, 200, "Document 1", 0, 0.1)]
    assert benchmark.is_right(benchmark.Round(right), 2)
    mixed_up = [right[0], benchmark.Answer(1, 200, "Document 2", 0, 0.1)]
    assert not benchmark.is_right(benchmark.Round(mixed_up), 2)
    assert not benchmark.is_right(benchmark.Round(right[:1]), 2)


def test_growth_is_seen() -> None:
    flat = [benchmark.Round(server=size, worker=200.0) for size in (40.0, 44.0, 50.0, 51.0)]
    assert benchmark.is_flat(flat)
    assert not benchmark.is_flat([*flat, benchmark.Round(server=60.0, worker=200.0)])
    assert not benchmark.is_flat([*flat, benchmark.Round(server=51.0, worker=220.0)])

"""CTC decoding against all paths of tiny inputs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizers.base import DecodedLine
from recognizers.charset import BLANK
from recognizers.ctc.decoding import align, decode_beam, decode_greedy, softmax, steps_needed

Decoder = Callable[[np.ndarray], DecodedLine]
NONE = DecodedLine((), (), (), (), 0.0)


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(number for number, _ in groupby(path) if number != BLANK)


def all_texts(probabilities: np.ndarray) -> tuple[dict[tuple[int, ...], float], dict[tuple[int, ...], float]]:
    """The probability of every text, all paths summed, and that of its best path."""
    total: dict[tuple[int, ...], float] = defaultdict(float)
    best: dict[tuple[int, ...], float] = defaultdict(float)
    steps, classes = probabilities.shape
    for path in product(range(classes), repeat=steps):
        probability = math.prod(float(probabilities[t, number]) for t, number in enumerate(path))
        total[collapse(path)] += probability
        best[collapse(path)] = max(best[collapse(path)], probability)
    return total, best


@st.composite
def tiny_inputs(draw: st.DrawFn) -> np.ndarray:
    """Probabilities of 1 to 5 steps and 2 to 4 classes, none far from the others, no two the same."""
    steps, classes, seed = draw(st.integers(1, 5)), draw(st.integers(2, 4)), draw(st.integers(0, 2**32 - 1))
    return softmax(np.random.default_rng(seed).normal(0, 1.5, (steps, classes)).astype(np.float32))


def one_hot(classes: list[int], size: int) -> np.ndarray:
    """A text as a model would be sure of it: two steps a character, a blank behind each."""
    steps = [number for each in classes for number in (each, each, BLANK)]
    return np.eye(size, dtype=np.float32)[steps].reshape(-1, size) * 0.97 + 0.03 / size


@given(tiny_inputs())
def test_greedy_is_the_best_path(probabilities: np.ndarray) -> None:
    path = decode_greedy(probabilities)
    best = tuple(probabilities.argmax(axis=1).tolist())
    assert path.classes == collapse(best)
    assert math.exp(path.log_probability) == pytest.approx(float(probabilities.max(axis=1).prod()), rel=1e-4)


@given(tiny_inputs())
def test_the_beam_is_the_best_text_when_it_keeps_all(probabilities: np.ndarray) -> None:
    total, _ = all_texts(probabilities)
    path = decode_beam(probabilities, width=2000)
    assert total[path.classes] == pytest.approx(max(total.values()), rel=1e-4)
    assert math.exp(path.log_probability) == pytest.approx(total[path.classes], rel=1e-3)


@given(tiny_inputs())
def test_the_beam_is_at_least_as_probable_as_greedy(probabilities: np.ndarray) -> None:
    total, _ = all_texts(probabilities)
    beam, greedy = decode_beam(probabilities, width=2000), decode_greedy(probabilities)
    assert total[beam.classes] >= total[greedy.classes] * (1 - 1e-5)
    assert beam.log_probability >= greedy.log_probability - 1e-3


def test_the_beam_finds_what_greedy_misses() -> None:
    # The best path is all blank (0.36), but the three paths of "1" together are likelier (0.64).
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4]], np.float32)
    assert decode_greedy(probabilities).classes == ()
    assert decode_beam(probabilities).classes == (1,)


@given(tiny_inputs())
def test_align_takes_the_best_path_of_a_text(probabilities: np.ndarray) -> None:
    _, best = all_texts(probabilities)
    for classes, probability in best.items():
        path = align(probabilities, classes, -1.0)
        assert path.classes == classes and path.log_probability == -1.0
        steps = [BLANK] * len(probabilities)
        for number, start, end in zip(path.classes, path.starts, path.ends, strict=True):
            steps[start:end] = [number] * (end - start)
        found = math.prod(float(probabilities[t, number]) for t, number in enumerate(steps))
        assert collapse(tuple(steps)) == classes
        assert found == pytest.approx(probability, rel=1e-4)


@given(st.lists(st.integers(1, 5), max_size=12), st.sampled_from([decode_greedy, decode_beam]))
def test_decoding_undoes_encoding(classes: list[int], decode: Decoder) -> None:
    probabilities = one_hot(classes, 6)
    path = decode(probabilities)
    assert path.classes == tuple(classes)
    assert path.starts == tuple(range(0, 3 * len(classes), 3))
    assert path.ends == tuple(start + 2 for start in path.starts)
    assert all(confidence == pytest.approx(0.975, abs=1e-4) for confidence in path.confidences)


@given(tiny_inputs(), st.sampled_from([1, 2, 8]))
def test_spans_are_in_order_and_inside(probabilities: np.ndarray, width: int) -> None:
    for path in (decode_greedy(probabilities), decode_beam(probabilities, width=width)):
        places = [0, *(each for span in zip(path.starts, path.ends, strict=True) for each in span), len(probabilities)]
        assert places == sorted(places)
        assert all(start < end for start, end in zip(path.starts, path.ends, strict=True))
        assert all(0 < confidence <= 1 for confidence in path.confidences)


@pytest.mark.parametrize("decode", [decode_greedy, decode_beam])
def test_no_steps_are_an_empty_text(decode: Decoder) -> None:
    assert decode(np.zeros((0, 5), np.float32)) == NONE


def test_the_beam_goes_on_where_no_class_is_likely() -> None:
    unsure = np.full((2, 20_000), 1 / 20_000, np.float32)
    assert len(decode_beam(unsure, width=2).classes) <= 2


@pytest.mark.parametrize(
    ("classes", "steps"),
    [
        ((), 0),
        ((1, 2, 3), 3),
        ((1, 1), 3),  # a blank between
        ((2, 2, 2, 1), 6),
    ],
)
def test_steps_needed(classes: tuple[int, ...], steps: int) -> None:
    assert steps_needed(classes) == steps
    if classes:
        assert align(np.full((steps, 4), 0.25, np.float32), classes, 0.0).classes == classes
        with pytest.raises(ValueError, match="Invalid `classes`"):
            align(np.full((steps - 1, 4), 0.25, np.float32), classes, 0.0)


def test_softmax_holds_out_large_logits() -> None:
    probabilities = softmax(np.array([[1000.0, 0.0], [-1000.0, -1000.0]], np.float32))
    np.testing.assert_allclose(probabilities, np.array([[1, 0], [0.5, 0.5]]))


def test_a_long_text_is_placed() -> None:
    classes = tuple(1 + number % 3 for number in range(150))
    steps = np.full((2 * len(classes), 4), 0.01, np.float32)
    for place, number in enumerate(classes):
        steps[2 * place, number] = steps[2 * place + 1, 0] = 0.97
    assert align(steps, classes, 0.0).starts == tuple(range(0, 300, 2))

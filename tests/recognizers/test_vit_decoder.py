"""The recognizer that writes: its graphs, the search, and where characters stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import keras
import numpy as np
import pytest
from doubles.tiny_models import LETTERS, draw_bars
from doubles.writing import TableSteps, writing_reader
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.models.stepwise import KerasSteps
from recognizers.charset import Charset
from recognizers.readings import ReaderSettings
from recognizers.vit_decoder.decoding import EDGE, place_characters, write_lines
from recognizers.vit_decoder.graph import ViTDecoderConfig, build_vit_decoder
from recognizers.vit_decoder.reader import WritingReader

SMALL: dict[str, Any] = {"width": 16, "heads": 2, "encoder_layers": 1, "decoder_layers": 2, "expansion": 2}
CONFIGS = {
    "columns": ViTDecoderConfig(7, stem=(4, 8), **SMALL),
    "two rows": ViTDecoderConfig(7, stem=(4,), patch=(16, 8), **SMALL),
    "patches alone, one layer": ViTDecoderConfig(7, stem=(), patch=(8, 8), **SMALL | {"decoder_layers": 1}),
}


@pytest.fixture(scope="module", params=CONFIGS)
def config(request: pytest.FixtureRequest) -> ViTDecoderConfig:
    return CONFIGS[request.param]


@pytest.fixture(scope="module")
def model(config: ViTDecoderConfig) -> keras.Model:
    keras.utils.set_random_seed(3)
    model = build_vit_decoder(config)
    rng = np.random.default_rng(2)  # values that tell one weight from the other
    model.set_weights([value + rng.uniform(0.01, 0.1, value.shape) for value in model.get_weights()])
    return model


def test_a_config_is_rebuilt_from_its_values(config: ViTDecoderConfig) -> None:
    values = config.to_dict()
    assert ViTDecoderConfig.from_dict(values | {"patch": [*config.patch]}) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layers": 3}, "Unknown keys: layers"),
        ({"patch": [32, 2]}, "multiples of 4"),  # the stem leaves less than a pixel of it
        ({"patch": [12, 4]}, "divides 32"),  # rows would not fill the height
        ({"patch": [32]}, r"patch=\(32,\)"),
        ({"heads": 5}, r"`width`\. Expected a multiple of 2 \* 5"),
    ],
)
def test_a_config_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ViTDecoderConfig.from_dict({"classes": 7, **values})


def test_steps_write_what_the_graph_that_is_trained_does(config: ViTDecoderConfig, model: keras.Model) -> None:
    rng = np.random.default_rng(1)
    pixels = rng.random((3, 32, 48, 1), np.float32)
    before = np.pad(rng.integers(1, 7, (3, 4)).astype(np.int32), ((0, 0), (1, 0)))
    logits, by_column = (keras.ops.convert_to_numpy(each) for each in model([pixels, before]))
    assert logits.shape == (3, 5, 7) and by_column.shape == (3, 48 // config.time_stride, 7)
    steps = KerasSteps(model, config)
    memory = steps.encode(pixels)
    past = np.zeros((0, 3, memory.shape[1] * memory.shape[3]), np.float32)
    for place in range(5):
        found, state, look = steps.step(before[:, place], past, memory)
        np.testing.assert_allclose(found, logits[:, place], atol=1e-4)
        assert look.shape == (3, config.rows * 48 // config.time_stride)
        np.testing.assert_allclose(look.sum(1), 1.0, atol=1e-5)
        past = np.concatenate([past, state[None]])


def test_what_a_place_has_learned_depends_on_nothing_behind_it(config: ViTDecoderConfig, model: keras.Model) -> None:
    pixels = np.random.default_rng(1).random((1, 32, 48, 1), np.float32)
    one, other = (
        keras.ops.convert_to_numpy(model([pixels, np.array([before], np.int32)])[0])
        for before in ([0, 3, 4, 5], [0, 3, 1, 2])
    )
    np.testing.assert_allclose(one[:, :2], other[:, :2], atol=1e-5)
    assert np.abs(one[:, 2:] - other[:, 2:]).max() > 1e-3


def test_where_patches_stand_is_seen(config: ViTDecoderConfig, model: keras.Model) -> None:
    """Attention itself knows no order: ink at one place or another must not look alike."""
    pixels = np.zeros((2, 32, 64, 1), np.float32)
    pixels[0, 2:8, 8:14], pixels[1, 2:8, 40:46] = 1.0, 1.0
    logits = keras.ops.convert_to_numpy(model([pixels, np.zeros((2, 1), np.int32)])[0])
    assert np.abs(logits[0] - logits[1]).max() > 1e-4


@given(st.text(alphabet=LETTERS, min_size=1, max_size=12), st.sampled_from([1, 2]), st.sampled_from([1, 4]))
def test_text_and_places_are_right(text: str, scale: int, beam: int) -> None:
    [reading] = writing_reader(beam=beam).read([draw_bars(text, scale=scale)])
    assert reading.text == text
    width = 8 + 16 * len(text)
    for position, span in enumerate(reading.spans):
        assert span.left * width <= 8 + 16 * position < span.right * width


def test_no_repetition_goes_on_for_ever() -> None:
    """A model that writes one letter without end is stopped where columns end, and its line is not believed."""
    reader = writing_reader(TableSteps(lambda _, before: [0.1, 0.9, 0, 0, 0], 16))
    [reading] = reader.read([np.full((32, 42), 255, np.uint8)])
    assert reading.text == "a" * 11
    assert [span.left for span in reading.spans] == sorted({span.left for span in reading.spans})


def run_table(tell: Any, lines: int = 1, limit: int = 6, width: int = 1) -> list[tuple[int, ...]]:
    steps = TableSteps(tell, columns=8)
    memory = steps.encode(np.zeros(lines))
    return [path.classes for path in write_lines(steps, memory, [limit] * lines, width=width)]


def test_a_beam_finds_what_the_greedy_way_misses() -> None:
    """Begins with the likelier first letter, behind which nothing is likely; the other is surely followed by one."""
    table = {(): [0, 0.6, 0.4], (1,): [0.5, 0.25, 0.25], (2,): [0, 0, 1.0], (2, 2): [1.0, 0, 0]}

    def tell(_: int, before: Sequence[int]) -> Sequence[float]:
        return table.get(tuple(before), [1.0, 0, 0])

    assert run_table(tell) == [(1,)]
    assert run_table(tell, width=2) == [(2, 2)]


@given(st.integers(0, 2**31), st.integers(1, 3))
def test_a_wide_beam_finds_the_likeliest_line(seed: int, limit: int) -> None:
    """As going through all lines does."""
    probabilities: dict[tuple[int, ...], np.ndarray] = {}

    def tell(line: int, before: Sequence[int]) -> np.ndarray:
        key = (line, *before)
        if key not in probabilities:
            probabilities[key] = np.random.default_rng((seed, *key)).dirichlet([1.0] * 3)
        return probabilities[key]

    def all_lines(line: int, before: tuple[int, ...], log: float) -> list[tuple[float, tuple[int, ...]]]:
        if len(before) == limit:
            return [(log, before)]
        told = np.log(tell(line, before).astype(np.float32))
        longer = [found for number in (1, 2) for found in all_lines(line, (*before, number), log + told[number])]
        return [(log + told[EDGE], before), *longer]

    best = [max(all_lines(line, (), 0.0))[1] for line in range(2)]
    assert run_table(tell, lines=2, limit=limit, width=64) == best


def test_lines_that_have_ended_cost_no_more_steps() -> None:
    steps = TableSteps(lambda line, before: [1.0, 0, 0] if len(before) > line else [0, 1.0, 0], columns=8)
    paths = write_lines(steps, steps.encode(np.zeros(3)), [8, 8, 8])
    assert [len(path.classes) for path in paths] == [1, 2, 3]
    assert steps.rows == [3, 3, 2, 1]


@given(st.integers(1, 5), st.integers(0, 4), st.integers(0, 2**31))
def test_characters_stand_one_after_the_other_where_they_were_looked_at_most(count: int, more: int, seed: int) -> None:
    looks = np.random.default_rng(seed).random((count, count + more)).astype(np.float32)
    places = place_characters(looks)
    assert places == sorted({*places}) and len(places) == count
    best = max(sum(looks[row, at] for row, at in enumerate(each)) for each in combinations(range(count + more), count))
    assert sum(looks[row, at] for row, at in enumerate(places)) == pytest.approx(best)


def test_what_writes_takes_no_prior() -> None:
    with pytest.raises(ValueError, match="Invalid `prior`"):
        WritingReader("bars", TableSteps(lambda *_: [1.0], 8), Charset(LETTERS), ReaderSettings(32, 4), object())


@pytest.mark.parametrize(("values", "message"), [({"beam": 0}, "`beam`"), ({"direction": "up"}, "`direction`")])
def test_settings_that_cannot_be_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ReaderSettings(32, 4, **values)


def test_lines_from_the_right_are_told_in_logical_order() -> None:
    told = {(): [0, 1.0, 0], (1,): [0, 0, 1.0]}
    model = TableSteps(lambda _, before: told.get(tuple(before), [1.0, 0, 0]), 8)
    reader = WritingReader("letters", model, Charset("אב"), ReaderSettings(32, 4, bucket=32, direction="rtl"))
    [reading] = reader.read([np.full((32, 30), 255, np.uint8)])
    assert reading.text == "בא" and reading.script == "Hebr"
    assert reading.spans[0].left > reading.spans[1].left

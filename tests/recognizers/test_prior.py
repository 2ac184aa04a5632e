"""The character prior: what it learns, how it is kept, and what it changes where the recognizer is unsure."""

from __future__ import annotations

import json
import math
import random
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from doubles.tiny_models import LETTERS, SETTINGS, draw_bars, run_tiny, write_tiny_bundle
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from e2eocr.cli import cli
from e2eocr.errors import BundleError, UsageError
from e2eocr.models.bundles import PRIOR, read_bundle
from e2eocr.models.loading import load_recognizer
from e2eocr.models.saving import put_prior
from e2eocr.synthesis.text.languages import SHARES
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.training.prior.counting import PriorSettings, draw_texts, train_model, train_on_text
from recognizers.base import DecodedLine
from recognizers.charset import BLANK, Charset
from recognizers.ctc.decoding import decode_greedy
from recognizers.ctc.prior import (
    NO_BACKOFF,
    STEP,
    UPPER,
    CharacterModel,
    CharacterPrior,
    fold,
    symbol_bits,
)
from recognizers.ctc.prior_decoding import decode_with_prior
from recognizers.ctc.reader import CTCReader
from recognizers.directions import to_visual

ALPHABET = " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,ж"
CHARSET = Charset(ALPHABET)
SMALL = PriorSettings(order=4, ngrams=100_000)
BITS = symbol_bits(SMALL.order)
TEXTS = [
    "the cat sat on the mat", "that cat is the best of cats", "the hat of the cat", "a cat, a hat and a mat",
    "The Best Hat", "THE CAT", "in 1984 the cat had 12 hats", "on 24.12.1999 the mats",
] * 5  # fmt: skip


@pytest.fixture(scope="module")
def model() -> CharacterModel:
    return train_model(TEXTS, SMALL)


@pytest.fixture(scope="module")
def small() -> CharacterModel:
    """A model of which much is pruned, and that knows no capitals."""
    pruned = train_model(TEXTS, replace(SMALL, ngrams=200))
    return replace(pruned, upper=np.zeros_like(pruned.upper))


@pytest.fixture(scope="module")
def prior(model: CharacterModel) -> CharacterPrior:
    return CharacterPrior(model, CHARSET.characters)


def score(prior: CharacterPrior, text: str) -> float:
    """What a whole line costs, below 0."""
    context, total = prior.start, 0.0
    for number in CHARSET.encode(text):
        cost, context = prior.step(context, number)
        total += cost
    return total + prior.score_end(context)


def look_up(model: CharacterModel, symbols: tuple[int, ...]) -> int:
    """Steps of the last symbol's logarithm after those before it, by the definition of backing off."""
    *_, grams = model.orders[: len(symbols)]
    found = np.flatnonzero(grams.keys == np.uint64(pack(symbols)))
    if len(found):
        return -int(grams.costs[found[0]])
    shorter = model.orders[len(symbols) - 2]
    context = np.flatnonzero(shorter.keys == np.uint64(pack(symbols[:-1])))
    weight = int(shorter.backoffs[context[0]]) - NO_BACKOFF if len(context) else 0
    return weight + look_up(model, symbols[1:])


def pack(symbols: tuple[int, ...]) -> int:
    key = 0
    for symbol in symbols:
        key = key << BITS | symbol
    return key


def steps_of(*steps: dict[str, float]) -> np.ndarray:
    """Probabilities `(T, classes)` of steps, each with a blank behind it; what is not named is the blank's."""
    rows = np.zeros((2 * len(steps), len(CHARSET)), np.float32)
    rows[1::2, BLANK] = 1.0
    for place, step in enumerate(steps):
        for character, share in step.items():
            rows[2 * place, CHARSET.encode(character)[0]] = share
        rows[2 * place, BLANK] = 1.0 - sum(step.values())
    return rows


def sure(text: str) -> list[dict[str, float]]:
    return [{character: 1.0} for character in text]


def read(probabilities: np.ndarray, prior: CharacterPrior) -> str:
    return CHARSET.decode(decode_with_prior(probabilities, prior).classes)


# What it learns


def test_what_was_read_often_is_likelier(prior: CharacterPrior) -> None:
    assert score(prior, "the cat") > score(prior, "the cta") + 3
    assert score(prior, "sat on the mat") > score(prior, "sat onthe mat") + 3


def test_capitals_count_as_their_small_letters_and_stay_together(prior: CharacterPrior) -> None:
    assert score(prior, "THE MAT") > score(prior, "ThE mAT") + 3
    assert score(prior, "The Mat") > score(prior, "tHe mAt") + 3


def test_digits_are_all_alike(prior: CharacterPrior) -> None:
    assert score(prior, "in 1984") == pytest.approx(score(prior, "in 7305"))


@pytest.mark.parametrize("text", ["жжж", "zq,,x.", "Q", "00000000,"])
def test_what_was_never_read_is_improbable_and_possible(prior: CharacterPrior, text: str) -> None:
    assert -12 * (len(text) + 1) < score(prior, text) < -2 * len(text)


@pytest.mark.parametrize("ngrams", [100_000, 150])
@pytest.mark.parametrize("context", ["", "the c", " ", "xyz"])
def test_probabilities_of_a_context_sum_to_one(context: str, ngrams: int) -> None:
    pruned = train_model(TEXTS, replace(SMALL, ngrams=ngrams))
    symbols = tuple(pruned.symbols.index(letter) + 1 for letter in context if letter in pruned.symbols)
    history = symbols[-(SMALL.order - 1) :]
    total = sum(math.exp(STEP * look_up(pruned, (*history, symbol))) for symbol in range(1, len(pruned.symbols) + 1))
    assert total == pytest.approx(1.0, abs=0.08)  # costs are rounded to an eighth of a nat


@settings(deadline=None)
@given(text=st.text(st.sampled_from("the cats"), max_size=12), symbol=st.sampled_from("the cats"))
def test_walking_the_tree_is_backing_off(small: CharacterModel, text: str, symbol: str) -> None:
    prior = CharacterPrior(small, CHARSET.characters)
    context = prior.nothing
    for number in CHARSET.encode(text):
        _, context = prior.step(context, number)
    reached, _ = prior.step(context, CHARSET.encode(symbol)[0])
    numbers = [small.symbols.index(letter) + 1 for letter in text + symbol]
    expected = STEP * look_up(small, tuple(numbers[-SMALL.order :]))
    assume(expected > -5)  # scores end at a floor
    assert reached == pytest.approx(expected, abs=0.003)  # what a small letter costs where there are no capitals


def test_pruning_keeps_what_others_begin_with() -> None:
    pruned = train_model(TEXTS, replace(SMALL, ngrams=120))
    assert sum(len(grams.keys) for grams in pruned.orders) <= 130
    for shorter, longer in zip(pruned.orders, pruned.orders[1:], strict=False):
        assert np.isin(longer.keys >> np.uint64(BITS), shorter.keys).all()
        assert (np.diff(longer.keys.astype(np.int64)) > 0).all()


def test_no_ngram_goes_over_the_end_of_a_line() -> None:
    apart = train_model(["ab", "cd"], SMALL)
    a, b, c = (apart.symbols.index(letter) + 1 for letter in "abc")
    assert pack((a, b)) in apart.orders[1].keys and pack((b, c)) not in apart.orders[1].keys
    assert 0 not in {int(key) & ((1 << BITS) - 1) for grams in apart.orders for key in grams.keys}


def test_short_ngrams_tell_many_characters_apart(tmp_path: Path) -> None:
    syllables = [chr(0xAC00 + number) for number in range(3000)]
    known = train_model([a + b for a, b in pairwise(syllables)] * 3, PriorSettings(order=3, ngrams=100_000))
    known.save(tmp_path / "prior.npz")
    prior = CharacterPrior(CharacterModel.load(tmp_path / "prior.npz"), syllables)
    _, context = prior.step(prior.start, 2900)
    assert prior.step(context, 2901)[0] > prior.step(context, 2000)[0] + 3


@pytest.mark.parametrize("character", ["ß", "ẞ", "ς", "İ", "ﬀ", "²", "א", "ж", "–"])
def test_folding_is_one_character_and_stays(character: str) -> None:
    symbol, _ = fold(character)
    assert len(symbol) == 1 and fold(symbol)[0] == symbol


def test_polytonic_marks_are_left_to_the_recognizer() -> None:
    assert fold("ὅ") == fold("ο") and fold("Ὅ") == fold("Ο") == ("ο", UPPER)
    assert fold("ό") != fold("ο")


@pytest.mark.parametrize("changes", [{"order": 1}, {"order": 7}, {"ngrams": 0}, {"lines": 0}])
def test_settings_are_checked(changes: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=next(iter(changes))):
        PriorSettings(**changes)  # type: ignore[arg-type]


# How it is kept


def test_what_was_written_is_read(model: CharacterModel, tmp_path: Path) -> None:
    model.save(tmp_path / "prior.npz")
    loaded = CharacterModel.load(tmp_path / "prior.npz")
    assert loaded.symbols == model.symbols
    assert (loaded.weight, loaded.bonus) == pytest.approx((model.weight, model.bonus))
    for written, again in zip(model.orders, loaded.orders, strict=True):
        for name in ("keys", "costs", "backoffs"):
            assert np.array_equal(getattr(written, name), getattr(again, name))
    assert np.abs(loaded.upper - model.upper).max() < 0.003


def test_the_same_model_is_the_same_bytes(model: CharacterModel, tmp_path: Path) -> None:
    for name in ("a", "b"):
        train_model(TEXTS, SMALL).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    with pytest.raises(ValueError, match="other arrays"):
        CharacterModel.load(tmp_path / "other.npz")


# What it changes


def test_it_decides_where_the_recognizer_is_unsure(prior: CharacterPrior) -> None:
    steps = steps_of(*sure("the c"), {"o": 0.55, "a": 0.45}, *sure("t sat"))
    assert CHARSET.decode(decode_greedy(steps).classes) == "the cot sat"
    path = decode_with_prior(steps, prior)
    assert CHARSET.decode(path.classes) == "the cat sat"
    assert path.confidences[5] == pytest.approx(0.45) and (path.starts[5], path.ends[5]) == (10, 11)
    assert path.log_probability == pytest.approx(math.log(0.45), abs=1e-5)


def test_what_follows_counts_as_well(prior: CharacterPrior) -> None:
    assert read(steps_of({"c": 0.6, "t": 0.4}, *sure("he cat")), prior) == "the cat"
    assert read(steps_of({"c": 0.6, "t": 0.4}, *sure("at")), prior) == "cat"


@pytest.mark.parametrize(
    ("steps", "right"),
    [
        (steps_of(*sure("the c"), {"a": 0.4}, *sure("t")), "the cat"),  # a letter that may be missing
        (steps_of(*sure("the ca"), {"x": 0.55}, *sure("t")), "the cat"),  # a letter that may be too much
        (steps_of(*sure("the"), {" ": 0.4}, *sure("cat")), "the cat"),  # a space
    ],
)
def test_characters_come_and_go(prior: CharacterPrior, steps: np.ndarray, right: str) -> None:
    assert read(steps, prior) == right != CHARSET.decode(decode_greedy(steps).classes)


def test_what_the_recognizer_is_sure_of_stays(prior: CharacterPrior) -> None:
    for text in ("the qzt sat", "xxxxxx", "the c0t"):
        steps = steps_of(*sure(text))
        assert decode_with_prior(steps, prior) == decode_greedy(steps)


def test_where_a_character_begins_is_no_question_for_the_prior(prior: CharacterPrior) -> None:
    steps = steps_of(*sure("the c"), {"a": 0.5}, {"a": 0.95}, *sure("t"))
    steps[11] = steps[10]  # the first blank between is as unsure
    assert decode_with_prior(steps, prior) == decode_greedy(steps)


def test_a_strange_language_is_left_alone(model: CharacterModel) -> None:
    strong = CharacterPrior(replace(model, weight=5.0), CHARSET.characters)
    steps = steps_of(*sure("zqk vxjjw zzkc"), {"o": 0.55, "a": 0.45}, *sure("t qxzkv jjw"))
    assert decode_with_prior(steps, strong) == decode_greedy(steps)


def test_no_steps_no_text(prior: CharacterPrior) -> None:
    assert decode_with_prior(np.zeros((0, len(CHARSET)), np.float32), prior) == DecodedLine((), (), (), (), 0.0)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), steps=st.integers(1, 40), sharpness=st.floats(0.5, 8))
def test_any_line_gets_a_path_of_its_text(model: CharacterModel, seed: int, steps: int, sharpness: float) -> None:
    logits = np.random.default_rng(seed).normal(size=(steps, 6)) * sharpness
    probabilities = np.zeros((steps, len(CHARSET)), np.float32)
    probabilities[:, [BLANK, *CHARSET.encode("the c")]] = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    path = decode_with_prior(probabilities, CharacterPrior(model, CHARSET.characters))
    states = np.full(steps, BLANK)
    for number, start, end in zip(path.classes, path.starts, path.ends, strict=True):
        assert 0 <= start < end <= steps and not states[start:end].any()
        states[start:end] = number
    one_hot = np.eye(len(CHARSET), dtype=np.float32)[states]
    assert decode_greedy(one_hot).classes == path.classes
    best = float(np.log(probabilities[np.arange(steps), states]).sum())
    assert path.log_probability == pytest.approx(best, abs=1e-3)
    assert path.log_probability <= decode_greedy(probabilities).log_probability + 1e-3
    assert all(0 < confidence <= 1 for confidence in path.confidences)


def test_masked_classes_stay_out(prior: CharacterPrior) -> None:
    """Words are kept to one script by taking classes out; what is left need not sum to one."""
    steps = steps_of(*sure("the c"), {"o": 0.9, "a": 0.02, "e": 0.02}, *sure("t sat"))
    steps[:, CHARSET.encode("o")] = 0.0
    steps[10, BLANK] = 0.0
    assert read(steps, prior) == "the cat sat"


# In a reader, in a bundle


@pytest.fixture(scope="module")
def bars() -> CharacterModel:
    """A prior of a language that has `ab` and `cd`."""
    return train_model(["abab cdcd ab cd"] * 20, replace(SMALL, weight=1.0))


def test_readings_do_not_depend_on_the_crops_beside_them(bars: CharacterModel) -> None:
    charset = Charset(LETTERS)
    reader = CTCReader("bars", run_tiny, charset, SETTINGS, CharacterPrior(bars, charset.characters))
    noise = np.random.default_rng(3).integers(0, 256, (32, 120)).astype(np.uint8)
    crops = [draw_bars("abcd"), noise, draw_bars("d" * 30), draw_bars("abab")]
    assert reader.read(crops) == [reader.read([crop])[0] for crop in crops]
    assert [reading.text for reading in reader.read(crops)][0::3] == ["abcd", "abab"]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_tiny_bundle(tmp_path / "bars")


def unsure_bar() -> np.ndarray:
    """`ab` whose second bar is so low and faint that there may as well be none."""
    image = draw_bars("ab")
    image[:, 24:32] = 255
    image[8:12, 24:32] = 13
    return image


def test_a_bundle_reads_with_its_prior(bundle: Path, bars: CharacterModel) -> None:
    name = load_recognizer(str(bundle)).name
    [before] = load_recognizer(str(bundle)).read([unsure_bar()])
    put_prior(read_bundle(bundle), bars)
    after = load_recognizer(str(bundle))
    assert (before.text, after.read([unsure_bar()])[0].text) == ("a", "ab")
    assert after.name != name
    assert json.loads((bundle / "bundle.json").read_text())["runtime"]["prior"] == PRIOR


def test_a_changed_prior_is_refused(bundle: Path, bars: CharacterModel) -> None:
    put_prior(read_bundle(bundle), bars)
    replace(bars, weight=0.1).save(bundle / PRIOR)
    with pytest.raises(BundleError, match=r"prior\.npz is not the file"):
        load_recognizer(str(bundle))


def test_a_prior_takes_the_place_of_another(bundle: Path, bars: CharacterModel) -> None:
    put_prior(read_bundle(bundle), bars)
    put_prior(read_bundle(bundle), replace(bars, weight=0.25))
    assert load_recognizer(str(bundle))._prior.weight == 0.25  # type: ignore[attr-defined]


def test_a_prior_that_is_named_must_be_there(bundle: Path) -> None:
    path = bundle / "bundle.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["runtime"]["prior"] = "other.npz"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match=r"names the prior 'other\.npz'"):
        load_recognizer(str(bundle))


def test_a_detector_takes_no_prior(tmp_path: Path, bars: CharacterModel) -> None:
    detector = write_tiny_bundle(tmp_path / "finder", kind="detector")
    with pytest.raises(BundleError, match="only recognizers"):
        put_prior(read_bundle(detector), bars)


# From text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text")
    rng = random.Random(1)
    for language, words in {"de": "das Haus steht hinter großen Bäumen", "en": "the house stands behind trees"}.items():
        lines = [" ".join(rng.choices(words.split(), k=6)) for _ in range(60)]
        (path / f"{language}.txt").write_text("\n".join(lines), encoding="utf-8")
    return path


def test_lines_from_the_right_are_learned_as_they_stand(tmp_path: Path) -> None:
    sentence = "كتب الولد رسالة إلى صديقه"
    (tmp_path / "ar.txt").write_text(f"{sentence}\n" * 40, encoding="utf-8")
    model = train_on_text(tmp_path, PriorSettings(lines=60), alphabet="ARABIC")
    prior = CharacterPrior(model, [*dict.fromkeys(sentence)])

    def of_arabic(text: str) -> float:
        context, total = prior.start, 0.0
        for character in text:
            gained, context = prior.step(context, [*dict.fromkeys(sentence)].index(character) + 1)
            total += gained
        return total

    assert of_arabic(to_visual(sentence)) > of_arabic(sentence) + 20


def test_texts_are_drawn_and_running(folder: Path) -> None:
    source = TextSource(folder, seed=1)
    texts = list(draw_texts(source, 200, 1, SHARES))
    assert texts == list(draw_texts(source, 200, 1, SHARES)) != list(draw_texts(source, 200, 2, SHARES))
    assert set(texts[-5:]) <= set(source.whole_lines("en"))
    assert any("ſ" in text for text in texts)


def test_running_text_keeps_to_the_charset(folder: Path) -> None:
    source = TextSource(folder, charset=" abcdefghijklmnopqrstuvwxyzDBH", seed=1)
    german = source.whole_lines("de")
    assert 0 < len(german) < 60 and not any("ß" in line for line in german)


def test_the_command_trains_and_puts_into_a_bundle(folder: Path, tmp_path: Path, bundle: Path) -> None:
    prior = tmp_path / "deeper" / "prior.npz"
    train = ["train", "prior", "-o", str(prior), "--text", str(folder), "--lines", "300", "--order", "3"]
    done = CliRunner().invoke(cli, [*train, "--ngrams", "900", "--weight", "0.5"])
    assert done.exit_code == 0, done.output
    assert "n-grams of up to 3 characters" in done.output
    done = CliRunner().invoke(cli, ["train", "prior", "-o", str(bundle), "--from", str(prior), "--bonus", "1.5"])
    assert done.exit_code == 0, done.output
    model = CharacterModel.load(bundle / PRIOR)
    assert (model.weight, model.bonus) == (0.5, 1.5)
    assert load_recognizer(str(bundle)).read([draw_bars("abcd")])[0].text == "abcd"


def test_the_command_refuses_what_is_no_prior(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "text.npz").write_text("no prior")
    done = CliRunner().invoke(cli, ["train", "prior", "-o", str(bundle), "--from", str(tmp_path / "text.npz")])
    assert isinstance(done.exception, UsageError)
    assert re.search(r"text\.npz cannot be read as a prior: it holds no arrays", str(done.exception))

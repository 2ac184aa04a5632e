"""Training: the recipe, the check of the data, the batches, and small runs that learn, stop and go on."""

from __future__ import annotations

import importlib.util
import json
import logging
import math
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from training_doubles import draw_line, tiny_recipe, words, write_labelled, write_shards

from e2eocr.data.alphabets import ALPHABETIC, load_alphabet
from e2eocr.errors import BundleError, DataError, UsageError
from e2eocr.training import recipe as recipe_module
from e2eocr.training.common import WeightAverage, prefetch
from e2eocr.training.inputs import CheckedSet, LineBatches, check_set, validation_crops
from e2eocr.training.loop import RecognizerTraining, crnn_config, learning_rate
from e2eocr.training.recipe import LineSet, Recipe, load_recipe
from recognizers.charset import Charset
from recognizers.crops import prepare_crop

CHARSET = Charset(ALPHABETIC)
SHAPE = {"height": 32, "time_stride": 4}


def check(path: Path, **changes: Any) -> CheckedSet:
    return check_set(LineSet(str(path), **changes), CHARSET, **SHAPE)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("lines") / "shards", words(60))


# The recipe


def write_recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_read_from_toml(tmp_path: Path) -> None:
    text = "seed = 7\n[architecture]\nlstm_units = 64\n"
    text += '[[train]]\npath = "a/b"\nweight = 2\n[[validation]]\npath = "c.tar"\n'
    recipe = load_recipe(write_recipe(tmp_path, text), lines=5, seed=None)
    assert recipe == Recipe(
        architecture={"lstm_units": 64},
        train=(LineSet("a/b", weight=2.0),),
        validation=(LineSet("c.tar"),),
        lines=5,
        seed=7,
    )
    assert [each.label for each in (*recipe.train, *recipe.validation)] == ["b", "c"]


TRAIN = '[[train]]\npath = "a"\n'


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        # No TOML, unknown keys, other types.
        ("lines", UsageError, "not valid TOML"),
        (f"epoch_line = 3\n{TRAIN}", UsageError, "Did you mean `epoch_lines`"),
        (f"{TRAIN}weigth = 3\n", UsageError, "Did you mean `weight`"),
        (f'lines = "many"\n{TRAIN}', UsageError, "`lines`"),
        ("[[train]]\nweight = 1\n", UsageError, "`path` is missing"),
        # Nothing to learn from.
        ("", DataError, "nothing to learn from"),
        # Out of range.
        (f"lines = 0\n{TRAIN}", DataError, "`lines`"),
        (f"plateau_epochs = -1\n{TRAIN}", DataError, "`plateau_epochs`"),
        (f"learning_rate = 0\n{TRAIN}", DataError, "`learning_rate`"),
        (f"average = 1\n{TRAIN}", DataError, "`average`"),
        (f"{TRAIN}weight = 0\n", DataError, "a: `weight`"),
        (f"{TRAIN}degrade = -1\n", DataError, "a: `weight` must"),
        # Two sets that logs could not tell apart.
        (f'{TRAIN}[[validation]]\npath = "x/v"\n[[validation]]\npath = "y/v"\n', DataError, "differ in name"),
    ],
)
def test_a_wrong_recipe_is_refused(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        load_recipe(write_recipe(tmp_path, text))


@pytest.mark.parametrize(
    "changes",
    [
        {"alphabet": "RUNES"},  # unknown alphabet
        {"architecture": {"lstm_unit": 8}},  # unknown key
        {"architecture": {"stages": [{"filters": 8}]}},  # half a stage
        {"precision": "float5"},  # no policy
    ],
)
def test_a_run_that_cannot_be_built_is_refused(tmp_path: Path, shards: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        RecognizerTraining(tiny_recipe(shards, **changes), tmp_path / "run")


SHIPPED = sorted((Path(recipe_module.__file__).parent / "recipes").glob("alphabetic*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_recipes_can_be_built(path: Path) -> None:
    shipped = load_recipe(path, lines=7)
    assert shipped.lines == 7
    assert crnn_config(shipped, Charset(load_alphabet(shipped.alphabet))).time_stride == 4


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        (0, 0.001),  # the first step is not lost
        (49, 0.5 * 0.1),  # half the warm-up
        (100, 0.1),  # the peak
        (600, 0.1 * (0.2 + 0.8 / 2)),  # half the cosine
        (1100, 0.1 * 0.2),  # the end
        (5000, 0.1 * 0.2),  # behind it
    ],
)
def test_learning_rate(lines: int, rate: float) -> None:
    recipe = Recipe(train=(LineSet("a"),), lines=1100, warmup_lines=100, learning_rate=0.1, final_rate=0.2)
    assert learning_rate(recipe, lines) == pytest.approx(rate)


def test_a_learning_rate_without_warm_up() -> None:
    assert learning_rate(Recipe(train=(LineSet("a"),), warmup_lines=0, learning_rate=0.1), 0) == pytest.approx(0.1)


# The check of the data


def test_lines_that_cannot_be_learned_are_named_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good, narrow = draw_line("abc"), np.full((32, 20), 255, np.uint8)
    lines = [
        ("abc", good),
        (" \u200b", good),  # empty
        ("ab漢", good),  # outside the charset
        ("漢字", good),
        ("abcdef", narrow),  # five steps for six characters
        ("aaa", narrow),  # a blank between two that are alike: it just fits
        ("aaaa", narrow),  # and this does not
        ("abc", np.full((3, 60), 255, np.uint8)),  # too flat
        ("abc", np.full((32, 900), 255, np.uint8)),  # too wide
    ]
    path = write_shards(tmp_path / "mixed", [text for text, _ in lines], images=[image for _, image in lines])
    with caplog.at_level(logging.WARNING):
        checked = check(path, max_width=800)
    assert checked.usable.tolist() == [0, 5]
    assert sorted(checked.labels) == [0, 5] and CHARSET.decode(checked.labels[0]) == "abc"
    assert sorted(record.getMessage() for record in caplog.records) == [
        "mixed: 1 of 9 lines left out: label is empty",
        "mixed: 1 of 9 lines left out: picture is too small",
        "mixed: 1 of 9 lines left out: picture is wider than max_width",
        "mixed: 2 of 9 lines left out: label has characters outside the charset",
        "mixed: 2 of 9 lines left out: label is too long for the picture's width",
    ]


def spoil_pictures(shards: Path, numbers: list[int]) -> None:
    """Make the pictures of some lines unreadable, in place."""
    records = [json.loads(line) for line in (shards / "shard-00000.jsonl").read_text("utf-8").splitlines()]
    data = bytearray((shards / "shard-00000.bin").read_bytes())
    for number in numbers:
        offset, size = records[number]["offset"], records[number]["size"]
        data[offset : offset + size] = bytes(size)
    (shards / "shard-00000.bin").write_bytes(data)


def test_unreadable_pictures_of_a_store_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_shards(tmp_path / "store", words(8))
    spoil_pictures(path, [2, 5])
    with caplog.at_level(logging.WARNING):
        checked = check(path)
    assert checked.usable.tolist() == [0, 1, 3, 4, 6, 7]
    assert [record.getMessage() for record in caplog.records] == [
        "store: 2 of 8 lines left out: picture cannot be read"
    ]


def test_a_store_that_was_cut_off_keeps_what_is_there(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(8))
    data = (path / "shard-00000.bin").read_bytes()
    (path / "shard-00000.bin").write_bytes(data[: len(data) // 2])
    assert 0 < len(check(path).usable) < 8


def test_unreadable_pictures_of_a_folder_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_labelled(tmp_path / "real", words(5))
    (path / "1.png").write_bytes(b"no picture")
    (path / "3.png").unlink()
    with caplog.at_level(logging.WARNING):
        assert len(check(path).usable) == 3
    assert [record.getMessage() for record in caplog.records] == ["real: 2 of 5 lines left out: picture cannot be read"]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["漢", "字"], "2 lines: label has characters outside the charset"),
        ([], "it is empty"),
    ],
)
def test_a_set_without_a_line_is_refused(tmp_path: Path, texts: list[str], words: str) -> None:
    path = write_labelled(tmp_path / "set", texts)
    with pytest.raises(DataError, match=words):
        check(path)


def test_a_path_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.tsv"):
        check(tmp_path)


# The batches


def batches_of(path: Path, **changes: Any) -> LineBatches:
    recipe = tiny_recipe(path, **changes)
    return LineBatches(recipe, [check_set(each, CHARSET, **SHAPE) for each in recipe.train], **SHAPE)


def all_labels(batches: LineBatches) -> Counter[str]:
    return Counter(
        CHARSET.decode([number for number in row if number])
        for _, labels in prefetch(batches)
        for row in labels.tolist()
    )


def test_batches_are_the_same_for_a_seed_and_epoch(shards: Path) -> None:
    train = (LineSet(str(shards), degrade=1.0),)
    first, second = batches_of(shards, train=train), batches_of(shards, train=train)
    for epoch in (3, 0, 3):
        first.set_epoch(epoch)
        second.set_epoch(epoch)
        assert len(first) == len(second) > 1
        for number in range(len(first)):
            for one, other in zip(first[number], second[number], strict=True):
                assert (one == other).all()


def test_epochs_and_seeds_differ(shards: Path) -> None:
    batches, other = batches_of(shards), batches_of(shards, seed=2)
    before = batches[0][1]
    assert before.tolist() != other[0][1].tolist()
    batches.set_epoch(1)
    assert before.tolist() != batches[0][1].tolist()


def test_an_epoch_as_long_as_the_set_shows_each_line_once(shards: Path) -> None:
    assert all_labels(batches_of(shards)) == Counter(words(60))


def test_a_longer_epoch_shows_each_line_about_as_often(shards: Path) -> None:
    assert all_labels(batches_of(shards, epoch_lines=180)) == Counter(words(60) * 3)


def test_lines_are_drawn_by_weight(tmp_path: Path, shards: Path) -> None:
    other = write_shards(tmp_path / "other", ["xyz"])
    train = (LineSet(str(shards), weight=3.0, degrade=0.0), LineSet(str(other), degrade=0.0))
    labels = all_labels(batches_of(shards, train=train, epoch_lines=400))
    assert 60 < labels["xyz"] < 140


def test_batches_are_filled_by_width_and_padded_right(shards: Path) -> None:
    batches = batches_of(shards)
    assert batches.lines == 60
    pictures = {text: prepare_crop(draw_line(text), 32) for text in words(60)}
    widths = set()
    for pixels, labels in prefetch(batches):
        assert pixels.dtype == np.float32 and labels.dtype == np.int32
        assert pixels.shape[1] == 32 and pixels.shape[2] % 64 == 0 and pixels.shape[3] == 1
        assert labels.shape[1] % 16 == 0
        assert len(pixels) == len(labels) and (len(pixels) == 1 or len(pixels) * pixels.shape[2] <= 1024)
        widths.add(pixels.shape[2])
        for row, label in zip(pixels, labels, strict=True):
            picture = pictures[CHARSET.decode([number for number in label.tolist() if number])]
            assert (row[:, : picture.shape[1], 0] == picture).all()
            assert not row[:, picture.shape[1] :].any()
    assert widths == {64, 128, 192}


def test_pictures_lost_after_the_check_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(30))
    batches = batches_of(path, epoch_lines=30)
    spoil_pictures(path, [4, 9])
    assert sum(all_labels(batches).values()) == 28
    assert batches.unreadable == 2
    batches.set_epoch(1)
    assert batches.unreadable == 0


def test_prefetch_passes_an_error_on(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(3))
    batches = batches_of(path, epoch_lines=3)
    spoil_pictures(path, [0, 1, 2])
    with pytest.raises(DataError, match="can be read"):
        list(prefetch(batches))


def test_validation_lines_are_spread_and_always_the_same(shards: Path) -> None:
    checked = check(shards, degrade=1.0)
    first, second = (list(validation_crops(checked, 10)) for _ in range(2))
    assert [text for _, text in first] == words(60)[::6]
    assert all((one == other).all() for (one, _), (other, _) in zip(first, second, strict=True))


# The run


class FakeModel:
    """Stands for a Keras model: one weight that a test sets."""

    def __init__(self) -> None:
        self.weights = [np.zeros(2, np.float32)]

    def get_weights(self) -> list[np.ndarray]:
        return [value.copy() for value in self.weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.weights = [value.copy() for value in weights]


def test_the_average_follows_the_weights() -> None:
    model = FakeModel()
    average = WeightAverage(model, 0.99)
    model.set_weights([np.ones(2, np.float32)])
    for _ in range(2000):
        average.update(10)
    np.testing.assert_allclose(average.values[0], 1, atol=1e-3)
    model.set_weights([np.full(2, 5, np.float32)])
    average.update(10)
    np.testing.assert_allclose(average.values[0], 1 + 4 * (1 - 0.99**10), rtol=1e-3)


def test_no_average_is_the_weights_themselves() -> None:
    model = FakeModel()
    average = WeightAverage(model, 0.0)
    model.set_weights([np.ones(2, np.float32)])
    average.update(10)
    assert (average.values[0] == 1).all()


def test_the_average_is_applied_for_a_while() -> None:
    model = FakeModel()
    average = WeightAverage(model, 0.99)
    model.set_weights([np.ones(2, np.float32)])
    with pytest.raises(ZeroDivisionError), average.applied():
        assert (model.weights[0] == 0).all()
        1 / 0  # noqa: B018 - an error must not leave the average in the model
    assert (model.weights[0] == 1).all()


@pytest.mark.parametrize(
    ("losses", "factor", "without", "ends"),
    [
        ([5.0, 4.0, 3.0], 1.0, 0, False),  # gains
        ([5.0, 6.0, 4.0], 1.0, 0, False),  # gains again in time
        ([5.0, 5.0, 5.0], 0.5, 2, False),  # two without: halved; equal is no gain
        ([5.0, 6.0, 6.0, 6.0], 0.5, 3, True),  # three without: the end
        ([5.0, 6.0, 6.0, 4.0, 5.0, 5.0], 0.25, 2, False),  # halved twice
    ],
)
def test_plateaus(tmp_path: Path, shards: Path, losses: list[float], factor: float, without: int, ends: bool) -> None:
    training = RecognizerTraining(tiny_recipe(shards, plateau_epochs=2, stop_epochs=3), tmp_path / "run")
    for loss in losses:
        assert not training._is_done()
        training._follow_plateau({"loss": loss})
    assert (training.progress.rate_factor, training.progress.epochs_without_gain) == (factor, without)
    assert training._is_done() is ends


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.slow
def test_a_run_learns_stops_and_goes_on(tmp_path: Path, shards: Path) -> None:
    recipe = tiny_recipe(shards, write_labelled(tmp_path / "held-out", words(10, seed=2)))
    run = tmp_path / "run"
    stopped = RecognizerTraining(tiny_recipe(shards, tmp_path / "held-out", lines=120), run)
    assert stopped.run().seen == 120
    resumed = RecognizerTraining(recipe, run)
    assert resumed.progress == stopped.progress
    for one, other in (
        (stopped.model.get_weights(), resumed.model.get_weights()),
        (stopped.average.values, resumed.average.values),
        ([np.asarray(v) for v in stopped.optimizer.variables], [np.asarray(v) for v in resumed.optimizer.variables]),
    ):
        assert all((a == b).all() for a, b in zip(one, other, strict=True))
    # The average goes on as slowly as before: it is not begun anew.
    assert resumed.average._updates == int(keras.ops.convert_to_numpy(resumed.optimizer.iterations)) // 10 > 0
    progress = resumed.run()
    rows = metrics(run)
    assert progress.seen == 240 and progress.epoch == 4 and progress.history == rows
    assert [row["lines"] for row in rows] == [60, 120, 180, 240]
    assert rows[-1]["loss"] < rows[0]["loss"] * 0.85
    assert all(set(row["cer"]) == {"held-out"} for row in rows)
    assert (run / "curve.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((run / "recipe.json").read_text("utf-8")) == json.loads(
        json.dumps({"kind": "recognizer", **recipe.to_dict()})
    )
    assert sorted(path.name for path in (run / "checkpoint").iterdir()) == [
        "average.weights.h5",
        "model.weights.h5",
        "optimizer.npz",
        "progress.json",
    ]
    # A finished run has nothing left to do.
    assert RecognizerTraining(recipe, run).run().seen == 240


@pytest.fixture
def no_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that learn nothing, at once: for what happens around them."""
    monkeypatch.setattr(keras.Model, "train_on_batch", lambda *_: 1.0)


@pytest.mark.usefixtures("no_learning")
def test_a_save_that_was_cut_off_loses_an_epoch_at_most(tmp_path: Path, shards: Path) -> None:
    run = tmp_path / "run"
    RecognizerTraining(tiny_recipe(shards, lines=60), run).run()
    # Cut off while the next checkpoint was written …
    (run / "checkpoint.new").mkdir()
    (run / "checkpoint.new" / "model.weights.h5").write_bytes(b"half")
    assert RecognizerTraining(tiny_recipe(shards), run).progress.seen == 60
    # … and between the two renames.
    (run / "checkpoint").rename(run / "checkpoint.old")
    training = RecognizerTraining(tiny_recipe(shards, lines=120), run)
    assert training.progress.seen == 60
    assert training.run().seen == 120
    assert not (run / "checkpoint.new").exists()
    assert [row["lines"] for row in metrics(run)] == [60, 120]


@pytest.mark.usefixtures("no_learning")
def test_a_run_ends_at_its_last_line_or_its_deadline(tmp_path: Path, shards: Path) -> None:
    short = RecognizerTraining(tiny_recipe(shards, lines=20), tmp_path / "short").run()
    assert 20 <= short.seen < 60 and short.epoch == 1
    training = RecognizerTraining(tiny_recipe(shards), tmp_path / "late")
    assert training.run(deadline=time.monotonic() - 1).seen == 0
    assert not (tmp_path / "late" / "checkpoint").exists()


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path, shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = RecognizerTraining(tiny_recipe(shards), tmp_path / "run")
    monkeypatch.setattr(training.model, "train_on_batch", lambda *_: math.nan)
    with pytest.raises(DataError, match="Lower the rate"):
        training.run()


def test_a_bundle_of_another_kind_is_no_start(tmp_path: Path, shards: Path) -> None:
    with pytest.raises(BundleError, match="There is no recognizer"):
        RecognizerTraining(tiny_recipe(shards), tmp_path / "run", start_from=tmp_path / "nothing")


TORCH_AGAINST_KERAS = """
import keras, numpy as np, torch
from e2eocr.training.torch_lstm import TorchLSTM

x = np.random.default_rng(1).normal(size=(3, 9, 5)).astype("float32")
for backwards in (False, True):
    ours = TorchLSTM(4, return_sequences=True, go_backwards=backwards)
    theirs = keras.layers.LSTM(4, return_sequences=True, go_backwards=backwards)
    ours.build(x.shape)
    theirs.build(x.shape)
    theirs.set_weights([w + 0.1 for w in ours.get_weights()])
    ours.set_weights(theirs.get_weights())
    a, b = (keras.ops.convert_to_numpy(layer(x)) for layer in (ours, theirs))
    np.testing.assert_allclose(a, b, atol=1e-5)

from e2eocr.training.torch_normalization import use_torch_normalization

image = keras.Input((None, None, 3))
plain = keras.Model(image, keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-3, name="norm")(image))
plain.set_weights([w + 0.1 * (n + 1) for n, w in enumerate(plain.get_weights())])
native = use_torch_normalization(plain)
native.set_weights(plain.get_weights())
x = np.random.default_rng(2).normal(2.0, 3.0, size=(4, 30, 20, 3)).astype("float32")
for training in (True, False):
    a, b = (keras.ops.convert_to_numpy(model(x, training=training)) for model in (plain, native))
    # PyTorch keeps the unbiased variance of a batch, larger by a share of one in its 2,400 places.
    np.testing.assert_allclose(a, b, atol=2e-3)
for a, b in zip(plain.get_weights(), native.get_weights()):
    np.testing.assert_allclose(a, b, rtol=1e-3)
"""

TORCH_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from training_doubles import tiny_recipe
from e2eocr.training.loop import RecognizerTraining

recipe = tiny_recipe(Path(sys.argv[1]), lines=60, precision="mixed_bfloat16")
RecognizerTraining(recipe, Path(sys.argv[2])).run()
"""

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not among the extras; training on it is optional"
)


def run_torch(repository: Path, code: str, *arguments: str) -> None:
    """Run code with the PyTorch backend; Keras' backend is settled once a process."""
    command = [sys.executable, "-c", code, *arguments]
    environment = os.environ | {"KERAS_BACKEND": "torch", "PYTHONPATH": str(repository)}
    result = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@needs_torch
@pytest.mark.slow
def test_the_fused_lstm_computes_what_keras_does(repository: Path) -> None:
    run_torch(repository, TORCH_AGAINST_KERAS)


@needs_torch
@pytest.mark.slow
def test_a_run_on_another_backend_can_be_gone_on_with(tmp_path: Path, shards: Path, repository: Path) -> None:
    run_torch(repository, TORCH_RUN, str(shards), str(tmp_path / "run"))
    training = RecognizerTraining(tiny_recipe(shards, lines=120), tmp_path / "run")
    assert training.progress.seen == 60
    before = training.progress.history[0]["loss"]
    assert training.run().history[1]["loss"] < before

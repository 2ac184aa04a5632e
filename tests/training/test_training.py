"""Training: small runs that learn, stop and go on."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from doubles.training import tiny_recipe, words, write_labelled

from e2eocr.errors import BundleError, DataError
from e2eocr.synthesis.text.alphabets import ALPHABETIC
from e2eocr.training.checkpoint import WeightAverage
from e2eocr.training.recognizer.inputs import CheckedSet, check_set
from e2eocr.training.recognizer.loop import RecognizerTraining
from e2eocr.training.recognizer.recipe import LineSet
from recognizers.charset import Charset

CHARSET = Charset(ALPHABETIC)
SHAPE = {"height": 32, "time_stride": 4}


def check(path: Path, **changes: Any) -> CheckedSet:
    return check_set(LineSet(str(path), **changes), CHARSET, **SHAPE)


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
from e2eocr.training.recognizer.torch_lstm import TorchLSTM

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
from doubles.training import tiny_recipe
from e2eocr.training.recognizer.loop import RecognizerTraining

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

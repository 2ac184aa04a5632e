"""Training: small runs that learn, stop and go on."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.training import tiny_recipe, words, write_labelled

from e2eocr.errors import BundleError, DataError
from e2eocr.synthesis.text.alphabets import ALPHABETIC
from e2eocr.training.batches.stream import Batch, Place
from e2eocr.training.engine.keras_engine import KerasEngine
from e2eocr.training.recognizer.inputs import CheckedSet, check_set
from e2eocr.training.recognizer.loop import RecognizerTraining
from e2eocr.training.recognizer.recipe import LineSet
from e2eocr.training.run.average import WeightAverage
from recognizers.charset import Charset

CHARSET = Charset(ALPHABETIC)
SHAPE: dict[str, Any] = {"height": 32, "time_stride": 4}


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
        training._end_epoch({"loss": loss})
    assert (training.progress.rate_factor, training.progress.epochs_without_gain) == (factor, without)
    assert training._is_done() is ends


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.slow
def test_a_run_learns_stops_and_goes_on(tmp_path: Path, shards: Path) -> None:
    held_out, run = write_labelled(tmp_path / "held-out", words(10, seed=2)), tmp_path / "run"
    recipe = tiny_recipe(shards, held_out, lines=720, epoch_lines=180)
    stopped = RecognizerTraining(replace(recipe, lines=360), run)
    seen = stopped.run().seen
    assert 360 <= seen < 540
    resumed = RecognizerTraining(recipe, run)
    assert resumed.progress == stopped.progress
    for one, other in (
        (stopped.model.get_weights(), resumed.model.get_weights()),
        (stopped.average.values, resumed.average.values),
        (list(stopped.engine.state().values()), list(resumed.engine.state().values())),
    ):
        assert all((a == b).all() for a, b in zip(one, other, strict=True))
    # The average goes on as slowly as before: it is not begun anew.
    assert resumed.average.updates == stopped.average.updates == stopped.progress.steps // 10 > 0
    progress = resumed.run()
    rows = metrics(run)
    assert progress.seen >= 720 and progress.history == rows
    assert [row["lines"] // 180 for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["loss"] < rows[0]["loss"] * 0.85
    assert all(set(row["cer"]) == {"held-out"} for row in rows)
    assert all(0 < row["padding"] < 0.5 and sum(row["shares"].values()) == pytest.approx(1, abs=0.01) for row in rows)
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
    assert RecognizerTraining(recipe, run).run().seen == progress.seen


@pytest.fixture
def no_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that learn nothing, at once: for what happens around them."""
    monkeypatch.setattr(KerasEngine, "step", lambda *_: 1.0)


@pytest.mark.usefixtures("no_learning")
def test_a_save_that_was_cut_off_loses_an_epoch_at_most(tmp_path: Path, shards: Path) -> None:
    run = tmp_path / "run"
    seen = RecognizerTraining(tiny_recipe(shards, lines=60), run).run().seen
    # Cut off while the next checkpoint was written …
    (run / "checkpoint.new").mkdir()
    (run / "checkpoint.new" / "model.weights.h5").write_bytes(b"half")
    assert RecognizerTraining(tiny_recipe(shards), run).progress.seen == seen
    # … and between the two renames.
    (run / "checkpoint").rename(run / "checkpoint.old")
    training = RecognizerTraining(tiny_recipe(shards, lines=120), run)
    assert training.progress.seen == seen
    assert training.run().seen >= 120
    assert not (run / "checkpoint.new").exists()
    assert [row["lines"] // 60 for row in metrics(run)] == [1, 2]


@pytest.mark.usefixtures("no_learning")
def test_a_run_ends_at_its_last_line_or_its_deadline(tmp_path: Path, shards: Path) -> None:
    short = RecognizerTraining(tiny_recipe(shards, lines=20), tmp_path / "short").run()
    assert 20 <= short.seen < 60 and short.epoch == 1
    training = RecognizerTraining(tiny_recipe(shards), tmp_path / "late")
    assert training.run(deadline=time.monotonic() - 1).seen == 0
    assert not (tmp_path / "late" / "checkpoint").exists()


@pytest.mark.usefixtures("no_learning")
def test_a_run_that_is_stopped_measures_and_writes_a_checkpoint(
    tmp_path: Path, shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = RecognizerTraining(tiny_recipe(shards), tmp_path / "run")
    step = training._step

    def step_and_stop(place: Place, batch: Batch) -> None:
        step(place, batch)
        training.stop()

    monkeypatch.setattr(training, "_step", step_and_stop)
    seen = training.run().seen
    assert 0 < seen < 60
    rows = metrics(tmp_path / "run")
    assert [row["lines"] for row in rows] == [seen]
    # It goes on in the middle of the epoch, whose record counts what was seen before.
    whole = RecognizerTraining(tiny_recipe(shards, lines=60), tmp_path / "run")
    assert whole.progress.since.samples == seen
    whole.run()
    assert whole.progress.since.samples == 0
    assert len(metrics(tmp_path / "run")) == 2


@pytest.mark.usefixtures("no_learning")
def test_checkpoints_come_by_the_clock_too(tmp_path: Path, shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[int] = []
    training = RecognizerTraining(tiny_recipe(shards, lines=60, checkpoint_minutes=1e-9), tmp_path / "run")
    monkeypatch.setattr(training, "_save", lambda: saved.append(training.progress.seen))
    training.run()
    assert len(saved) == training.progress.steps


def test_a_loss_that_is_no_number_ends_the_run(tmp_path: Path, shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = RecognizerTraining(tiny_recipe(shards), tmp_path / "run")
    monkeypatch.setattr(training.engine, "step", lambda *_: math.nan)
    with pytest.raises(DataError, match="Lower the rate"):
        training.run()


def test_a_bundle_of_another_kind_is_no_start(tmp_path: Path, shards: Path) -> None:
    with pytest.raises(BundleError, match="There is no recognizer"):
        RecognizerTraining(tiny_recipe(shards), tmp_path / "run", start_from=tmp_path / "nothing")


def test_keras_loop_refuses_a_teacher(tmp_path: Path, shards: Path) -> None:
    with pytest.raises(DataError, match="--backend torch"):
        RecognizerTraining(tiny_recipe(shards, teacher="alphabetic"), tmp_path / "run")


RUN = """
import sys
from pathlib import Path
sys.path.insert(0, "tests")
from doubles.training import tiny_recipe
from e2eocr.training.recognizer.loop import RecognizerTraining

recipe = tiny_recipe(Path(sys.argv[1]), lines=int(sys.argv[3]), epoch_lines=180)
progress = RecognizerTraining(recipe, Path(sys.argv[2])).run()
print(progress.history[-1]["loss"])
"""


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"{package} is not among the extras")


def run_on(backend: str, repository: Path, *command: str) -> str:
    """Run Python with another backend of Keras, which is settled once a process; what it printed."""
    environment = os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": str(repository), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        [sys.executable, *command], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs("torch")
@pytest.mark.slow
def test_the_tests_of_the_engine_on_pytorch_pass(repository: Path) -> None:
    run_on("torch", repository, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/training/on_torch")


@needs("torch")
@pytest.mark.slow
def test_a_run_on_another_backend_can_be_gone_on_with(tmp_path: Path, shards: Path, repository: Path) -> None:
    run_on("torch", repository, "-c", RUN, str(shards), str(tmp_path / "run"), "180")
    training = RecognizerTraining(tiny_recipe(shards, lines=360, epoch_lines=180), tmp_path / "run")
    assert 180 <= training.progress.seen < 360
    before = training.progress.history[0]["loss"]
    assert training.run().history[1]["loss"] < before


@needs("jax")
@pytest.mark.slow
def test_keras_loop_trains_on_jax(tmp_path: Path, shards: Path, repository: Path) -> None:
    arguments = ("-c", RUN, str(shards), str(tmp_path / "run"))
    losses = [float(run_on("jax", repository, *arguments, lines)) for lines in ("180", "360")]
    assert losses[1] < losses[0]

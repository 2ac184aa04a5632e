"""The engine on PyTorch: what it computes, what it keeps, and that it goes on to the bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from doubles.training import tiny_recipe, words, write_labelled, write_shards

from detectors.dbnet.graph import DBNetConfig, build_dbnet
from e2eocr.errors import DataError
from e2eocr.training.batches.stream import Batch
from e2eocr.training.engine.base import Lesson
from e2eocr.training.recognizer.loop import RecognizerTraining
from e2eocr.training.recognizer.losses import ctc_loss as ctc_loss_by_keras
from e2eocr.training.recognizer.losses import teacher_loss as teacher_loss_by_keras
from recognizers.backbones import ConvStage
from recognizers.crnn import CRNNConfig, build_crnn
from recognizers.vit_decoder.graph import ViTDecoderConfig, build_vit_decoder
from recognizers.vit_decoder.layers import AddPlaces

torch = pytest.importorskip("torch")
if keras.backend.backend() != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)

from e2eocr.training.engine.keras_engine import KerasEngine  # noqa: E402 - behind the skip
from e2eocr.training.engine.settings import EngineSettings  # noqa: E402
from e2eocr.training.engine.torch_ctc import ctc_loss  # noqa: E402
from e2eocr.training.engine.torch_engine import TorchEngine  # noqa: E402
from e2eocr.training.engine.torch_graph import _LAYERS, run_graph  # noqa: E402
from e2eocr.training.engine.torch_optimizer import TorchOptimizer, beside, hidden_matrices, orthogonalize  # noqa: E402
from e2eocr.training.engine.torch_teacher import teacher_loss  # noqa: E402

STAGES = (ConvStage(8, 2, (2, 2)), ConvStage(8, 1, (2, 1)))
SMALL: dict[str, Any] = {"features": 16, "lstm_units": 8}
GRAPHS = {
    "lean": lambda: build_crnn(CRNNConfig(9, stem_filters=4, stages=STAGES, **SMALL)),
    "lean, two LSTMs": lambda: build_crnn(CRNNConfig(9, stem_filters=4, stages=STAGES, lstm_layers=2, **SMALL)),
    "resnet18": lambda: build_crnn(CRNNConfig(9, backbone="resnet18", **SMALL)),
    "mobilenetv2": lambda: build_crnn(CRNNConfig(9, backbone="mobilenetv2", **SMALL)),
    "dbnet": lambda: build_dbnet(DBNetConfig()),
    "vit-decoder": lambda: build_vit_decoder(
        ViTDecoderConfig(9, stem=(4, 8), width=16, heads=2, encoder_layers=1, decoder_layers=1, expansion=2)
    ),
}


@pytest.fixture(autouse=True)
def seeded() -> None:
    keras.config.set_dtype_policy("float32")
    keras.utils.set_random_seed(3)


def disturb(model: keras.Model) -> None:
    """Give all weights values that tell one from the other, biases and normalizations too."""
    rng = np.random.default_rng(2)
    model.set_weights([value + rng.uniform(0.01, 0.1, value.shape) for value in model.get_weights()])


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("training", [False, True])
def test_a_graph_computes_what_keras_does(name: str, training: bool) -> None:
    model = GRAPHS[name]()
    disturb(model)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    height = model.inputs[0].shape[1] or 64
    x = torch.from_numpy(np.random.default_rng(1).random((3, 64, 96, 1), np.float32)[:, :height])
    inputs = [x, torch.arange(12, dtype=torch.int32).reshape(3, 4) % 9][: len(model.inputs)]
    before = model.get_weights()
    expected = model(inputs if len(inputs) > 1 else x, training=training)
    moved = model.get_weights()
    model.set_weights(before)
    found = run_graph(model, inputs, training=training)
    for one, other in zip(keras.tree.flatten(expected), keras.tree.flatten(found), strict=True):
        np.testing.assert_allclose(other.detach(), one.detach(), rtol=1e-3, atol=1e-3 * float(one.detach().abs().max()))
    for one, other in zip(moved, model.get_weights(), strict=True):
        # PyTorch keeps the unbiased variance of a batch, larger by one in the 18 places of the smallest map here.
        np.testing.assert_allclose(other, one, rtol=6e-2, atol=1e-4)


def test_all_layers_of_our_graphs_are_run_by_pytorch() -> None:
    kinds = {type(layer) for build in GRAPHS.values() for layer in build().layers}
    # A look-up, and sums that Keras has for PyTorch as they are.
    assert kinds - set(_LAYERS) == {keras.layers.InputLayer, keras.layers.Embedding, AddPlaces}


def test_a_layer_without_a_function_runs_as_keras_has_it() -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.UnitNormalization()(keras.layers.Conv2D(4, 3)(image)))
    x = torch.rand(2, 8, 8, 3)
    with torch.autocast("cpu", torch.bfloat16):
        found = run_graph(model, [x], training=True)
    np.testing.assert_allclose(found.detach().float(), model(x).detach(), atol=0.05)


@pytest.mark.parametrize(("classes", "used"), [(30, 3), (50, 50), (8, 8)])
def test_the_loss_and_its_gradient_are_those_of_pytorch(classes: int, used: int) -> None:
    torch.manual_seed(1)
    labels = torch.randint(1, used, (4, 7))
    labels[1, 3:] = 0
    labels[2, :] = 2  # repeats: blanks stand between them
    logits = (3 * torch.randn(4, 26, classes)).requires_grad_()
    other = logits.detach().clone().requires_grad_()
    ours = ctc_loss(labels, logits)
    lengths = (labels > 0).sum(1)
    logarithms = torch.log_softmax(other, -1).transpose(0, 1)
    theirs = torch.nn.functional.ctc_loss(logarithms, labels, torch.full((4,), 26), lengths, reduction="sum")
    theirs = theirs / lengths.sum()
    torch.testing.assert_close(ours, theirs)
    torch.testing.assert_close(ours, ctc_loss_by_keras(labels.int(), logits.detach()))
    (2 * ours).backward()
    (2 * theirs).backward()
    torch.testing.assert_close(logits.grad, other.grad, atol=5e-6, rtol=1e-3)


def test_the_loss_of_a_teacher_is_that_of_keras() -> None:
    rng = np.random.default_rng(4)
    labels = torch.from_numpy(np.array([[3, 2, 2, 0], [1, 0, 0, 0], [5, 4, 3, 2]], np.int32))
    logits, by_column = (torch.from_numpy(rng.normal(size=(3, n, 6)).astype(np.float32)) for n in (5, 9))
    by_keras = teacher_loss_by_keras(labels, logits, by_column)
    torch.testing.assert_close(teacher_loss(labels, logits, by_column), by_keras)
    logits[0, 4], logits[1, 2:] = 7.0, -3.0  # behind the edge of a line nothing counts but what its columns say
    changed = logits.clone()
    changed[1, 2:] = 5.0
    assert teacher_loss(labels, changed, by_column) == teacher_loss(labels, logits, by_column)


def test_a_dropout_can_drop_whole_vectors() -> None:
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, keras.layers.Dropout(0.5, noise_shape=(None, None, 1))(inputs))
    kept = run_graph(model, torch.ones(3, 50, 4), training=True)
    assert set(kept.flatten().tolist()) == {0.0, 2.0}
    assert (kept == kept[..., :1]).all()


def batch_of_words() -> Batch:
    rng = np.random.default_rng(5)
    return Batch((rng.random((4, 32, 64, 1), np.float32),), (rng.integers(1, 9, (4, 5)).astype(np.int32),))


def lesson(by_torch: bool) -> Lesson:
    keras.utils.set_random_seed(3)
    model = build_crnn(CRNNConfig(9, stem_filters=4, stages=STAGES, dropout=0.0, **SMALL))
    disturb(model)
    loss = ctc_loss if by_torch else ctc_loss_by_keras
    return Lesson(model, lambda truth, outputs: loss(truth[0], outputs[0]), jit_compile=False)


def test_a_step_is_that_of_keras() -> None:
    """Weights after three steps of AdamW with decay and clipping."""
    settings = EngineSettings(precision="float32", weight_decay=0.3, threads=1)
    ours, theirs = lesson(by_torch=True), lesson(by_torch=False)
    one, other = TorchEngine(ours, settings), KerasEngine(theirs, settings)
    batch = batch_of_words()
    for number in range(3):
        assert float(one.step(batch, 1e-3, number)) == pytest.approx(float(other.step(batch, 1e-3, number)), rel=1e-3)
    moved = 0.0
    for variable, another in zip(ours.model.trainable_variables, theirs.model.trainable_variables, strict=True):
        difference = np.abs(variable.numpy() - another.numpy())
        # A weight whose gradient is nearly 0 may go either way: a step of Adam is about the rate, whatever it is.
        assert np.quantile(difference, 0.9) < 3e-4, variable.path
        assert difference.max() < 7e-3
        moved += float(difference.mean())
    assert moved > 0


def test_muon_takes_the_matrices_between_the_ends() -> None:
    model = build_crnn(CRNNConfig(9, stem_filters=4, stages=STAGES, **SMALL))
    names = [variable.path.split("/")[0] for variable in hidden_matrices(model)]
    assert names == ["stage1_conv1", "stage1_conv2", "stage2_conv1", "features"] + ["lstm1"] * 4
    names = [variable.path.split("/")[0] for variable in hidden_matrices(build_dbnet(DBNetConfig()))]
    assert not {"stem_conv", "shrink", "threshold", "turn"} & set(names)
    assert not any("depth_conv" in name for name in names)
    assert "pyramid1_conv" in names


@pytest.mark.parametrize("shape", [(2, 6, 6), (1, 5, 40), (3, 40, 5)])
def test_orthogonal_matrices_have_singular_values_near_one(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(1)
    values = torch.linalg.svdvals(orthogonalize(torch.randn(shape)))
    assert float(values.min()) > 0.3 and float(values.max()) < 1.3


def test_a_step_of_muon_is_orthogonal_by_gate() -> None:
    model = build_crnn(CRNNConfig(9, stem_filters=4, stages=STAGES, **SMALL))
    optimizer = TorchOptimizer(model, muon=True, weight_decay=0.0)
    kernel = next(variable for variable in hidden_matrices(model) if "recurrent_kernel" in variable.path)
    before = kernel.numpy().copy()
    for variable in model.trainable_variables:
        variable.value.grad = torch.randn_like(variable.value)
    optimizer.step(0.1, torch.float32)
    step = (kernel.numpy() - before) / (0.1 * 0.2 * 8**0.5)
    for gate in range(4):
        values = np.linalg.svd(step[:, 8 * gate : 8 * (gate + 1)], compute_uv=False)
        assert values.max() < 1.3 and np.median(values) > 0.5


def test_a_state_goes_where_its_variable_is() -> None:
    variable = torch.empty((2, 3), device="meta")
    state = beside(variable, {"step": np.array(7, np.float32), "exp_avg": np.zeros((2, 3), np.float32)})
    assert {name: (str(part.device), tuple(part.shape)) for name, part in state.items()} == {
        "step": ("meta", ()),
        "exp_avg": ("meta", (2, 3)),
    }


@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16"])
def test_steps_lower_the_loss(optimizer: str, precision: str) -> None:
    engine = TorchEngine(lesson(by_torch=True), EngineSettings(optimizer=optimizer, precision=precision, threads=1))
    batch = batch_of_words()
    losses = [float(engine.step(batch, 1e-2, number)) for number in range(12)]
    assert losses[-1] < 0.8 * losses[0]
    assert set(engine.clock.take_shares()) == {"forward", "backward", "optimizer"}


def test_what_is_left_to_the_machine_is_measured_and_teaches_nothing() -> None:
    mine = lesson(by_torch=True)
    engine, before = TorchEngine(mine, EngineSettings()), mine.model.get_weights()
    chosen = engine.settle(batch_of_words(), {})
    assert chosen["precision"] in ("float32", "mixed_bfloat16") and chosen["threads"] >= 1
    assert all((one == other).all() for one, other in zip(before, mine.model.get_weights(), strict=True))
    assert engine.settle(batch_of_words(), {"precision": "float32", "threads": 1}) == {
        "precision": "float32",
        "threads": 1,
    }


def test_the_engine_must_fit_the_backend(tmp_path: Path, shards: Path) -> None:
    with pytest.raises(DataError, match="Invalid `engine`"):
        tiny_recipe(shards, engine="abacus")
    assert isinstance(RecognizerTraining(tiny_recipe(shards, engine="keras"), tmp_path / "a").engine, KerasEngine)
    assert isinstance(RecognizerTraining(tiny_recipe(shards), tmp_path / "b").engine, TorchEngine)


RUN = """
import sys, time
from pathlib import Path
sys.path.insert(0, "tests")
from doubles.training import TINY, tiny_recipe
from e2eocr.training.recognizer.loop import RecognizerTraining

recipe = tiny_recipe(
    Path(sys.argv[1]), lines=360, epoch_lines=120, architecture=TINY | {"dropout": 0.2}, optimizer="muon",
    precision="mixed_bfloat16", threads=1, data_workers=int(sys.argv[3]), checkpoint_minutes=0.005,
)
training = RecognizerTraining(recipe, Path(sys.argv[2]))
step = training._step
def slow(place, batch):
    step(place, batch)
    print(training.progress.steps, flush=True)
    time.sleep(float(sys.argv[4]))
training._step = slow
training.run()
"""


def start_run(shards: Path, run: Path, *, workers: int, pause: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(shards), str(run), str(workers), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)


def weights_of(run: Path) -> list[np.ndarray]:
    """All weights of a finished run and of their average, and its optimizer's state."""
    recipe = json.loads((run / "recipe.json").read_text("utf-8"))
    assert recipe["optimizer"] == "muon"
    found: list[np.ndarray] = []
    for name in ("model", "average"):
        with h5py.File(run / "checkpoint" / f"{name}.weights.h5") as file:
            file.visititems(lambda _, item: found.append(np.array(item)) if isinstance(item, h5py.Dataset) else None)
    with np.load(run / "checkpoint" / "optimizer.npz") as state:
        return [*found, *state.values()]


def test_a_run_that_was_killed_ends_with_the_weights_of_one_that_was_not(tmp_path: Path, shards: Path) -> None:
    undisturbed = start_run(shards, tmp_path / "whole", workers=0, pause=0.0)
    assert undisturbed.communicate()[0] and undisturbed.returncode == 0
    killed_at = 5 + time.time_ns() % 12  # a random moment, in the middle of an epoch or at its end
    killed = start_run(shards, tmp_path / "killed", workers=1, pause=0.05)
    assert killed.stdout is not None
    for line in killed.stdout:
        if int(line) >= killed_at:
            break
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    resumed = start_run(shards, tmp_path / "killed", workers=0, pause=0.0)
    steps = resumed.communicate()[0].split()
    assert resumed.returncode == 0 and 1 < int(steps[0]) <= killed_at + 2
    one, other = weights_of(tmp_path / "whole"), weights_of(tmp_path / "killed")
    assert len(one) > 60
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_reader_of_a_run_reads(tmp_path: Path, shards: Path) -> None:
    recipe = tiny_recipe(shards, write_labelled(tmp_path / "held-out", words(10, seed=2)), lines=60)
    progress = RecognizerTraining(recipe, tmp_path / "run").run()
    assert set(progress.history[0]["cer"]) == {"held-out"}


@pytest.mark.slow
def test_a_model_that_writes_learns_to_read(tmp_path: Path) -> None:
    """Words of drawn letters that it has not seen: what does not look at the picture has most letters wrong."""
    learned = write_shards(tmp_path / "lines", words(4000))
    held_out = write_shards(tmp_path / "held-out", words(60, seed=2))
    small = {"stem": [8, 16], "width": 48, "heads": 4, "encoder_layers": 2, "decoder_layers": 1, "expansion": 2}
    changes: dict[str, Any] = {"learning_rate": 3e-3, "warmup_lines": 400, "average": 0.98, "optimizer": "muon"}
    sizes: dict[str, Any] = {"lines": 12_000, "epoch_lines": 12_000, "batch_pixels": 2048}
    recipe = tiny_recipe(learned, held_out, family="vit-decoder", architecture=small, **changes, **sizes)
    row = RecognizerTraining(recipe, tmp_path / "run").run().history[-1]
    assert row["cer"]["held-out"] < 0.5

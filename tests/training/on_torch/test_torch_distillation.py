"""A recognizer that is taught by another one beside the labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from doubles.training import TINY, draw_line, tiny_recipe

from e2eocr.errors import BundleError, DataError
from e2eocr.models.bundles import find_bundle
from e2eocr.models.graphs import load_graph
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.training.batches.stream import Batch, Place
from e2eocr.training.recognizer.loop import RecognizerTraining
from recognizers.charset import Charset

torch = pytest.importorskip("torch")
if keras.backend.backend() != "torch":
    pytest.skip("needs KERAS_BACKEND=torch", allow_module_level=True)

from e2eocr.training.engine.torch_ctc import ctc_loss  # noqa: E402 - behind the skip
from e2eocr.training.engine.torch_distillation import distilled_loss, divergence  # noqa: E402
from e2eocr.training.engine.torch_graph import run_graph  # noqa: E402

TEACHER = "alphabetic"  # of the height and stride of the tiny net


def drawn(seed: int, *shape: int) -> Any:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def test_the_divergence_is_that_of_kullback_and_leibler() -> None:
    labels = torch.tensor([[1, 2, 0], [3, 0, 0]])
    taught, logits = drawn(1, 2, 5, 4), drawn(2, 2, 5, 4)
    theirs, own = torch.softmax(taught, -1), torch.softmax(logits, -1)
    expected = (theirs * (theirs / own).log()).sum() / 3
    torch.testing.assert_close(divergence(labels, taught, logits), expected)
    assert float(divergence(labels, logits, logits)) == pytest.approx(0.0, abs=1e-6)
    loss = distilled_loss(labels, taught, logits, weight=0.5)
    torch.testing.assert_close(loss, ctc_loss(labels, logits) + 0.5 * expected)


def test_a_teacher_says_nothing_of_lines_with_characters_that_it_does_not_know() -> None:
    labels = torch.tensor([[1, 2, 0], [3, 4, 0]])
    taught, logits = drawn(1, 2, 5, 4), drawn(2, 2, 5, 6).requires_grad_()
    divergence(labels, taught, logits).backward()
    assert logits.grad[0].abs().sum() > 0 and not logits.grad[1].any()
    assert logits.grad[0, :, 4:].min() > 0  # what the teacher does not know is not there either


def batch_of(charset: Charset) -> Batch:
    """Six words of five letters."""
    texts = words_of_five(6)
    pixels = np.zeros((len(texts), 32, 96, 1), np.float32)
    for row, text in enumerate(texts):
        pixels[row, :, :90, 0] = 1 - draw_line(text) / 255.0
    return Batch((pixels,), (np.array([charset.encode(text) for text in texts], np.int32),))


def words_of_five(count: int) -> list[str]:
    return ["".join(np.random.default_rng(number).choice(list("abcde"), 5)) for number in range(count)]


def distance(training: RecognizerTraining, batch: Batch) -> float:
    """How far a model is from what the teacher says of a batch."""
    inputs, labels = [torch.from_numpy(batch.inputs[0])], torch.from_numpy(batch.truth[0])
    with torch.no_grad():
        teacher = load_graph(find_bundle(TEACHER, "recognizer"))
        taught, own = (run_graph(graph, inputs, training=False) for graph in (teacher, training.model))
        return float(divergence(labels, taught, own))


def test_a_taught_model_comes_to_say_what_its_teacher_says(tmp_path: Path, shards: Path) -> None:
    distances, states = [], []
    for teacher in ("", TEACHER):
        recipe = tiny_recipe(shards, threads=1, optimizer="muon", teacher=teacher)
        training = RecognizerTraining(recipe, tmp_path / f"run{teacher}")
        batch = batch_of(training.charset)
        losses = [float(training.engine.step(batch, 1e-2, number)) for number in range(180)]
        assert losses[-1] < 0.5 * losses[0]
        distances.append(distance(training, batch))
        states.append(training.engine.state().keys())
    alone, taught = distances
    assert taught < 0.6 * alone
    assert states[0] == states[1]  # a checkpoint holds nothing of the teacher


def test_a_taught_run_that_was_stopped_goes_on_to_the_bit(tmp_path: Path, shards: Path) -> None:
    recipe = tiny_recipe(shards, threads=1, optimizer="muon", teacher=TEACHER, architecture=TINY | {"dropout": 0.2})
    whole = RecognizerTraining(recipe, tmp_path / "whole")
    whole.run()
    stopped = _StoppedTraining(recipe, tmp_path / "stopped")
    stopped.run()
    assert stopped.progress.seen < whole.progress.seen
    resumed = RecognizerTraining(recipe, tmp_path / "stopped")
    resumed.run()
    for one, other in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        assert np.array_equal(one, other)


class _StoppedTraining(RecognizerTraining):
    """A run that is stopped after seven steps, amid an epoch."""

    def _step(self, place: Place, batch: Batch) -> None:
        super()._step(place, batch)
        if self.progress.steps == 7:
            self.stop()


def test_a_model_that_knows_more_can_be_taught(tmp_path: Path, shards: Path) -> None:
    known = load_alphabet("ALPHABETIC")
    grown = Charset([*known, *(each for each in "字母" if each not in known)])
    recipe = tiny_recipe(shards, teacher=TEACHER, lines=30)
    RecognizerTraining(recipe, tmp_path / "run", charset=grown).run()


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"engine": "keras"}, DataError, "PyTorch"),
        ({"family": "vit-decoder", "architecture": {}}, DataError, "vit-decoder"),
        ({"teacher": "nobody"}, BundleError, "nobody"),
        ({"teacher": "han"}, BundleError, "alphabet"),
        ({"architecture": TINY | {"height": 40}}, BundleError, "height"),
        ({"reading": {"direction": "rtl"}}, BundleError, "direction"),
    ],
)
def test_who_cannot_teach_is_refused(
    tmp_path: Path, shards: Path, changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        RecognizerTraining(tiny_recipe(shards, **({"teacher": TEACHER} | changes)), tmp_path / "run")

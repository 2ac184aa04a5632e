"""Recognizers made smaller: what is cut out leaves a graph that computes the same of what is left."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from doubles.tiny_models import write_tiny_bundle
from doubles.trained import trained_bundle
from doubles.training import TINY, words, write_shards

from e2eocr.cli import main
from e2eocr.errors import DataError, ExitCode, UsageError
from e2eocr.models.bundles import Bundle, read_bundle
from e2eocr.models.graphs import load_graph
from e2eocr.models.parts import load_weights
from e2eocr.training.recognizer.pruning import PruneSettings, prune, smallest_out, zeros_at
from e2eocr.training.recognizer.slimming import layer_weights, put_layer_weights, slim_config, slim_weights
from recognizers.crnn import CRNNConfig, build_crnn

WIDE = {
    **TINY,
    "stem_filters": 16,
    "stages": [{"filters": 16, "convolutions": 2, "pool": [2, 2]}, {"filters": 16, "convolutions": 1, "pool": [4, 1]}],
    "features": 16,
    "lstm_units": 16,
}


@pytest.mark.parametrize("normalization", ["stage", "convolution", "none"])
@pytest.mark.parametrize(("layers", "rank"), [(1, 0), (2, 12)])
def test_what_was_dead_can_be_cut_without_a_trace(normalization: str, layers: int, rank: int) -> None:
    """Filters and units that give nothing are cut first, and the smaller graph gives what the larger one did."""
    config = CRNNConfig.from_dict(
        {"classes": 6, **WIDE, "normalization": normalization, "lstm_layers": layers, "classifier_rank": rank}
    )
    keras.utils.set_random_seed(1)
    model = build_crnn(config)
    slim = slim_config(config, 0.5)
    assert (slim.stem_filters, slim.features, slim.lstm_units) == (8, 8, 8)
    weights = layer_weights(model)
    rng = np.random.default_rng(1)
    for name, values in weights.items():
        kill(name, values, rng)
    put_layer_weights(model, weights)
    small = build_crnn(slim)
    put_layer_weights(small, slim_weights(weights, config, slim))
    pixels = rng.random((2, 32, 64, 1), np.float32)
    assert np.abs(np.asarray(model(pixels)) - np.asarray(small(pixels))).max() < 1e-4


def kill(name: str, values: list[np.ndarray], rng: np.random.Generator) -> None:
    """Make every other output of a layer always 0; those of an LSTM by a closed gate and a still cell."""
    dead = rng.permutation(16)[:8]
    if name.startswith("lstm"):
        for kernel, recurrent, bias in (values[:3], values[3:]):
            gates = (np.arange(4)[:, None] * 16 + dead).reshape(-1)
            kernel[:, gates] = recurrent[:, gates] = bias[gates] = 0
    elif name.endswith("_norm"):
        return  # that of a dead filter stays at 0, since its mean and shift are 0
    elif name not in ("summary", "logits"):
        for each in values:
            each[..., dead] = 0


def test_a_config_keeps_eights() -> None:
    config = CRNNConfig(classes=9, lstm_units=192)
    slim = slim_config(config, 0.7)
    assert all(count % 8 == 0 for count in (slim.stem_filters, slim.features, slim.lstm_units))
    assert slim.features == 136 and slim_config(config, 1.0) == config
    for wrong in (CRNNConfig(classes=9, backbone="resnet18"), config):
        with pytest.raises(ValueError, match="lean CRNN and a share"):
            slim_config(wrong, 0.5 if wrong is not config else 0.0)


def test_the_smallest_weights_go() -> None:
    matrix = np.array([[1.0, -5.0], [3.0, -2.0]])
    mask = smallest_out(matrix, 0.5)
    assert mask is not None and mask.tolist() == [[False, True], [True, False]]
    assert smallest_out(np.ones(4), 0.5) is None  # a bias
    whole = smallest_out(matrix, 0.1)
    assert whole is not None and whole.all()


def test_the_share_of_zeros_rises_to_its_goal() -> None:
    shares = [zeros_at(progress, 0.8) for progress in np.linspace(0, 1, 11)]
    assert shares[0] == 0 and shares == sorted(shares) and shares[6:] == [pytest.approx(0.8)] * 5


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("lines") / "drawn", words(120))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, lines: Path) -> Bundle:
    return trained_bundle(tmp_path_factory.mktemp("base"), lines, architecture=WIDE)


@pytest.mark.slow
def test_filters_are_cut_and_the_rest_is_exported(bundle: Bundle, lines: Path, tmp_path: Path) -> None:
    prune(bundle, tmp_path / "run", lines, PruneSettings(share=0.5, lines=90))
    assert not list((tmp_path / "run").glob("step*"))
    assert main(["export", str(tmp_path / "run"), "-o", str(tmp_path / "slim")]) == ExitCode.OK
    slim = read_bundle(tmp_path / "slim")
    assert slim.architecture["features"] == 8
    assert load_graph(slim).count_params() < 0.8 * load_graph(bundle).count_params()


@pytest.mark.slow
def test_weights_become_zero_and_stay_so_in_the_bundle(bundle: Bundle, lines: Path, tmp_path: Path) -> None:
    prune(bundle, tmp_path / "run", lines, PruneSettings("weights", share=0.5, lines=300))
    assert main(["export", str(tmp_path / "run"), "-o", str(tmp_path / "sparse")]) == ExitCode.OK
    for weights in load_weights(read_bundle(tmp_path / "sparse")):
        if weights.ndim > 1:
            assert np.mean(weights == 0) >= 0.5 - 1 / weights.size


@pytest.mark.parametrize("settings", [{"kind": "layers"}, {"share": 0.0}, {"share": 1.0}, {"lines": 1}])
def test_settings_that_cannot_be_are_told(settings: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="Invalid settings"):
        PruneSettings(**settings)  # type: ignore[arg-type]


def test_bad_input_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = write_shards(tmp_path / "few", words(5))
    with pytest.raises(DataError, match="holds 5 lines"):
        prune(read_bundle(write_tiny_bundle(tmp_path / "bars")), tmp_path / "run", few, PruneSettings("weights"))
    command = ["train", "prune", "-o", str(tmp_path / "run")]
    assert main([*command, "alphabetik"]) == ExitCode.BAD_BUNDLE
    assert main([*command, "alphabetic", "--share", "1"]) == ExitCode.USAGE
    backend = ["--backend", keras.config.backend()]
    assert main([*command, "alphabetic", *backend, "--data", str(tmp_path / "nothing")]) == ExitCode.USAGE
    assert "Traceback" not in capsys.readouterr().err
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="holds something"):
        prune(read_bundle(tmp_path / "bars"), tmp_path / "run", few, PruneSettings("weights"))

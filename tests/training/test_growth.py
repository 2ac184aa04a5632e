"""A recognizer that has grown reads as before, and can learn with what is new."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from e2eocr.training.recognizer.growth import can_grow, grow_weights
from recognizers.backbones import ConvStage
from recognizers.crnn import CRNNConfig, build_crnn

SMALL = CRNNConfig(
    classes=7, height=16, stem_filters=4, stages=(ConvStage(6, 1, (2, 2)),), features=5, lstm_units=3, dropout=0.0
)


def grown_model(small: CRNNConfig, large: CRNNConfig) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(3)
    model, wider = build_crnn(small), build_crnn(large)
    model.set_weights(
        [value + 0.1 * np.random.default_rng(1).normal(size=value.shape) for value in model.get_weights()]
    )
    wider.set_weights(grow_weights(model.get_weights(), wider.get_weights(), small, large))
    return model, wider


@pytest.mark.slow
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("units, classes", [(3, 7), (5, 7), (3, 9), (8, 12)])
def test_a_grown_model_gives_known_classes_the_same_logits(layers: int, units: int, classes: int) -> None:
    small = replace(SMALL, lstm_layers=layers)
    model, wider = grown_model(small, replace(small, lstm_units=units, classes=classes))
    image = np.random.default_rng(2).random((2, 16, 40, 1), np.float32)
    before, after = (np.asarray(each.predict_on_batch(image)) for each in (model, wider))
    np.testing.assert_allclose(after[..., :7], before, atol=1e-5)
    assert (after[..., 7:] < before.min() - 1).all()


@pytest.mark.slow
def test_new_units_hear_and_have_fresh_weights() -> None:
    _, wider = grown_model(SMALL, replace(SMALL, lstm_units=5))
    kernel, recurrent = (np.asarray(each).reshape(-1, 4, 5) for each in wider.get_layer("lstm1").get_weights()[:2])
    assert (kernel[:, :, 3:] != 0).all()
    assert (recurrent[:, :, 3:] != 0).all()
    assert (recurrent[3:, :, :3] == 0).all()


@pytest.mark.parametrize(
    "change",
    [{"lstm_units": 2}, {"classes": 6}, {"features": 6}, {"stem_filters": 8}, {"lstm_layers": 2}, {"height": 32}],
)
def test_what_is_narrower_or_otherwise_built_cannot_grow(change: dict[str, int]) -> None:
    large = replace(SMALL, **change)  # type: ignore[arg-type]
    assert not can_grow(SMALL, large)
    with pytest.raises(ValueError, match="with more LSTM units or classes"):
        grow_weights([], [], SMALL, large)

"""A detector that has grown finds as before, and can learn with what is new."""

from __future__ import annotations

from dataclasses import replace

import keras
import numpy as np
import pytest

from detectors.dbnet.graph import BackboneStage, DBNetConfig, build_dbnet
from e2eocr.training.detector.growth import can_grow, grow_weights

SMALL = DBNetConfig(
    stem_filters=4,
    stages=(BackboneStage(6, 1), BackboneStage(8, 2), BackboneStage(10, 1, 5), BackboneStage(12, 2, 5, attention=True)),
    pyramid=8,
    head_filters=4,
)
WIDER = replace(
    SMALL, stages=tuple(replace(stage, filters=stage.filters + 3 * at) for at, stage in enumerate(SMALL.stages))
)


def grown() -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(3)
    model, wider = build_dbnet(SMALL), build_dbnet(WIDER)
    rng = np.random.default_rng(1)
    model.set_weights([np.abs(value + 0.1 * rng.normal(size=value.shape)) for value in model.get_weights()])
    grow_weights(model, wider)
    return model, wider


@pytest.mark.slow
def test_a_grown_detector_sees_the_same_on_a_page() -> None:
    model, wider = grown()
    page = np.random.default_rng(2).uniform(-1, 1, (1, 64, 96, 1)).astype(np.float32)
    for before, after in zip(model.predict_on_batch(page), wider.predict_on_batch(page), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_new_channels_see_all_and_are_seen_by_no_old_one() -> None:
    _, wider = grown()
    kernel = wider.get_layer("stage4_block2_point_conv").get_weights()[0]
    depthwise = wider.get_layer("stage4_block2_depth_conv").get_weights()[0]
    assert (kernel[..., 12:] != 0).all()
    assert (kernel[:, :, 12:, :12] == 0).all()
    assert (depthwise != 0).all()


@pytest.mark.parametrize(
    "large",
    [
        replace(SMALL, pyramid=12),
        replace(SMALL, subpixels=1),
        replace(WIDER, stages=(BackboneStage(5, 1), *WIDER.stages[1:])),
        replace(WIDER, stages=(BackboneStage(6, 2), *WIDER.stages[1:])),
    ],
)
def test_what_is_narrower_or_otherwise_built_cannot_grow(large: DBNetConfig) -> None:
    assert can_grow(SMALL, WIDER)
    assert not can_grow(SMALL, large)

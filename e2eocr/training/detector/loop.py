"""The training of a line detector."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from detectors.base import Detector
from detectors.dbnet.graph import DBNetConfig, build_dbnet
from detectors.dbnet.postprocess import ComponentSettings
from detectors.dbnet.reader import DBNetDetector, DBNetSettings
from e2eocr.models.bundles import Bundle
from e2eocr.models.parts import load_weights
from e2eocr.training.detector.growth import can_grow, grow_weights
from e2eocr.training.detector.inputs import CropInputs
from e2eocr.training.detector.losses import maps_loss, turn_loss
from e2eocr.training.detector.pages import open_pages
from e2eocr.training.detector.recipe import DetectorRecipe, PageSet
from e2eocr.training.engine.base import Lesson
from e2eocr.training.run.folder import DETECTOR
from e2eocr.training.run.progress import TERMS, Progress, Terms
from e2eocr.training.run.training import Training, architecture_config
from e2eocr.truth.metrics import DetectionScore, match_detections
from e2eocr.truth.pages import PageSource

log = logging.getLogger(__name__)

OpenSet = tuple[PageSet, PageSource]


def dbnet_config(architecture: dict[str, Any]) -> DBNetConfig:
    """The architecture that a recipe asks for; see `architecture_config`."""
    return architecture_config(DBNetConfig.from_dict, architecture)


def reading_settings(config: DBNetConfig, recipe: DetectorRecipe) -> DBNetSettings:
    """How to read with what a recipe trains."""
    components = ComponentSettings(shrink_ratio=recipe.shrink_ratio, kept_height=recipe.kept_height)
    return DBNetSettings(subpixels=config.subpixels, components=components)


class DetectorTraining(Training[DetectorRecipe, OpenSet]):
    """One run in one folder: builds or resumes, trains epoch by epoch, measures, checkpoints."""

    terms: ClassVar[Terms] = TERMS[DETECTOR]

    def __init__(self, recipe: DetectorRecipe, folder: Path, *, start_from: Path | None = None) -> None:
        """Open a run; see `Training`."""
        self.config = dbnet_config(recipe.architecture)
        super().__init__(recipe, folder, progress=Progress(), start_from=start_from)

    def _build(self) -> keras.Model:
        return build_dbnet(self.config)

    def _begin_with(self, bundle: Bundle) -> None:
        small = dbnet_config(bundle.architecture)
        if small == self.config or not can_grow(small, self.config):
            super()._begin_with(bundle)
            return
        narrower = build_dbnet(small)
        narrower.set_weights(load_weights(bundle))
        grow_weights(narrower, self.model)
        log.info("grown out of %s", small)

    def _lesson(self) -> Lesson:
        """The losses of the maps, which Dice looks at together, and of the turn."""
        loss_of_maps = maps_loss(self.config.subpixels**2)

        def loss(truth: Sequence[Any], outputs: Sequence[Any]) -> Any:
            shrink, threshold, turn = outputs
            maps = ops.concatenate([ops.cast(shrink, "float32"), ops.cast(threshold, "float32")], axis=-1)
            return loss_of_maps(truth[0], maps) + self.recipe.turn_weight * turn_loss(truth[1], turn)

        # XLA runs depthwise convolutions slowly on a processor, and takes minutes to compile them.
        return Lesson(self.model, loss, jit_compile=keras.backend.backend() == "jax")

    def _open(self) -> tuple[CropInputs, Sequence[OpenSet]]:
        train = [(pages, open_pages(pages)) for pages in self.recipe.train]
        validation = [(pages, open_pages(pages)) for pages in self.recipe.validation]
        return CropInputs(self.recipe, train, subpixels=self.config.subpixels), validation

    def _measure(self, held: OpenSet) -> tuple[str, float]:
        pages, source = held
        return pages.label, measure_pages(self.detector(), source).h_mean

    def detector(self) -> DBNetDetector:
        """Detects with the model as it stands."""

        def look(pixels: np.ndarray) -> np.ndarray:
            return np.asarray(self.engine.predict(pixels)[0])

        return DBNetDetector("training", look, reading_settings(self.config, self.recipe))


def measure_pages(detector: Detector, source: PageSource) -> DetectionScore:
    """Find the lines of all pages of a source and compare them with the true ones."""
    total = DetectionScore()
    for number in range(len(source)):
        page = source[number]
        found = detector.detect(page.rgb).quads
        total += match_detections(page.quads, found, ignored_quads=page.ignored, partial=page.partial)
    return total

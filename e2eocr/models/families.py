"""The families of models: what a bundle's family brings along, from its config to its exporter.

Adding one takes a row here, and a module with its parts in `detectors` or `recognizers`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from e2eocr.errors import BundleError, OCRError

Kind = Literal["detector", "recognizer", "sorter"]


class RecognizerConfig(Protocol):
    """What the configs of all families of recognizers tell."""

    @property
    def classes(self) -> int:
        """Output classes, the blank included."""
        ...

    @property
    def height(self) -> int:
        """Height of the input in pixels."""
        ...

    @property
    def time_stride(self) -> int:
        """Input pixels per output step."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which `from_dict` takes."""
        ...


@dataclass(frozen=True, slots=True)
class Family:
    """One architecture. Its parts are given as `module:name`, and loaded when asked for: reading loads no training.

    Attributes:
        kind: What its models do.
        reader: Class of what reads. A recognizer's is made of name, model, charset, settings and prior, a detector's
            and a sorter's of name, model and settings, or of nothing where the family needs no bundle.
        description: What it does, of a family that needs no bundle and is named like one; else empty.
        settings: Frozen dataclass of what its reader needs, as `runtime` of a bundle gives it.
        config: Frozen dataclass of what rebuilds the graph, with `from_dict` and `to_dict`.
        graph: Makes the Keras graph of a config.
        reading: Makes of that graph the part that reading runs, where that is not all of it.
        runner: Makes of the graph in training and its config what its reader runs, where that is not the graph.
        opener: Makes of a bundle, on some threads, what its reader runs, where that is not one model.
        inputs: What a recognizer's training sees of lines.
        growth: Makes weights for a wider graph of those of a narrower one, where that can be.
        loss: Of a batch's labels and the outputs of the graph, on any backend of Keras.
        torch_loss: The same by PyTorch, where that is faster.
        torch_distilled_loss: The same beside what a teacher says, where a model can be taught by another one.
        exporter: Makes a bundle of a training run's folder.
        takes_prior: Whether its reader asks a character prior.
    """

    kind: Kind
    reader: str
    description: str = ""
    settings: str = ""
    config: str = ""
    graph: str = ""
    reading: str = ""
    runner: str = ""
    opener: str = ""
    inputs: str = "e2eocr.training.recognizer.inputs:LineInputs"
    growth: str = ""
    loss: str = ""
    torch_loss: str = ""
    torch_distilled_loss: str = ""
    exporter: str = ""
    takes_prior: bool = False

    @property
    def needs_bundle(self) -> bool:
        return not self.description

    def load(self, part: str) -> Any:
        """Import one of the parts, by the name of its attribute.

        Raises:
            ValueError: If the family has no such part.
        """
        place = getattr(self, part)
        if not place:
            raise ValueError(f"Invalid `part`. Expected one that the family has. Received: {part!r}, of {self}")
        module, _, name = place.partition(":")
        return getattr(importlib.import_module(module), name)


FAMILIES: dict[str, Family] = {
    "crnn": Family(
        kind="recognizer",
        reader="recognizers.ctc.reader:CTCReader",
        settings="recognizers.ctc.reader:CTCSettings",
        config="recognizers.crnn:CRNNConfig",
        graph="recognizers.crnn:build_crnn",
        growth="e2eocr.training.recognizer.growth:grow_weights",
        loss="e2eocr.training.recognizer.losses:ctc_loss",
        torch_loss="e2eocr.training.engine.torch_ctc:ctc_loss",
        torch_distilled_loss="e2eocr.training.engine.torch_distillation:distilled_loss",
        exporter="e2eocr.export.recognizer:export_run",
        takes_prior=True,
    ),
    "dbnet": Family(
        kind="detector",
        reader="detectors.dbnet.reader:DBNetDetector",
        settings="detectors.dbnet.reader:DBNetSettings",
        config="detectors.dbnet.graph:DBNetConfig",
        graph="detectors.dbnet.graph:build_dbnet",
        reading="detectors.dbnet.graph:reading_graph",
        exporter="e2eocr.export.detector:export_detector",
    ),
    "projection": Family(
        kind="detector",
        reader="detectors.projection.detector:ProjectionDetector",
        description="threshold, components, lines; needs no training",
    ),
    "sorter": Family(
        kind="sorter",
        reader="recognizers.sorter.reader:SorterReader",
        settings="recognizers.sorter.reader:SorterSettings",
        config="recognizers.sorter.graph:SorterConfig",
        graph="recognizers.sorter.graph:build_sorter",
        exporter="e2eocr.export.sorter:export_sorter",
    ),
    "vit-decoder": Family(
        kind="recognizer",
        reader="recognizers.vit_decoder.reader:WritingReader",
        settings="recognizers.readings:ReaderSettings",
        config="recognizers.vit_decoder.graph:ViTDecoderConfig",
        graph="recognizers.vit_decoder.graph:build_vit_decoder",
        runner="e2eocr.models.stepwise:KerasSteps",
        opener="e2eocr.models.stepwise:open_steps",
        inputs="e2eocr.training.recognizer.inputs:TeacherInputs",
        loss="e2eocr.training.recognizer.losses:teacher_loss",
        torch_loss="e2eocr.training.engine.torch_teacher:teacher_loss",
        exporter="e2eocr.export.vit_decoder:export_run",
    ),
    "whole-image": Family(
        kind="detector",
        reader="detectors.whole_image:WholeImageDetector",
        description="each picture is one line, already cut",
    ),
}


def find_family(name: str, kind: Kind, owner: str, error: type[OCRError] = BundleError) -> Family:
    """The family of a bundle or recipe.

    Args:
        name: Of the family.
        kind: What its models must do.
        owner: What is of this family, for the message.
        error: Class of the error, where it is not one.

    Raises:
        OCRError: If it is unknown, of another kind, or one that needs no bundle; the message lists those that are.
    """
    family = FAMILIES.get(name)
    if family is None or family.kind != kind or not family.needs_bundle:
        known = sorted(key for key, each in FAMILIES.items() if each.kind == kind and each.needs_bundle)
        raise error(
            f"{owner} is of the family {name!r}. This version knows these of {kind}s: {', '.join(known)}. "
            "Choose another, or a newer version of e2eocr."
        )
    return family


def built_in(kind: str) -> dict[str, Family]:
    """The families of a kind that need no bundle, by name."""
    return {name: family for name, family in FAMILIES.items() if family.kind == kind and not family.needs_bundle}

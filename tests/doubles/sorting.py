"""A sorter that goes by the grey of a crop's first pixel, and recognizers that read their own name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from e2eocr.models.choice import Candidate
from e2eocr.models.saving import settings_values, write_manifest
from recognizers.base import LineKind, LineText, ScriptGroup
from recognizers.sorter.reader import SorterSettings

ALPHABETS = ("Latn", "Cyrl", "Grek")
GROUPS: tuple[ScriptGroup, ...] = (
    ScriptGroup("plain", ("Latn",), everywhere=True),
    ScriptGroup("alphabetic", ALPHABETS),
    ScriptGroup("han", ("Hani", "Hira", "Kana", "Hang")),
    ScriptGroup("tibetan", ("Tibt",)),
)
PLAIN, ALPHABETIC, HAN, TIBETAN = range(len(GROUPS))


def line(group: int, *, sureness: float = 1.0, second: int = HAN, width: int = 200) -> np.ndarray:
    """A crop that the sorter takes for one of a group, so sure, with another as the second likeliest."""
    crop = np.full((20, width), 255, np.uint8)
    crop[0, :3] = group, round(100 * sureness), second
    return crop


class GreySorter:
    """Reads off a crop what `line` put there."""

    name = "grey-sorter"
    groups: tuple[ScriptGroup, ...] = GROUPS

    def sort(self, crops: Sequence[np.ndarray]) -> list[LineKind]:
        return [self._kind(crop) for crop in crops]

    def _kind(self, crop: np.ndarray) -> LineKind:
        group, sureness, second = (*crop[:1, :3].ravel().tolist(), 255, 255, 255)[:3]
        if max(group, second) >= len(GROUPS) or not 50 <= sureness <= 100:
            return LineKind(())
        if group == second:
            return LineKind(((GROUPS[group].name, 1.0),))
        return LineKind(((GROUPS[group].name, sureness / 100), (GROUPS[second].name, 1 - sureness / 100)))


class NamedRecognizer:
    """Reads its own name on every line, with one confidence, and counts the lines it was given."""

    def __init__(self, name: str, confidence: float) -> None:
        self.name, self._confidence, self.lines = name, confidence, 0

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        self.lines += len(crops)
        return [LineText(self.name, self._confidence) for _ in crops]


class Shelf:
    """Recognizers that are loaded when they are asked for, and what has been loaded so far."""

    def __init__(self, **confidences: float) -> None:
        self.loaded: dict[str, NamedRecognizer] = {}
        self._confidences = confidences

    def candidate(self, name: str, *scripts: str) -> Candidate:
        def load() -> NamedRecognizer:
            assert name not in self.loaded, "loaded twice"
            self.loaded[name] = NamedRecognizer(name, self._confidences.get(name, 0.9))
            return self.loaded[name]

        return Candidate(name, scripts, load)


def write_sorter_bundle(folder: Path, *, groups: Sequence[ScriptGroup] = GROUPS) -> Path:
    """A bundle of a sorter that takes every line for one of the first group; returns its folder."""
    from onnx import TensorProto, helper, numpy_helper, save

    folder.mkdir(parents=True)
    logits = np.zeros((1, len(groups) + 1), np.float32)
    logits[0, 0], logits[0, -1] = 8.0, -8.0
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2], keepdims=0),  # (B, 1)
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "told"], ["logits"]),  # (B, groups + 1)
    ]
    graph = helper.make_graph(
        nodes,
        "sorter",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 32, "W", 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", len(groups) + 1])],
        [numpy_helper.from_array(logits, "told"), numpy_helper.from_array(np.zeros(1, np.float32), "zero")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9  # what the oldest ONNX Runtime that we allow reads
    save(model, folder / "model.onnx")
    write_manifest(
        folder,
        name=folder.name,
        kind="sorter",
        family="sorter",
        description="takes all lines for one kind",
        runtime=settings_values(SorterSettings(tuple(groups)), "model.onnx"),
        architecture={"groups": len(groups)},
    )
    return folder

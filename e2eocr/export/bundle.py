"""A bundle as it is written: the model files made beside each other, the better one and its figures put together."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from e2eocr.export.onnx_models import Batch, check_parity, export_onnx, quantize_onnx
from e2eocr.files import fill_folder
from e2eocr.models.backends import ONNXModel
from e2eocr.models.bundles import WEIGHTS, is_bundle
from e2eocr.models.families import Kind
from e2eocr.models.saving import settings_values, write_manifest

MODEL = "model.onnx"
LICENCE = "Apache-2.0"
FLOAT, INT8 = "float", "int8"


@contextmanager
def fill_bundle(out: Path) -> Iterator[tuple[Path, Path]]:
    """A folder to work in and an empty one for a bundle, which takes the place of `out` once the block has ended well.

    Raises:
        UsageError: If `out` is there and is no bundle.
        OutputError: If it cannot be written.
    """
    with fill_folder(out, is_bundle, "bundle") as bundle, tempfile.TemporaryDirectory() as work:
        yield Path(work), bundle


def make_models(
    exported: keras.Model,
    reference: keras.Model,
    batches: Sequence[Batch],
    work: Path,
    probability: Callable[[np.ndarray], np.ndarray],
) -> dict[str, Path]:
    """The float and the int8 ONNX model of a graph, by what they are.

    Args:
        exported: The graph to write.
        reference: The graph that it must compute as.
        batches: What both are given, the first few of them, and what the int8 ranges are taken from.
        work: Where the files go.
        probability: What makes probabilities of the graph's logits.

    Raises:
        BundleError: If the float model does not compute what the reference does.
    """
    models = {kind: work / f"{kind}.onnx" for kind in (FLOAT, INT8)}
    export_onnx(exported, models[FLOAT])
    check_parity(reference, ONNXModel(models[FLOAT]), batches[:4], probability)
    quantize_onnx(models[FLOAT], models[INT8], batches)
    return models


@dataclass(frozen=True, slots=True)
class Shipped:
    """What a bundle says of itself.

    Attributes:
        name: The bundle's name.
        kind: What its model does.
        family: The architecture's.
        config: What rebuilds the graph; it has `to_dict`.
        settings: What its reader needs; a dataclass.
        facts: More for the manifest: description, licence, what it was trained on.
    """

    name: str
    kind: Kind
    family: str
    config: Any
    settings: Any
    facts: Mapping[str, Any]


def write_bundle(folder: Path, model: keras.Model, chosen: str, measured: Mapping[str, Any], shipped: Shipped) -> None:
    """Write what goes into a bundle beside its model file.

    Args:
        folder: The bundle, with its model file.
        model: The graph whose weights it keeps, as float16.
        chosen: Which model it ships, a key of `measured`.
        measured: The figures of each model, dataclasses.
        shipped: What it says of itself.
    """
    weights: dict[str, Any] = {
        f"w{number:03d}": each.astype(np.float16) for number, each in enumerate(model.get_weights())
    }
    np.savez_compressed(folder / WEIGHTS, **weights)
    figures = {"shipped": chosen, **{kind: asdict(each) for kind, each in measured.items()}}
    (folder / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    write_manifest(
        folder,
        name=shipped.name,
        kind=shipped.kind,
        family=shipped.family,
        **shipped.facts,
        runtime=settings_values(shipped.settings, MODEL),
        architecture=shipped.config.to_dict(),
    )


def ship(models: Mapping[str, Path], chosen: str, bundle: Path) -> Path:
    """Put the chosen model file, or the files of its folder, into a bundle; the place there."""
    if models[chosen].is_dir():
        return Path(shutil.copytree(models[chosen], bundle, dirs_exist_ok=True))
    return Path(shutil.copy(models[chosen], bundle / MODEL))

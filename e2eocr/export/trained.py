"""A trained model to export to formats of others: its graph with its weights, and what reading with it needs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from e2eocr.errors import UsageError
from e2eocr.export.tensorflow_upsampling import TensorFlowUpSampling2D
from e2eocr.models.bundles import CHARSET, PRIOR, Bundle, find_bundle, is_bundle, list_bundles, read_bundle
from e2eocr.models.families import Family, Kind
from e2eocr.models.graphs import in_float32, load_graph
from e2eocr.models.parts import bundle_family, load_charset, load_settings
from e2eocr.models.saving import write_manifest
from e2eocr.training.recognizer.loop import reading_settings, recipe_family, recognizer_config, run_charset
from e2eocr.training.recognizer.recipe import Recipe
from e2eocr.training.run.folder import RECOGNIZER, load_run_recipe, run_kind
from recognizers.charset import Charset

FORMAT = "e2eocr-export/1"
SIGNATURE = "serving_default"
MANIFEST = "export.json"
_TOLD = ("description", "licence", "trained_on")
_PICTURES: dict[Kind, dict[str, Any]] = {
    "detector": {"paper": 1.0, "ink": -1.0, "side_multiple": 32, "padding": "edge", "padding_side": "right, bottom"},
    "recognizer": {"paper": 0.0, "ink": 1.0, "padding": 0.0, "padding_side": "right"},
    "sorter": {"paper": 0.0, "ink": 1.0, "padding": 0.0, "padding_side": "right"},
}
_SHAPES: dict[Kind, tuple[tuple[Any, ...], tuple[str, ...]]] = {  # of what is taken and given
    "detector": (("pages", "height", "width", 1), ("pages", "height / 4", "width / 4", "places")),
    "recognizer": (("lines", "height", "width", 1), ("lines", "steps", "classes")),
    "sorter": (("lines", "height", "width", 1), ("lines", "groups, then upside down")),
}


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model's graph with its weights, and what reading with it needs.

    Attributes:
        name: What results call it.
        model: `(B, H, W, 1)` float32 -> logits float32, as the readers of its family take them.
        settings: How pictures are prepared, and what comes out is understood.
        charset: The characters of a recognizer's classes; None of others.
        facts: Description, licence, what it was trained on, as far as they are known.
        kind: What it does.
        family: The architecture's.
        architecture: What rebuilds the graph, as plain values.
        prior: The file of a recognizer's character prior, where it has one.
    """

    name: str
    model: keras.Model
    settings: Any
    charset: Charset | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    kind: Kind = "recognizer"
    family: str = "crnn"
    architecture: Mapping[str, Any] = field(default_factory=dict)
    prior: Path | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """Pictures that a graph and its export are compared on, `(B, H, W, 1)` float32."""

    pixels: np.ndarray


def load_trained(name_or_path: str) -> TrainedModel:
    """Load a recognizer from the folder of its training run, or any model from its bundle by name or path.

    Raises:
        UsageError: If it is the run of another model than a recognizer, or one that is not whole, or of a family whose
            reader runs more than one model.
        BundleError: If there is no such bundle, or its graph cannot be rebuilt.
    """
    path = Path(name_or_path)
    if not (path / "checkpoint").is_dir():
        bundle = _find_any(name_or_path)
        _check_family(name_or_path, bundle_family(bundle))
        return _load_bundle(bundle)
    if run_kind(path) != RECOGNIZER:
        raise UsageError(f"{path} is the run of a {run_kind(path)}. Make a bundle of it first, and this of the bundle.")
    _check_family(name_or_path, recipe_family(load_run_recipe(path, Recipe)))
    return _load_run(path)


def _check_family(name: str, family: Family) -> None:
    if family.opener:
        raise UsageError(
            f"{name} writes its lines by two models, which other formats do not take. Make a bundle of it."
        )


def write_beside(folder: Path, trained: TrainedModel, more: Mapping[str, Any]) -> None:
    """Write `export.json` and a recognizer's `charset.txt`: they tell programs without e2eocr how to use the model.

    Args:
        folder: Of the export.
        trained: What was exported.
        more: Further facts for `export.json`.
    """
    if trained.charset is not None:
        trained.charset.save(folder / CHARSET)
    manifest = {"format": FORMAT, trained.kind: trained.name, **trained.facts, **more, **_describe(trained)}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def make_bundle(folder: Path, name: str, trained: TrainedModel, models: Mapping[str, str]) -> None:
    """Make a bundle of a folder with model files.

    Args:
        folder: The folder.
        name: The bundle's.
        trained: What the models were made of.
        models: Names of the files, by the keys of `runtime` that tell them.
    """
    if trained.charset is not None:
        trained.charset.save(folder / CHARSET)
    with_prior = {} if trained.prior is None else {"prior": str(Path(shutil.copy(trained.prior, folder / PRIOR)).name)}
    write_manifest(
        folder,
        name=name,
        kind=trained.kind,
        family=trained.family,
        **trained.facts,
        runtime={**models, **with_prior, **asdict(trained.settings)},
        architecture=dict(trained.architecture),
    )


def is_export(path: Path) -> bool:
    """Whether a folder is an export that these functions made."""
    return (path / MANIFEST).is_file()


def make_probes(trained: TrainedModel, width: int) -> list[Probe]:
    """Noise on paper of a width, in pixels: over all of a picture, and with padding at its right."""
    rng = np.random.default_rng(1)
    is_page = trained.kind == "detector"
    shape = (1, 256, width, 1) if is_page else (3, trained.settings.height, width, 1)
    ink = rng.random(shape, np.float32) ** 4
    pixels = 1 - 2 * ink if is_page else ink
    padded = pixels.copy()
    padded[:, :, width // 2 :] = _PICTURES[trained.kind]["paper"]
    return [Probe(pixels), Probe(padded)]


@in_float32()
def _load_run(run: Path) -> TrainedModel:
    recipe = load_run_recipe(run, Recipe)
    charset = run_charset(run, recipe)
    family, config = recipe_family(recipe), recognizer_config(recipe, charset)
    model = family.load("graph")(config)
    model.load_weights(run / "checkpoint" / "average.weights.h5")
    settings = reading_settings(recipe, config)
    name = run.resolve().name
    return TrainedModel(name, model, settings, charset, family=recipe.family, architecture=config.to_dict())


def _load_bundle(bundle: Bundle) -> TrainedModel:
    # TensorFlow makes one operation of this layer, where Keras' own becomes a dozen.
    layers = {"upsampling": TensorFlowUpSampling2D} if bundle.family == "dbnet" else {}
    return TrainedModel(
        bundle.identity,
        load_graph(bundle, **layers),
        load_settings(bundle),
        load_charset(bundle) if bundle.kind == "recognizer" else None,
        {key: bundle.manifest[key] for key in _TOLD if key in bundle.manifest},
        bundle.kind,
        bundle.family,
        bundle.architecture,
        bundle.path / bundle.runtime["prior"] if "prior" in bundle.runtime else None,
    )


def _find_any(name_or_path: str) -> Bundle:
    """The bundle of any kind: of a folder, or one that ships."""
    path = Path(name_or_path)
    if is_bundle(path):
        return read_bundle(path)
    shipped = {info.name: info.path for info in list_bundles() if info.path is not None}
    return read_bundle(shipped[name_or_path]) if name_or_path in shipped else find_bundle(name_or_path, "recognizer")


def _describe(trained: TrainedModel) -> dict[str, Any]:
    """The signature of an export, how pictures are made for it, and how what it gives is understood."""
    taken, given = _SHAPES[trained.kind]
    height = {} if trained.kind == "detector" else {"height": trained.settings.height}
    return {
        "signature": {
            "name": SIGNATURE,
            "input": {"name": "image", "dtype": "float32", "shape": [height.get(each, each) for each in taken]},
            "output": {"name": "logits", "dtype": "float32", "shape": [_counted(each, trained) for each in given]},
        },
        "picture": {**height, **_PICTURES[trained.kind]},
        "decoding": _decoding(trained),
    }


def _counted(axis: str, trained: TrainedModel) -> str | int:
    return len(trained.charset) if axis == "classes" and trained.charset is not None else axis


def _decoding(trained: TrainedModel) -> dict[str, Any]:
    settings = trained.settings
    if trained.kind == "recognizer":
        return {"pixels_per_step": settings.time_stride, "blank": 0, "first_character": 1, "charset": CHARSET}
    if trained.kind == "sorter":
        return {"groups": [group.name for group in settings.groups]}
    return {"pixels_per_cell": 4, "places_along_a_cell": settings.subpixels, **asdict(settings.components)}

"""Model bundles: folders that explain themselves. Load one by name or by path, list and write them.

A bundle holds `bundle.json` (kind, family, what reading needs, what rebuilds the graph, licence, what it was
trained on, a checksum of each file), `charset.txt`, the model files and `metrics.json`.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import detectors
import recognizers
from e2eocr import __version__
from e2eocr.errors import BundleError
from e2eocr.results import Engine
from e2eocr.settings import ReadSettings

if TYPE_CHECKING:
    from detectors.base import Detector
    from detectors.dbnet.reader import DBNetSettings
    from recognizers.base import Recognizer
    from recognizers.charset import Charset
    from recognizers.ctc.prior import CharacterModel, CharacterPrior
    from recognizers.ctc.reader import ReaderSettings

FORMAT = "e2eocr-bundle/1"
WEIGHTS = "weights.npz"
CHARSET = "charset.txt"
PRIOR = "prior.npz"
_MANIFEST = "bundle.json"


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """One model that can be named: a bundle's folder, or a detector that needs none."""

    name: str
    kind: str
    description: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was read and checked.

    Attributes:
        path: Its folder.
        name: Its name, and what results call it: the name and the first digits of its manifest's checksum.
        kind: `detector` or `recognizer`.
        family: The architecture's family, such as `crnn`.
        runtime: All that reading needs; `model` names the file, and `prior` that of a character prior, if any.
        architecture: What rebuilds the graph.
        manifest: All of `bundle.json`.
    """

    path: Path
    name: str
    kind: str
    family: str
    runtime: dict[str, Any]
    architecture: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def identity(self) -> str:
        """The name with a checksum: other weights under the same name are told apart."""
        return f"{self.name}@{_digest(self.path / _MANIFEST)[:8]}"

    @property
    def model_path(self) -> Path:
        return self.path / self.runtime["model"]


def _projection() -> Detector:
    from detectors.projection.detector import ProjectionDetector

    return ProjectionDetector()


def _whole_image() -> Detector:
    from detectors.whole_image import WholeImageDetector

    return WholeImageDetector()


_BUILT_IN: dict[str, tuple[Callable[[], Detector], str]] = {
    "projection": (_projection, "threshold, components, lines; needs no training"),
    "whole-image": (_whole_image, "each picture is one line, already cut"),
}
_HOMES = {"detector": detectors, "recognizer": recognizers}


def list_bundles() -> list[BundleInfo]:
    """Every model that can be named, detectors first, in order of names."""
    built_in = [BundleInfo(name, "detector", description) for name, (_, description) in _BUILT_IN.items()]
    shipped = [
        BundleInfo(path.name, kind, read_bundle(path).manifest.get("description", ""), path)
        for kind in _HOMES
        for path in _shipped(kind)
    ]
    return sorted([*built_in, *shipped], key=lambda info: (info.kind, info.name))


def load_detector(name_or_path: str, *, threads: int = 1) -> Detector:
    """Load a detector that needs no bundle, a shipped bundle by name, or the bundle of a folder by its path.

    Raises:
        BundleError: If it is unknown, incomplete, changed or of another kind; the message lists the known ones.
    """
    from e2eocr.models.backends import ONNXModel

    if name_or_path in _BUILT_IN:
        return _BUILT_IN[name_or_path][0]()
    bundle = find_bundle(name_or_path, "detector")
    if bundle.family != "dbnet":
        raise BundleError(f"{bundle.path} is of the family {bundle.family!r}; this version reads 'dbnet'.")

    from detectors.dbnet.reader import DBNetDetector

    model = ONNXModel(bundle.model_path, threads=threads)
    return DBNetDetector(bundle.identity, model, detector_settings(bundle))


def detector_settings(bundle: Bundle) -> DBNetSettings:
    """The `DBNetSettings` of a detector's bundle.

    Raises:
        BundleError: If a key is missing or unknown, or a value cannot be.
    """
    from detectors.dbnet.postprocess import ComponentSettings
    from detectors.dbnet.reader import DBNetSettings

    values = {key: value for key, value in bundle.runtime.items() if key != "model"}
    try:
        return DBNetSettings(**values | {"components": ComponentSettings(**values.get("components", {}))})
    except (TypeError, ValueError) as error:
        raise BundleError(f"{bundle.path}: `runtime` cannot be used: {error}. Install the bundle again.") from error


def load_recognizer(name_or_path: str, *, threads: int = 1) -> Recognizer:
    """Load a recognizer by the name of a shipped bundle or the path of a folder.

    Raises:
        BundleError: If it is unknown, incomplete, changed or of another kind.
    """
    from e2eocr.models.backends import ONNXModel
    from recognizers.ctc.reader import CTCReader

    bundle = find_bundle(name_or_path, "recognizer")
    charset, settings = load_charset(bundle), reader_settings(bundle)
    classes = bundle.architecture.get("classes", len(charset))
    if classes != len(charset):
        raise BundleError(
            f"{bundle.path}: the model has {classes} classes, {CHARSET} {len(charset)}. Install it again."
        )
    model = ONNXModel(bundle.model_path, threads=threads)
    return CTCReader(bundle.identity, model, charset, settings, load_prior(bundle, charset))


def load_charset(bundle: Bundle) -> Charset:
    """The characters of a recognizer's bundle.

    Raises:
        BundleError: If it has none.
    """
    from recognizers.charset import Charset

    try:
        return Charset.load(bundle.path / CHARSET)
    except (OSError, ValueError) as error:
        raise BundleError(f"{bundle.path / CHARSET} cannot be used: {error}. Install the bundle again.") from error


def load_prior(bundle: Bundle, charset: Charset) -> CharacterPrior | None:
    """The character prior of a recognizer's bundle; None where it has none.

    Raises:
        BundleError: If it has one that cannot be used.
    """
    if "prior" not in bundle.runtime:
        return None

    from recognizers.ctc.prior import CharacterModel, CharacterPrior

    path = bundle.path / bundle.runtime["prior"]
    try:
        return CharacterPrior(CharacterModel.load(path), charset.characters)
    except (OSError, ValueError, KeyError) as error:
        raise BundleError(f"{path} cannot be used: {error}. Install the bundle again.") from error


def put_prior(bundle: Bundle, prior: CharacterModel) -> None:
    """Put a character prior into a recognizer's bundle, in the place of one that is there.

    Raises:
        BundleError: If it is a detector's.
    """
    if bundle.kind != "recognizer":
        raise BundleError(
            f"{bundle.path} is a {bundle.kind}: only recognizers have a prior. Name a recognizer's bundle."
        )
    prior.save(bundle.path / PRIOR)
    facts = {key: value for key, value in bundle.manifest.items() if key not in ("format", "files")}
    write_manifest(bundle.path, **facts | {"runtime": bundle.runtime | {"prior": PRIOR}})


def reader_settings(bundle: Bundle) -> ReaderSettings:
    """The `ReaderSettings` of a recognizer's bundle.

    Raises:
        BundleError: If a key is missing or unknown.
    """
    from recognizers.ctc.reader import ReaderSettings

    values = {key: value for key, value in bundle.runtime.items() if key not in ("model", "prior")}
    try:
        return ReaderSettings(**values | {"calibration": tuple(values.get("calibration", (1.0, 0.0)))})
    except TypeError as error:
        raise BundleError(f"{bundle.path}: `runtime` cannot be used: {error}. Install the bundle again.") from error


def identify_engine(settings: ReadSettings) -> Engine:
    """What would read a document under these settings, without loading any model.

    Raises:
        BundleError: If a model is unknown, incomplete, changed or of another kind.
    """
    detector = settings.detector
    if detector not in _BUILT_IN:
        detector = find_bundle(detector, "detector").identity
    recognizer = find_bundle(settings.recognizer, "recognizer").identity
    return Engine(__version__, detector, (recognizer,), settings.fingerprint_fields())


def find_bundle(name_or_path: str, kind: str) -> Bundle:
    """Find a shipped bundle by name, or one anywhere by the path of its folder.

    Raises:
        BundleError: If there is none, or it is not a whole bundle of this kind.
    """
    shipped = {path.name: path for path in _shipped(kind)}
    path = shipped.get(name_or_path, Path(name_or_path))
    if not is_bundle(path):
        raise BundleError(_unknown(kind, name_or_path))
    bundle = read_bundle(path)
    if bundle.kind != kind:
        raise BundleError(f"{path} is a {bundle.kind}, not a {kind}: name it with --{bundle.kind}.")
    return bundle


def is_bundle(path: Path) -> bool:
    """Whether a folder calls itself a bundle."""
    return (path / _MANIFEST).is_file()


def read_bundle(path: Path) -> Bundle:
    """Read a bundle's manifest and check that its files are there and unchanged.

    Raises:
        BundleError: If it is not whole; the message names the file.
    """
    try:
        manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT:
            raise BundleError(f"{path} has format {manifest.get('format')!r}; this version reads {FORMAT!r}.")
        runtime = manifest["runtime"]
        _check_files(path, manifest["files"], {"prior": runtime.get("prior"), "model": runtime["model"]})
        return Bundle(
            path=path,
            name=manifest["name"],
            kind=manifest["kind"],
            family=manifest["family"],
            runtime=manifest["runtime"],
            architecture=manifest["architecture"],
            manifest=manifest,
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise BundleError(
            f"{path / _MANIFEST} does not tell of a whole bundle: {error!r}. Install it again."
        ) from error


def _check_files(path: Path, files: dict[str, str], needed: dict[str, str | None]) -> None:
    """Check that the files are those the bundle was made with, and that those that reading needs are among them."""
    for kind, name in needed.items():
        if name is not None and name not in files:
            raise BundleError(
                f"{path / _MANIFEST} names the {kind} {name!r}, which is not among its files. Install it again."
            )
    for name, digest in files.items():
        if not (path / name).is_file():
            raise BundleError(f"{path / name} is missing. Install the bundle again.")
        if _digest(path / name) != digest:
            raise BundleError(f"{path / name} is not the file the bundle was made with. Install the bundle again.")


def load_weights(bundle: Bundle) -> list[np.ndarray]:
    """The weights of a bundle's Keras graph, float32, in the order of `keras.Model.get_weights`.

    Raises:
        BundleError: If the bundle carries none.
    """
    path = bundle.path / WEIGHTS
    if not path.is_file():
        raise BundleError(f"{bundle.path} holds no {WEIGHTS}: only its exported model can be run.")
    with np.load(path) as weights:
        return [weights[key].astype(np.float32) for key in sorted(weights)]


def write_manifest(path: Path, **values: Any) -> None:
    """Write `bundle.json` over the files of a folder, with a checksum of each."""
    files = {file.name: _digest(file) for file in sorted(path.iterdir()) if file.name != _MANIFEST}
    manifest = {"format": FORMAT, **values, "files": files}
    (path / _MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def settings_values(settings: Any, model: str) -> dict[str, Any]:
    """The `runtime` table of a bundle from its reader's settings and the name of its model file."""
    return {"model": model, **asdict(settings)}


def _shipped(kind: str) -> Iterator[Path]:
    home = Path(_HOMES[kind].__file__ or "").parent / "bundles"
    return iter(sorted(path for path in home.glob("*") if is_bundle(path)))


def _unknown(kind: str, name: str) -> str:
    known = [path.name for path in _shipped(kind)] + (list(_BUILT_IN) if kind == "detector" else [])
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"Did you mean {near[0]!r}? " if near else ""
    return f"There is no {kind} {name!r}. {advice}Known: {', '.join(sorted(known)) or 'none'}, or the path of a bundle."


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

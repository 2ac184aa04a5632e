"""Model bundles: folders that explain themselves. Find one by name or by path, read and check it, list all.

A bundle holds `bundle.json` (kind, family, what reading needs, what rebuilds the graph, licence, what it was
trained on, a checksum of each file), `charset.txt`, the model files and `metrics.json`.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import detectors
import recognizers
from e2eocr.errors import BundleError
from e2eocr.models.families import Kind, built_in
from e2eocr.settings import LITERT, LITERT_INT8, ONNX

FORMAT = "e2eocr-bundle/1"
MANIFEST = "bundle.json"
WEIGHTS = "weights.npz"
CHARSET = "charset.txt"
PRIOR = "prior.npz"
MODEL_KEYS = {ONNX: "model", LITERT: "litert", LITERT_INT8: "litert_int8"}  # of `runtime`, for what a backend runs
RUNTIME_FILES = (*MODEL_KEYS.values(), "prior")  # keys that name files; all others are settings of the reader
_HOMES: dict[Kind, ModuleType] = {"detector": detectors, "recognizer": recognizers, "sorter": recognizers}


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """One model that can be named: a bundle's folder, or a family that needs none."""

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
        kind: `detector`, `recognizer` or `sorter`.
        family: The architecture's family, such as `crnn`.
        runtime: All that reading needs; `model` names the ONNX file, `litert` and `litert_int8` those for
            LiteRT, and `prior` that of a character prior, as far as they are there.
        architecture: What rebuilds the graph.
        manifest: All of `bundle.json`.
    """

    path: Path
    name: str
    kind: Kind
    family: str
    runtime: dict[str, Any]
    architecture: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def identity(self) -> str:
        """The name with a checksum: other weights under the same name are told apart."""
        return f"{self.name}@{digest(self.path / MANIFEST)[:8]}"

    @property
    def scripts(self) -> tuple[str, ...]:
        """ISO 15924 codes of the scripts that a recognizer is made for."""
        return tuple(self.runtime.get("scripts", ()))

    @property
    def model_path(self) -> Path:
        return self.path / self.runtime["model"]


def list_bundles() -> list[BundleInfo]:
    """Every model that can be named, detectors first, in order of names."""
    needing_none = [
        BundleInfo(name, kind, family.description) for kind in _HOMES for name, family in built_in(kind).items()
    ]
    shipped = [
        BundleInfo(path.name, kind, read_bundle(path).manifest.get("description", ""), path)
        for kind in _HOMES
        for path in _shipped(kind)
    ]
    return sorted([*needing_none, *shipped], key=lambda info: (info.kind, info.name))


def find_bundle(name_or_path: str, kind: Kind, home: Path | None = None) -> Bundle:
    """Find a bundle by its name in a folder of bundles, or one anywhere by the path of its folder.

    Args:
        name_or_path: Its name or folder.
        kind: What it must do.
        home: The folder of bundles; None for those that ship.

    Raises:
        BundleError: If there is none, or it is not a whole bundle of this kind.
    """
    named = {path.name: path for path in _shipped(kind, home)}
    path = named.get(name_or_path, Path(name_or_path))
    if not is_bundle(path):
        raise BundleError(_unknown(kind, name_or_path, home))
    bundle = read_bundle(path)
    if bundle.kind != kind:
        advice = "" if bundle.kind == "sorter" else f": name it with --{bundle.kind}"
        raise BundleError(f"{path} is a {bundle.kind}, not a {kind}{advice}.")
    return bundle


def is_bundle(path: Path) -> bool:
    """Whether a folder calls itself a bundle."""
    return (path / MANIFEST).is_file()


def read_bundle(path: Path) -> Bundle:
    """Read a bundle's manifest and check that its files are there and unchanged.

    Raises:
        BundleError: If it is not whole; the message names the file.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if manifest.get("format") != FORMAT:
            raise BundleError(f"{path} has format {manifest.get('format')!r}; this version reads {FORMAT!r}.")
        runtime = manifest["runtime"]
        if not any(key in runtime for key in MODEL_KEYS.values()):
            raise KeyError("model")
        _check_files(path, manifest["files"], {key: runtime[key] for key in RUNTIME_FILES if key in runtime})
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
        raise BundleError(f"{path / MANIFEST} does not tell of a whole bundle: {error!r}. Install it again.") from error


def _check_files(path: Path, files: dict[str, str], needed: dict[str, str]) -> None:
    """Check that the files are those the bundle was made with, and that those that reading needs are among them."""
    for kind, name in needed.items():
        if name not in files:
            raise BundleError(
                f"{path / MANIFEST} names the {kind} {name!r}, which is not among its files. Install it again."
            )
    for name, expected in files.items():
        if not (path / name).is_file():
            raise BundleError(f"{path / name} is missing. Install the bundle again.")
        if digest(path / name) != expected:
            raise BundleError(f"{path / name} is not the file the bundle was made with. Install the bundle again.")


def bundles_at(kind: Kind, home: Path | None = None) -> tuple[Bundle, ...]:
    """All bundles of a kind in a folder of them, or of those that ship where none is named, in order of names.

    Raises:
        BundleError: If one is not whole.
    """
    return tuple(read_bundle(path) for path in _shipped(kind, home))


def _shipped(kind: Kind, home: Path | None = None) -> Iterator[Path]:
    home = home or Path(_HOMES[kind].__file__ or "").parent / "bundles"
    return iter(sorted(path for path in home.glob("*") if is_bundle(path) and _may_be(path, kind)))


def _may_be(path: Path, kind: Kind) -> bool:
    """Whether a bundle's manifest tells this kind, or nothing at all: that is for reading to complain of."""
    try:
        return bool(json.loads((path / MANIFEST).read_text(encoding="utf-8"))["kind"] == kind)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _unknown(kind: Kind, name: str, home: Path | None) -> str:
    known = sorted([*(path.name for path in _shipped(kind, home)), *built_in(kind)])
    near = difflib.get_close_matches(name, known, n=1)
    advice = f"Did you mean {near[0]!r}? " if near else ""
    where = f" in {home}" if home else ""
    return f"There is no {kind} {name!r}{where}. {advice}Known: {', '.join(known) or 'none'}, or the path of a bundle."


def digest(path: Path) -> str:
    """The SHA-256 of a bundle's file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

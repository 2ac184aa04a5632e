"""From a bundle, by name or by path, to what reads with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from e2eocr.errors import BundleError
from e2eocr.models.bundles import CHARSET, find_bundle
from e2eocr.models.families import built_in
from e2eocr.models.parts import bundle_family, load_charset, load_prior, load_settings
from e2eocr.models.running import open_model
from e2eocr.settings import ONNX

if TYPE_CHECKING:
    from detectors.base import Detector
    from recognizers.base import LineSorter, Recognizer


def load_detector(name_or_path: str, *, threads: int = 1, backend: str = ONNX, home: Path | None = None) -> Detector:
    """Load a detector that needs no bundle, a bundle by name, or that of a folder by its path.

    Args:
        name_or_path: Its name or folder.
        threads: Threads that it may use.
        backend: What runs its model, one of `BACKENDS`.
        home: The folder of the bundles that have names; None for those that ship.

    Raises:
        BundleError: If it is unknown, incomplete, changed, of another kind, or has no model for the backend; the
            message lists the known ones, or tells how to make one.
        MissingDependencyError: If the backend is not installed.
    """
    needing_none = built_in("detector")
    if name_or_path in needing_none:
        return needing_none[name_or_path].load("reader")()
    bundle = find_bundle(name_or_path, "detector", home)
    reader, settings = bundle_family(bundle).load("reader"), load_settings(bundle)
    return reader(bundle.identity, open_model(bundle, backend, threads), settings)


def load_recognizer(name_or_path: str, *, threads: int = 1, backend: str = ONNX) -> Recognizer:
    """Load a recognizer by the name of a shipped bundle or the path of a folder; see `load_detector`.

    Raises:
        BundleError: If it is unknown, incomplete, changed, of another kind, of a family that is not known, or has no
            model for the backend.
        MissingDependencyError: If the backend is not installed.
    """
    bundle = find_bundle(name_or_path, "recognizer")
    family, charset, settings = bundle_family(bundle), load_charset(bundle), load_settings(bundle)
    classes = bundle.architecture.get("classes", len(charset))
    if classes != len(charset):
        raise BundleError(
            f"{bundle.path}: the model has {classes} classes, {CHARSET} {len(charset)}. Install it again."
        )
    model, prior = open_model(bundle, backend, threads), load_prior(bundle, charset)
    return family.load("reader")(bundle.identity, model, charset, settings, prior)


def load_sorter(name_or_path: str, *, threads: int = 1, backend: str = ONNX) -> LineSorter:
    """Load a line sorter by the name of a shipped bundle or the path of a folder; see `load_detector`.

    Raises:
        BundleError: If it is unknown, incomplete, changed, of another kind, or has no model for the backend.
        MissingDependencyError: If the backend is not installed.
    """
    bundle = find_bundle(name_or_path, "sorter")
    reader, settings = bundle_family(bundle).load("reader"), load_settings(bundle)
    return reader(bundle.identity, open_model(bundle, backend, threads), settings)

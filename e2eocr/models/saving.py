"""Writing bundles: the manifest over the files of a folder, and what is put into a bundle later."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2eocr.errors import BundleError
from e2eocr.models.bundles import FORMAT, MANIFEST, PRIOR, Bundle, digest
from e2eocr.models.families import find_family

if TYPE_CHECKING:
    from recognizers.ctc.prior import CharacterModel


def write_manifest(path: Path, **values: Any) -> None:
    """Write `bundle.json` over the files of a folder, with a checksum of each."""
    files = {file.name: digest(file) for file in sorted(path.iterdir()) if file.name != MANIFEST}
    manifest = {"format": FORMAT, **values, "files": files}
    (path / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def settings_values(settings: Any, model: str) -> dict[str, Any]:
    """The `runtime` table of a bundle from its reader's settings and the name of its ONNX model."""
    return {"model": model, **asdict(settings)}


def change_runtime(bundle: Bundle, **changes: Any) -> None:
    """Write a bundle's manifest anew, over its files as they are now, with changed keys of `runtime`."""
    facts = {key: value for key, value in bundle.manifest.items() if key not in ("format", "files")}
    write_manifest(bundle.path, **facts | {"runtime": bundle.runtime | changes})


def put_prior(bundle: Bundle, prior: CharacterModel) -> None:
    """Put a character prior into a recognizer's bundle, in the place of one that is there.

    Raises:
        BundleError: If it is a detector's, or of a family that has no use for one.
    """
    if bundle.kind != "recognizer":
        raise BundleError(
            f"{bundle.path} is a {bundle.kind}: only recognizers have a prior. Name a recognizer's bundle."
        )
    if not find_family(bundle.family, bundle.kind, str(bundle.path)).takes_prior:
        raise BundleError(f"{bundle.path} is of the family {bundle.family!r}, which asks no prior. Take it as it is.")
    prior.save(bundle.path / PRIOR)
    change_runtime(bundle, prior=PRIOR)

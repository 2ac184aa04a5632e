"""The parts of a bundle: its family, the settings of its reader, its characters, its prior, weights and config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from e2eocr.errors import BundleError, OCRError
from e2eocr.models.bundles import CHARSET, RUNTIME_FILES, WEIGHTS, Bundle
from e2eocr.models.families import Family, find_family
from e2eocr.settings import settings_from_mapping

if TYPE_CHECKING:
    from recognizers.charset import Charset
    from recognizers.ctc.prior import CharacterPrior

# What bundles that version 0.1 made call the settings of their detector.
_NAMES_OF_0_1 = {
    "least_score": "min_score",
    "most_lines": "max_lines",
    "most_pixels": "max_pixels",
    "lowest": "min_height",
    "highest": "max_height",
}


def bundle_family(bundle: Bundle) -> Family:
    """The family of a bundle.

    Raises:
        BundleError: If it is not known; the message lists those that are.
    """
    return find_family(bundle.family, bundle.kind, str(bundle.path))


def load_settings(bundle: Bundle) -> Any:
    """The settings of a bundle's reader: the dataclass that its family names.

    Raises:
        BundleError: If a key is missing or unknown, or a value cannot be.
    """
    kind = bundle_family(bundle).load("settings")
    values = _renamed({key: value for key, value in bundle.runtime.items() if key not in RUNTIME_FILES})
    try:
        return settings_from_mapping(kind, values, "in it")
    except (OCRError, TypeError, ValueError) as error:
        raise BundleError(f"{bundle.path}: `runtime` cannot be used: {error} Install the bundle again.") from error


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """Settings of a reader under the names of today, in tables too."""
    return {
        _NAMES_OF_0_1.get(key, key): _renamed(value) if isinstance(value, dict) else value
        for key, value in values.items()
    }


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


def load_config(bundle: Bundle) -> Any:
    """What rebuilds a bundle's graph: the dataclass that its family names.

    Raises:
        BundleError: If it has a key or value that the family's config cannot have.
    """
    try:
        return bundle_family(bundle).load("config").from_dict(bundle.architecture)
    except (TypeError, ValueError, KeyError) as error:
        raise BundleError(
            f"{bundle.path}: `architecture` cannot be used: {error}. Install the bundle again."
        ) from error

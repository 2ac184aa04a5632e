"""What reads under given settings, told without loading it."""

from __future__ import annotations

from e2eocr import __version__
from e2eocr.models.bundles import find_bundle
from e2eocr.models.families import built_in
from e2eocr.results import Engine
from e2eocr.settings import ReadSettings


def identify_engine(settings: ReadSettings) -> Engine:
    """What would read a document under these settings, without loading any model.

    Raises:
        BundleError: If a model is unknown, incomplete, changed or of another kind.
    """
    detector = settings.detector
    if detector not in built_in("detector"):
        detector = find_bundle(detector, "detector").identity
    recognizer = find_bundle(settings.recognizer, "recognizer").identity
    return Engine(__version__, detector, (recognizer,), settings.fingerprint_fields())

"""What reads under given settings, told without loading it."""

from __future__ import annotations

from e2eocr import __version__
from e2eocr.models.bundles import find_bundle
from e2eocr.models.families import built_in
from e2eocr.models.pool import find_pool
from e2eocr.models.running import check_backend
from e2eocr.results import Engine
from e2eocr.settings import ReadSettings


def identify_engine(settings: ReadSettings) -> Engine:
    """What may read documents under these settings, without loading any model.

    Where lines are given out among several recognizers it lists all of them: which of them a document needs is known
    when it is read. The settings then name them too, with what sorts the lines, so that two engines that could choose
    otherwise differ whatever they chose.

    Raises:
        OCRError: See `find_pool`; or if the detector is unknown, or has no model for the backend.
    """
    detector = settings.detector
    if detector not in built_in("detector"):
        bundle = find_bundle(detector, "detector", settings.models)
        check_backend(bundle, settings.backend)
        detector = bundle.identity
    pool, fields = find_pool(settings), settings.fingerprint_fields()
    if pool.sorter is not None:
        fields["sorter"] = pool.sorter.identity
        fields["recognizers"] = list(pool.names)
        fields["scripts"] = list(pool.scripts)
    return Engine(__version__, detector, pool.names, fields)

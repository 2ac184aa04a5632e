"""The recognizers that lines are given out among: one that is named, or with `auto` all that ship, by their scripts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from e2eocr.errors import BundleError, UsageError
from e2eocr.models.bundles import Bundle, bundles_at, find_bundle
from e2eocr.models.running import check_backend
from e2eocr.settings import ReadSettings
from recognizers.charset import script_code, script_names

AUTO = "auto"
ANY = "any"
_SCRIPT_OF_MOST = "Latn"  # where nothing sorts lines, a recognizer of this script reads them all


@dataclass(frozen=True, slots=True)
class Pool:
    """What may read the lines of a document.

    Attributes:
        recognizers: Bundles, in the order of their names; one where all lines are given to it.
        sorter: The bundle that tells which lines are for which; None where there is but one.
        scripts: ISO 15924 codes of the scripts that may occur; empty for any.
    """

    recognizers: tuple[Bundle, ...]
    sorter: Bundle | None = None
    scripts: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What results call the recognizers."""
        return tuple(bundle.identity for bundle in self.recognizers)


def find_pool(settings: ReadSettings) -> Pool:
    """What may read under these settings, without loading any model.

    With `auto` it is every recognizer that ships, or is in the folder of models, and knows one of the scripts asked
    for. Without a sorter beside them it is the first for Latin letters.

    Raises:
        BundleError: If a model is unknown, incomplete, changed or of another kind, none is there for the scripts, or
            one has nothing that the backend runs.
        UsageError: If a script is not known, or asked for beside a recognizer that is named.
    """
    pool = _find_pool(settings)
    for bundle in (*pool.recognizers, *([pool.sorter] if pool.sorter else [])):
        check_backend(bundle, settings.backend)
    return pool


def _find_pool(settings: ReadSettings) -> Pool:
    scripts = parse_scripts(settings.scripts)
    if settings.recognizer != AUTO:
        if scripts:
            raise UsageError("`scripts` goes with the recognizer `auto`: one that is named reads what it knows.")
        return Pool((find_bundle(settings.recognizer, "recognizer", settings.models),))
    bundles, sorters = _knowing(scripts, settings.models), bundles_at("sorter", settings.models)
    if not sorters:
        return Pool(tuple(sorted(bundles, key=lambda bundle: _SCRIPT_OF_MOST not in bundle.scripts)[:1]))
    # With one recognizer there is a choice only where lines of other scripts may occur, which are told then.
    return Pool(bundles, sorters[0], scripts) if len(bundles) > 1 or not scripts else Pool(bundles)


def parse_scripts(text: str) -> tuple[str, ...]:
    """ISO 15924 codes, in order, of a list such as `latin,han`; none for `any`.

    Raises:
        UsageError: If a script is not known; the message lists the known ones.
    """
    if text == ANY:
        return ()
    codes = {name: script_code(name.strip()) for name in text.split(",")}
    unknown = [name for name, code in codes.items() if code is None]
    if unknown:
        raise UsageError(f"Invalid `scripts`. Expected some of: {', '.join(script_names())}. Received: {unknown[0]!r}")
    return tuple(sorted({code for code in codes.values() if code is not None}))


def _knowing(scripts: Collection[str], home: Path | None) -> tuple[Bundle, ...]:
    """The recognizers of a folder that know one of some scripts, or all where no script is named."""
    bundles = bundles_at("recognizer", home)
    knowing = tuple(bundle for bundle in bundles if not scripts or set(scripts) & set(bundle.scripts))
    if not knowing:
        known = sorted({script for bundle in bundles for script in bundle.scripts})
        if not bundles:
            raise BundleError(f"{home} holds no recognizer. Name a folder of bundles by --models.")
        raise BundleError(f"No recognizer is there for {', '.join(scripts)}. Known scripts: {', '.join(known)}.")
    return knowing

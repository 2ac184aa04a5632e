"""Which faces there are, and what they cover."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from e2eocr.errors import DataError
from e2eocr.synthesis.fonts.facts_cache import FactsCache, cache_path
from e2eocr.synthesis.fonts.font_files import FontFacts, find_font_files
from e2eocr.synthesis.fonts.styles import style_of

SYSTEM_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/usr/share/texmf/fonts"),
                  Path.home() / ".fonts", Path("/Library/Fonts"), Path("C:/Windows/Fonts"))  # fmt: skip
_SMALL_CAPITALS = re.compile(r"small[ -]?caps|\bcaps\b|csc\b", re.IGNORECASE)  # small letters drawn as capitals
_SLANTED = re.compile(r"ital|obli|slant|kursiv|\bIt\b", re.IGNORECASE)
# Running hands that nobody reads letter by letter, letters in circles, and fonts that stand in for missing ones.
_ILLEGIBLE = re.compile(
    r"sousyo|gyousyo|liu jian mao cao|zhi mang xing|train one|strokeorders|last ?resort", re.IGNORECASE
)
# A face that is made for one country draws Han as that country does, whatever else it covers.
_COUNTRY = re.compile(r"\b(SC|CN|TC|TW|HK|JP|KR)\b")
_OF_COUNTRY = {"SC": "Hans", "CN": "Hans", "TC": "Hant", "TW": "Hant", "HK": "Hant", "JP": "Jpan", "KR": "Hang"}
_EAST_ASIAN = frozenset(_OF_COUNTRY.values())
# Letters that a face must have to be good for a script, where no list says what it is good for.
_SCRIPT_SAMPLES = {
    "Latn": "aehonstEHNR", "Cyrl": "аеикнопрстАБВИ", "Grek": "αεηιοστΑΣΩ", "Armn": "աենիոստԱԵՍ", "Geor": "აეინორსტ",
    "Hans": "这们说时国学来发经对", "Hant": "這們說時國學來發經對", "Jpan": "のはをにがでラトス込働",
    "Hang": "이는의다가를한고지로", "Hebr": "אבהוילמנר", "Arab": "ابتدرسعلمنهوي", "Deva": "कतनपमरलसहाि",
    "Beng": "কতনপমরলসহা", "Taml": "கதநபமரலவனா", "Telu": "కతనపమరలసా", "Knda": "ಕತನಪಮರಲಸಾ", "Mlym": "കതനപമരലസാ",
    "Gujr": "કતનપમરલસા", "Guru": "ਕਤਨਪਮਰਲਸਾ", "Orya": "କତନପମରଲସା", "Sinh": "කතනපමරලසා", "Thai": "กดนมรลวสาเ",
    "Laoo": "ກດນມລວສາເ", "Khmr": "កតនបមរលសា", "Mymr": "ကတနပမရလသာ", "Ethi": "ሀለመሰረበተነአ",
    "Tibt": "ཀགངདནབམརལས་",
}  # fmt: skip
# What lists of faces call scripts, and languages whose script they mean.
_SCRIPT_TAGS = {
    "latn": "Latn", "cyrl": "Cyrl", "grek": "Grek", "geor": "Geor", "armn": "Armn", "hy": "Armn", "ka": "Geor",
    "hebr": "Hebr", "yi": "Hebr", "ar": "Arab", "fa": "Arab", "ur": "Arab", "sd": "Arab", "ps": "Arab", "ug": "Arab",
    "ckb": "Arab", "deva": "Deva", "sa": "Deva", "beng": "Beng", "as": "Beng", "taml": "Taml", "telu": "Telu",
    "kn": "Knda", "ml": "Mlym", "gu": "Gujr", "pa": "Guru", "or": "Orya", "si": "Sinh", "thai": "Thai", "lo": "Laoo",
    "km": "Khmr", "my": "Mymr", "am": "Ethi", "bo": "Tibt", "hang": "Hang", "ks2350": "Hang", "jis1": "Jpan",
    "gb2312": "Hans", "big5": "Hant", "big5_1": "Hant",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a font file.

    Attributes:
        path: Font file.
        index: Which face of a collection; 0 in others.
        family: Name of the family.
        style: A key of `STYLE_SHARES`.
        weight: 100–900; 400 is regular.
        slanted: Italic or oblique.
        axes: Name, least and greatest value of each variable axis.
        scripts: Scripts it is good for, as ISO 15924 codes.
        characters: Characters it draws with ink.
    """

    path: Path
    index: int
    family: str
    style: str
    weight: int
    slanted: bool
    axes: tuple[tuple[str, float, float], ...]
    scripts: frozenset[str]
    characters: frozenset[str]

    def covers(self, text: str) -> bool:
        """Whether every character but the spaces has a glyph."""
        return self.characters.issuperset(text.replace(" ", ""))


def find_faces(
    faces_files: Sequence[Path] = (),
    font_dirs: Iterable[Path] = (),
    *,
    charset: Collection[str] | None = None,
    facts_file: Path | None = None,
) -> list[Face]:
    """Find the faces to render with, in an order that is the same on every run.

    Args:
        faces_files: Lists of faces known to be good, a JSON object a line; those that are installed are taken.
            Typewriter faces are taken even where they leave them out.
        font_dirs: Folders searched besides the system's; without `faces_files` they are searched instead of it.
        charset: Characters of interest: coverage is known for these alone, which saves memory.
        facts_file: Where what was read of fonts is kept for the next time; None is the user's cache.

    Raises:
        DataError: If no face is found.
        MissingDependencyError: If fonttools or platformdirs is not installed.
    """
    folders = list(font_dirs)
    if faces_files:
        entries = _listed_faces(faces_files, [*SYSTEM_FOLDERS, *folders])
    else:
        entries = [(path, {}) for path in find_font_files(folders or SYSTEM_FOLDERS)]
    known = None if charset is None else frozenset(charset)
    faces = []
    cached = FactsCache(facts_file or cache_path())
    for path, entry in entries:
        facts = cached.facts(path, int(entry.get("idx", 0)))
        face = None if facts is None else _face(path, entry, facts, known)
        faces += [] if face is None else [face]
    cached.save()
    if not faces:
        raise DataError("No font was found to render with. Install fonts, or name folders that hold some.")
    return faces


def _listed_faces(faces_files: Sequence[Path], folders: Sequence[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """The listed faces that are installed, and typewriters; one that is listed for several scripts is good for all."""
    installed = {path.name: path for path in find_font_files(folders, web=True)}
    listed: dict[tuple[str, int], dict[str, Any]] = {}
    for entry in (entry for path in faces_files for entry in _read_list(path)):
        if entry["file"] in installed:
            known = listed.setdefault((entry["file"], entry.get("idx", 0)), dict(entry) | {"scripts": []})
            known["scripts"] = [*known["scripts"], *entry.get("scripts", [entry.get("lang", "")])]
    names = {name for name, _ in listed}
    typed = [name for name in sorted(installed) if name not in names and _is_typewriter(name)]
    return [(installed[name], entry) for (name, _), entry in listed.items()] + [(installed[name], {}) for name in typed]


def _read_list(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]
    except (OSError, ValueError) as error:
        raise DataError(f"Cannot read the faces in {path}: {error}. Expected a JSON object a line.") from error


def _is_typewriter(file_name: str) -> bool:
    return bool(re.search(r"gnutypewriter|specialelite|courier-?prime|cutivemono", file_name, re.IGNORECASE))


def _face(path: Path, entry: dict[str, Any], facts: FontFacts, known: frozenset[str] | None) -> Face | None:
    """A face by what its list and its file say of it; None where it is not one to read text from."""
    covered = map(_character, facts.code_points())
    characters = frozenset(covered) if known is None else frozenset(filter(known.__contains__, covered))
    family = str(entry.get("fam") or facts.family or path.stem)
    scripts = _of_its_country(family, _scripts(entry, characters))
    subfamily = str(entry.get("sub") or facts.subfamily)
    names = f"{family} {subfamily} {path.stem}"
    if not scripts or _SMALL_CAPITALS.search(names) or _ILLEGIBLE.search(names):
        return None
    return Face(
        path=path,
        index=int(entry.get("idx", 0)),
        family=family,
        style=style_of(family, facts, bool(entry.get("mono", facts.fixed_pitch))),
        weight=int(entry.get("weight") or facts.weight),
        slanted=bool(_SLANTED.search(subfamily) or _SLANTED.search(path.stem.replace("-", " "))),
        axes=facts.axes,
        scripts=scripts,
        characters=characters,
    )


@cache
def _character(code: int) -> str:
    """The character of a code point: one object for all faces."""
    return chr(code)


def _scripts(entry: dict[str, Any], characters: frozenset[str]) -> frozenset[str]:
    if "scripts" in entry:
        return frozenset(_SCRIPT_TAGS[tag] for tag in entry["scripts"] if tag in _SCRIPT_TAGS)
    return frozenset(script for script, sample in _SCRIPT_SAMPLES.items() if characters.issuperset(sample))


def _of_its_country(family: str, scripts: frozenset[str]) -> frozenset[str]:
    """The scripts of a face without those of other countries than the one that its family is made for."""
    country = _COUNTRY.search(family)
    return scripts if country is None else scripts - (_EAST_ASIAN - {_OF_COUNTRY[country.group()]})

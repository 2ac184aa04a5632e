"""Which faces there are, what they cover, and how often each is drawn."""

from __future__ import annotations

import bisect
import itertools
import json
import logging
import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2eocr.errors import DataError, MissingDependencyError

SYSTEM_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/usr/share/texmf/fonts"),
                  Path.home() / ".fonts", Path("/Library/Fonts"), Path("C:/Windows/Fonts"))  # fmt: skip
_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc"})
# Share of each style among the lines: thousands of display and handwriting faces must not drown print.
STYLE_SHARES = {
    "serif": 0.34, "old": 0.11, "sans": 0.27, "typewriter": 0.13, "mono": 0.05, "dots": 0.03, "display": 0.07,
    "blackletter": 0.03,
}  # fmt: skip
# The first pattern that fits a family's name decides; PANOSE and the `mono` flag decide where none does.
_STYLE_NAMES = (
    ("blackletter", r"fraktur|blackletter|schwabach|textur|blankenburg|grenze gotisch|pirata|manufacturing consent"),
    ("dots", r"spleen|^px |vt220|3270|dotmatrix|dot matrix|vga|receipt|ocr ?[ab]\b|^ocra|pixel|silkscreen|"
             r"vt323|press start"),
    ("typewriter", r"typewriter|gnutype|courier|special elite|cutive|nimbus mono|freemono|typoscript|cousine|"
                   r"liberation mono|tlwg (mono|typ)|mono uralic|libertine mono|american type|kode|"
                   r"thabit|bpg courier|elite"),
    ("display", r"lobster|dancing|kaushan|kristi|breip|rufscript|dkg|comic|humor|daniel|strokes|skechers|patch|stencil|"
                r"chancery|z003|opendyslexic|staypuft|levien|caliban|cupola|mixer|miso|eco$|bwht|monofur|eurofurence|unifur|"
                r"initials|script|hand|keyfont|radisnoir|femke|ubuntu.?title|kalam|caveat|pacifico|"
                r"purisa|umpush|sayphan|arabeyes|spartan|comfortaa|abril|bebas|anton|oswald"),
    ("old", r"essays|fell|cardo|gfs|old ?standard|goudy|caslon|jenson|fanwood|linden|prociono|ebgaramond|garamond|"
            r"baskerv|century cat|bodoni|didot|romande|accanthis|berenis|tribun|arapey|neohell|artemisia|libre bask"),
    ("mono", r"\bmono|code|hack|hermit|inconsolata|agave|monoid|mononoki|d2coding|fantasque|anonymous"),
    ("serif", r"serif(?! sans)(?<!sans serif)|roman|times|tinos|charis|gentium|doulos|libertine|lmroman|latin modern|"
              r"termes|pagella|"
              r"schola|bonum|stix|caladea|vollkorn|c059|p052|bookman|palladio|schoolbook|cmu (classical|concrete)|slab|"
              r"lora|merriweather|playfair|bitter|arvo|alegreya(?! sans)|crimson|spectral|quattrocento(?! sans)|norasi|"
              r"kinnari|induni-[tcp]|david|frank ruehl|amiri|scheherazade|annapurna|noticia|cormorant|taviraj|"
              r"volkhov|zilla"),
    ("sans", r"sans|arimo|roboto|inter\b|lato|carlito|heros|adventor|biolinum|cantarell|gothic|grotesk|open|karla|"
             r"cabin|tuffy|tiresias|jura|dosis|play$|quicksand|manrope|oxygen|sora|switzera|gillius|universalis|libris|"
             r"garuda|loma|waree|sawasdee|laksaman|montserrat|poppins|rubik|mulish|nunito|b612|osifont|\bgo\b|induni-[hn]"),
)  # fmt: skip
_STYLE_PATTERNS = tuple((style, re.compile(pattern, re.IGNORECASE)) for style, pattern in _STYLE_NAMES)
_SMALL_CAPITALS = re.compile(r"small[ -]?caps|\bcaps\b|csc\b", re.IGNORECASE)  # small letters drawn as capitals
_SLANTED = re.compile(r"ital|obli|slant|kursiv|\bIt\b", re.IGNORECASE)
_EUROPEAN = frozenset({"Latn", "Cyrl", "Grek"})
_GUEST_STANDING = 0.12
# Most documents are set in one of these: Times, Helvetica, Courier, Computer Modern and what offices have.
_COMMON = re.compile(
    r"liberation (serif|sans|mono)|nimbus (roman|sans|mono ps)|tex gyre (termes|heros|cursor)|tinos|arimo|cousine|"
    r"cmu (serif|sans serif|typewriter text)|latin modern (roman|sans|mono)|dejavu (serif|sans|sans mono)|"
    r"carlito|caladea|free(serif|sans|mono)|stix(general| two text)?",
    re.IGNORECASE,
)
_COMMON_STANDING = 2.5
_SCRIPT_SAMPLES = {"Latn": "aehonstEHNR", "Cyrl": "аеикнопрстАБВИ", "Grek": "αεηιοστΑΣΩ",
                   "Armn": "աենիոստԱԵՍ", "Geor": "აეინორსტ"}  # fmt: skip
_SCRIPT_TAGS = {"latn": "Latn", "cyrl": "Cyrl", "grek": "Grek", "hebr": "Hebr", "ar": "Arab", "geor": "Geor",
                "armn": "Armn", "deva": "Deva", "beng": "Beng", "taml": "Taml", "telu": "Telu", "thai": "Thai",
                "hang": "Hang", "jis1": "Jpan", "gb2312": "Hans", "big5": "Hant"}  # fmt: skip


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
    faces_file: str | Path | None = None,
    font_dirs: Iterable[str | Path] = (),
    *,
    charset: Collection[str] | None = None,
) -> list[Face]:
    """Find the faces to render with, in an order that is the same on every run.

    Args:
        faces_file: A `faces.jsonl` of faces known to be good; those that are installed are taken. Typewriter
            faces are taken even where it leaves them out.
        font_dirs: Folders searched besides the system's; without `faces_file` they are searched instead of it.
        charset: Characters of interest: coverage is known for these alone, which saves memory.

    Raises:
        DataError: If no face is found.
        MissingDependencyError: If fonttools is not installed.
    """
    folders = [Path(folder) for folder in font_dirs]
    if faces_file is not None:
        entries = _listed_faces(Path(faces_file), [*SYSTEM_FOLDERS, *folders])
    else:
        entries = [(path, {}) for path in _font_files(folders or SYSTEM_FOLDERS)]
    known = {character: character for character in charset} if charset is not None else None
    faces = [face for path, entry in entries if (face := _load_face(path, entry, known)) is not None]
    if not faces:
        raise DataError("No font was found to render with. Install fonts, or name folders that hold some.")
    return faces


def _font_files(folders: Iterable[Path]) -> Iterator[Path]:
    seen: set[str] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in _SUFFIXES and path.name not in seen:
                seen.add(path.name)
                yield path


def _listed_faces(faces_file: Path, folders: Sequence[Path]) -> list[tuple[Path, dict[str, Any]]]:
    try:
        entries = [json.loads(row) for row in faces_file.read_text(encoding="utf-8").splitlines() if row.strip()]
    except (OSError, ValueError) as error:
        raise DataError(f"Cannot read the faces in {faces_file}: {error}. Expected a JSON object a line.") from error
    installed = {path.name: path for path in _font_files(folders)}
    listed: dict[tuple[str, int], tuple[Path, dict[str, Any]]] = {}
    for entry in entries:
        key = (entry["file"], entry.get("idx", 0))
        if entry["file"] in installed:
            listed.setdefault(key, (installed[entry["file"]], entry))
    names = {name for name, _ in listed}
    typed: list[tuple[Path, dict[str, Any]]] = [
        (path, {}) for name, path in sorted(installed.items()) if name not in names and _is_typewriter(name)
    ]
    return [*listed.values(), *typed]


def _is_typewriter(file_name: str) -> bool:
    return bool(re.search(r"gnutypewriter|specialelite|courier-?prime|cutivemono", file_name, re.IGNORECASE))


def _load_face(path: Path, entry: dict[str, Any], known: dict[str, str] | None) -> Face | None:
    """Read what a face is and covers; None where the file cannot be used for text."""
    try:
        from fontTools.ttLib import TTFont, TTLibError
    except ImportError as error:
        raise MissingDependencyError('Install what training needs: pip install "e2eocr[train]"') from error
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells of odd dates in every other font
    index = int(entry.get("idx", 0))
    try:
        with path.open("rb") as file, TTFont(file, fontNumber=index, lazy=True) as font:
            characters = _inked_characters(font, known)
            scripts = _scripts(entry, characters)
            if not scripts:
                return None
            family = str(entry.get("fam") or font["name"].getBestFamilyName() or path.stem)
            subfamily = str(entry.get("sub") or font["name"].getBestSubFamilyName() or "")
            if _SMALL_CAPITALS.search(f"{family} {subfamily} {path.stem}"):
                return None
            weight = int(entry.get("weight") or font["OS/2"].usWeightClass)
            style = _style(family, font, bool(entry.get("mono", font["post"].isFixedPitch)))
            axes = tuple((a.axisTag, a.minValue, a.maxValue) for a in font["fvar"].axes) if "fvar" in font else ()
    except (TTLibError, OSError, KeyError, AttributeError, ValueError, AssertionError):
        return None  # damaged fonts are common on real machines; the others do
    slanted = bool(_SLANTED.search(subfamily) or _SLANTED.search(path.stem.replace("-", " ")))
    return Face(path, index, family, style, weight, slanted, axes, scripts, characters)


def _inked_characters(font: Any, known: dict[str, str] | None) -> frozenset[str]:
    """Characters whose glyph is neither .notdef nor empty."""
    cmap = font.getBestCmap() or {}
    has_ink = _ink_test(font)
    if known is None:
        pairs = ((chr(number), glyph) for number, glyph in cmap.items())
    else:
        pairs = ((own, cmap[ord(own)]) for own in known.values() if ord(own) in cmap)
    return frozenset(character for character, glyph in pairs if glyph != ".notdef" and has_ink(glyph))


def _ink_test(font: Any) -> Any:
    if "glyf" in font:
        locations = font["loca"].locations
        return lambda glyph: locations[font.getGlyphID(glyph) + 1] > locations[font.getGlyphID(glyph)]
    if "CFF " in font:
        table = font["CFF "].cff[0].CharStrings
        # An empty glyph is a width and endchar: a few bytes.
        return lambda glyph: glyph in table and len(table[glyph].bytecode or b"long enough") > 5
    return lambda glyph: True


def _scripts(entry: dict[str, Any], characters: frozenset[str]) -> frozenset[str]:
    if "scripts" in entry:
        return frozenset(_SCRIPT_TAGS[tag] for tag in entry["scripts"] if tag in _SCRIPT_TAGS)
    return frozenset(script for script, sample in _SCRIPT_SAMPLES.items() if characters.issuperset(sample))


def _style(family: str, font: Any, mono: bool) -> str:
    for style, pattern in _STYLE_PATTERNS:
        if pattern.search(family):
            return style
    panose = font["OS/2"].panose
    if mono:
        return "mono"
    if panose.bFamilyType == 2 and 2 <= panose.bSerifStyle <= 10:
        return "serif"
    if panose.bFamilyType == 2 and panose.bSerifStyle > 10:
        return "sans"
    return "display"


class FaceChooser:
    """Draws faces: style by its share, then family, then face, so that big families do not drown others."""

    def __init__(self, faces: Sequence[Face]) -> None:
        self._by_script: dict[str, tuple[list[Face], list[float]]] = {}
        for script in sorted({script for face in faces for script in face.scripts}):
            fitting = [face for face in faces if script in face.scripts]
            self._by_script[script] = (fitting, list(itertools.accumulate(_face_weights(fitting, script))))

    def choose(self, text: str, script: str, rng: random.Random) -> Face | None:
        """A face of the script that covers a text; None if none does."""
        if script not in self._by_script:
            return None
        faces, bounds = self._by_script[script]
        for _ in range(12):
            face = faces[min(bisect.bisect_right(bounds, rng.random() * bounds[-1]), len(faces) - 1)]
            if face.covers(text):
                return face
        covering = [place for place, face in enumerate(faces) if face.covers(text)]
        if not covering:
            return None
        weights = [bounds[place] - (bounds[place - 1] if place else 0.0) for place in covering]
        return faces[rng.choices(covering, weights)[0]]


def _face_weights(faces: Sequence[Face], script: str) -> list[float]:
    families: dict[tuple[str, str], list[Face]] = defaultdict(list)
    for face in faces:
        families[face.style, face.family].append(face)
    standing = _family_standing(families, script)
    styles: dict[str, float] = defaultdict(float)
    for (style, _), value in standing.items():
        styles[style] += value
    whole = {key: sum(map(_plainness, members)) for key, members in families.items()}
    weights = []
    for face in faces:
        key = (face.style, face.family)
        share = STYLE_SHARES[face.style] * standing[key] / styles[face.style]
        weights.append(share * _plainness(face) / whole[key])
    return weights


def _family_standing(families: dict[tuple[str, str], list[Face]], script: str) -> dict[tuple[str, str], float]:
    """Weight of each family within its style, where a script is drawn.

    A family that much is set in counts more; one that is all slanted or bold less, and so does each of many in one
    folder: they come of one hand, and those of collections for other scripts share one Latin.
    """
    folders = Counter((style, members[0].path.parent) for (style, _), members in families.items())
    return {
        key: max(map(_plainness, members))
        * (_GUEST_STANDING if script in _EUROPEAN and all(map(_is_guest, members)) else 1.0)
        * (_COMMON_STANDING if _COMMON.fullmatch(key[1]) else 1.0)
        / math.sqrt(folders[key[0], members[0].path.parent])
        for key, members in families.items()
    }


def _plainness(face: Face) -> float:
    """Weight of a face within its family: most print is upright and regular."""
    weight = 1.0 if 350 <= face.weight <= 500 else 0.35
    return weight * (0.4 if face.slanted else 1.0)


def _is_guest(face: Face) -> bool:
    """Whether a face is made for another script and has plain Latin by the way, mostly one of few designs."""
    return bool(face.scripts - _EUROPEAN) and not face.scripts & {"Cyrl", "Grek"}

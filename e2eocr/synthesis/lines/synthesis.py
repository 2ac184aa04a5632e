"""Synthetic lines: text of a source in a face that covers it, rendered into shards by several processes."""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from e2eocr.errors import DataError
from e2eocr.synthesis.fonts.faces import Face, find_faces
from e2eocr.synthesis.fonts.mixing import FaceMixer
from e2eocr.synthesis.fonts.stacking import without_loose_marks
from e2eocr.synthesis.lines.rendering import render_column, render_line
from e2eocr.synthesis.lines.scripts import SHAPED, check_shaping
from e2eocr.synthesis.lines.spacing import space_as_script
from e2eocr.synthesis.lines.style import draw_style
from e2eocr.synthesis.shard_rendering import ANY_SOURCES, ShardTask, Sources, Tick, render_shards
from e2eocr.synthesis.text.forms import DOUBLE_HYPHEN, SMALL_E_ABOVE, to_fraktur
from e2eocr.synthesis.text.languages import ALPHABETIC_SCRIPTS, SCRIPTS
from e2eocr.synthesis.text.set_forms import forms_of, set_in_print
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.truth.line_shards import ShardWriter, write_manifest
from e2eocr.truth.records import LineSample

logger = logging.getLogger(__name__)

LINES_PER_SHARD = 5_000
SEEN_TOO_SELDOM = 20
_ATTEMPTS = 50
_COLUMN_SHARES = {"ja": 0.2, "zh_TW": 0.18, "zh_CN": 0.06, "ko": 0.01}  # of the lines of a language
_MAX_COLUMN_LENGTH = 40


class DrawsText(Protocol):
    """What gives a synthesizer its text."""

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """Draw a line: its text and its language."""


class LineSynthesizer:
    """Renders line number `index` of an endless row of lines; the same seed gives the same row."""

    def __init__(self, text_source: DrawsText, faces: Sequence[Face], seed: int) -> None:
        self._text_source = text_source
        self._faces = FaceMixer(faces)
        self._seed = seed

    def render(self, index: int) -> LineSample:
        """Render a line, a pure function of the seed and the index.

        Raises:
            DataError: If no face covers the text that is drawn, time and again.
        """
        rng = random.Random(f"{self._seed}:{index}")
        for _ in range(_ATTEMPTS):
            text, language = self._text_source.draw(rng)
            draw = self._draw_alphabetic if SCRIPTS[language] in ALPHABETIC_SCRIPTS else self._draw_other
            sample = draw(text, language, rng)
            if sample is not None:
                return sample
        raise DataError("No face covers the text: 50 lines in a row. Install fonts for the languages, or name fewer.")

    def _draw_alphabetic(self, text: str, language: str, rng: random.Random) -> LineSample | None:
        text, face = self._cover(text, SCRIPTS[language], rng)
        if face is None:
            return None
        text, drawn = _as_set_in(face, text, language, rng)
        guest = self._faces.choose_guest(drawn, face, SCRIPTS[language], rng)
        image = render_line(drawn, face, draw_style(face, len(text), rng), rng, guest)
        return None if image is None else LineSample(image, text, language, face.path.name)

    def _cover(self, text: str, script: str, rng: random.Random) -> tuple[str, Face | None]:
        """A face for a text, or for half of its words where none covers them together, down to one."""
        face = self._faces.choose(text, script, rng)
        while face is None and " " in text:
            words = text.split(" ")
            middle = len(words) // 2
            text = " ".join(rng.choice((words[:middle], words[middle:])))
            face = self._faces.choose(text, script, rng)
        return text, face

    def _draw_other(self, text: str, language: str, rng: random.Random) -> LineSample | None:
        script = SCRIPTS[language]
        drawn = set_in_print(text, language, rng)
        face, companion = self._faces.choose_pair(drawn, script, rng)
        if face is None:
            return None
        style = draw_style(face, len(text), rng)
        if rng.random() < _COLUMN_SHARES.get(language, 0.0) and len(text) <= _MAX_COLUMN_LENGTH:
            image = render_column(drawn, face, style, rng, companion)
        else:
            joined = script in SHAPED
            style = replace(space_as_script(style, script, rng), by_ink=True) if joined else style
            image = render_line(drawn, face, style, rng, companion=companion, joined=joined)
        return None if image is None else LineSample(image, text, language, face.path.name)


@dataclass(frozen=True)
class SynthesisReport:
    """What was rendered.

    Attributes:
        lines: How many lines.
        seconds: How long it took, the loading of text and fonts included.
        characters: In how many lines' texts each character stands, counted once an occurrence.
        seldom: Characters of the charset that were seen fewer than 20 times.
    """

    lines: int
    seconds: float
    characters: dict[str, int]
    seldom: str


@dataclass(frozen=True, slots=True)
class LineSynthesis:
    """Lines to draw from some sources, of the characters of a charset."""

    sources: Sources
    charset: str | None = None
    group: str = "ALPHABETIC"
    unit: str = "line"
    per_shard: int = LINES_PER_SHARD

    def prepare(self) -> LineShards:
        """Load text and faces."""
        sources = self.sources
        text = TextSource(
            sources.text, charset=self.charset, languages=sources.languages, seed=sources.seed, group=self.group
        )
        scripts = {SCRIPTS[language] for language in text.languages}
        check_shaping(scripts)
        charset = None if self.charset is None else self.charset + forms_of(text.languages)
        faces = [
            face
            for face in without_loose_marks(find_faces(sources.faces_files, sources.font_dirs, charset=charset))
            if face.scripts & (scripts | {"Latn"})
        ]
        return LineShards(LineSynthesizer(text, faces, sources.seed))


@dataclass(frozen=True, slots=True)
class LineShards:
    """Writes what a synthesizer draws."""

    synthesizer: LineSynthesizer

    def render_shard(self, task: ShardTask, tick: Tick) -> Counter[str]:
        """Render a shard; gives how often it has each character."""
        characters: Counter[str] = Counter()
        with ShardWriter(task.folder, task.end - task.first, first_shard=task.number, manifest=False) as writer:
            for index in range(task.first, task.end):
                sample = self.synthesizer.render(index)
                characters.update(sample.text)
                writer.write(sample)
                tick()
        return characters


def synth_lines(
    out: Path,
    *,
    lines: int,
    workers: int = 1,
    sources: Sources = ANY_SOURCES,
    charset: str | None = None,
    group: str = "ALPHABETIC",
) -> SynthesisReport:
    """Render lines into a folder of shards; the same seed gives the same lines, however many the workers.

    Args:
        out: Folder to write; it must hold no shards yet.
        lines: How many.
        workers: Processes; each holds one core.
        sources: Text and faces to draw from.
        charset: Characters that may be drawn.
        group: The languages to draw where the sources name none: a key of `GROUPS`.

    Raises:
        ValueError: If `lines` or `workers` is under 1.
        OutputError: If the folder holds shards or cannot be written.
        DataError: If there is no text or no font to render.
    """
    began = time.monotonic()
    counted = render_shards(
        LineSynthesis(sources, charset, group, per_shard=LINES_PER_SHARD), out, samples=lines, workers=workers
    )
    write_manifest(out, seed=sources.seed, settings=sources.facts() | {"charset": charset})
    return _report(out, lines, time.monotonic() - began, sum(counted, Counter()), charset)


def _as_set_in(face: Face, text: str, language: str, rng: random.Random) -> tuple[str, str]:
    """A text as a face is set with it, and as it is drawn: Fraktur has double hyphens in the place of a hyphen."""
    if face.style != "blackletter" or language != "de":
        return text, text
    old = to_fraktur(text, rng, small_e=face.covers(SMALL_E_ABOVE))
    drawn = old if face.covers(DOUBLE_HYPHEN) else old.replace(DOUBLE_HYPHEN, "-")
    return (old, drawn) if face.covers(drawn) else (text, text)


def _report(out: Path, lines: int, seconds: float, characters: Counter[str], charset: str | None) -> SynthesisReport:
    counts = {character: characters[character] for character in sorted(set(charset or "") | set(characters))}
    (out / "characters.json").write_text(json.dumps(counts, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    seldom = "".join(character for character, count in counts.items() if count < SEEN_TOO_SELDOM)
    if seldom:
        some = seldom if len(seldom) <= 60 else f"{seldom[:60]} … (characters.json has all counts)"
        logger.warning("%d characters were seen fewer than %d times: %s", len(seldom), SEEN_TOO_SELDOM, some)
    return SynthesisReport(lines, seconds, counts, seldom)

"""Synthetic lines: text of a source in a face that covers it, rendered into shards by several processes."""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2eocr.errors import DataError
from e2eocr.synthesis.fonts.faces import Face, find_faces
from e2eocr.synthesis.fonts.mixing import FaceMixer
from e2eocr.synthesis.lines.rendering import draw_style, render_line
from e2eocr.synthesis.shard_rendering import ShardTask, render_shards
from e2eocr.synthesis.text.forms import DOUBLE_HYPHEN, SMALL_E_ABOVE, to_fraktur
from e2eocr.synthesis.text.languages import SCRIPTS
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.truth.line_shards import ShardWriter, write_manifest
from e2eocr.truth.records import LineSample

logger = logging.getLogger(__name__)

LINES_PER_SHARD = 5_000
SEEN_TOO_SELDOM = 20
_ATTEMPTS = 50


class LineSynthesizer:
    """Renders line number `index` of an endless row of lines; the same seed gives the same row."""

    def __init__(self, text_source: TextSource, faces: Sequence[Face], seed: int) -> None:
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
            text, face = self._cover(text, SCRIPTS[language], rng)
            if face is None:
                continue
            text, drawn = _as_set_in(face, text, language, rng)
            guest = self._faces.choose_guest(drawn, face, SCRIPTS[language], rng)
            image = render_line(drawn, face, draw_style(face, len(text), rng), rng, guest)
            if image is not None:
                return LineSample(image, text, language, face.path.name)
        raise DataError("No face covers the text: 50 lines in a row. Install fonts for the languages, or name fewer.")

    def _cover(self, text: str, script: str, rng: random.Random) -> tuple[str, Face | None]:
        """A face for a text, or for half of its words where none covers them together, down to one."""
        face = self._faces.choose(text, script, rng)
        while face is None and " " in text:
            words = text.split(" ")
            middle = len(words) // 2
            text = " ".join(rng.choice((words[:middle], words[middle:])))
            face = self._faces.choose(text, script, rng)
        return text, face


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


_synthesizer: LineSynthesizer | None = None  # of this process; built before workers fork, so that they share it


def synth_lines(
    out: str | Path,
    *,
    lines: int,
    seed: int = 0,
    workers: int = 1,
    text: str | Path | None = None,
    faces_file: str | Path | None = None,
    font_dirs: Iterable[str | Path] = (),
    languages: Collection[str] | None = None,
    charset: str | None = None,
) -> SynthesisReport:
    """Render lines into a folder of shards; the same seed gives the same lines, however many the workers.

    Args:
        out: Folder to write; it must hold no shards yet.
        lines: How many.
        seed: Whole number.
        workers: Processes; each holds one core.
        text: Folder of `<language>.txt[.xz]`; None makes text from word lists.
        faces_file: List of good faces; None takes every font that is found.
        font_dirs: Folders of fonts besides the system's.
        languages: Codes; None is all of the alphabetic scripts.
        charset: Characters that may be drawn.

    Raises:
        ValueError: If `lines` or `workers` is under 1.
        OutputError: If the folder holds shards or cannot be written.
        DataError: If there is no text or no font to render.
    """
    out, began = Path(out), time.monotonic()
    counted = render_shards(
        out,
        samples=lines,
        per_shard=LINES_PER_SHARD,
        workers=workers,
        unit="line",
        set_up=_set_up,
        setup=(text, charset, None if languages is None else tuple(languages), faces_file, tuple(font_dirs), seed),
        render=_render_shard,
    )
    settings = {"languages": list(languages or []), "charset": charset, "text": text is not None}
    write_manifest(out, seed=seed, settings=settings)
    return _report(out, lines, time.monotonic() - began, sum(counted, Counter()), charset)


def _as_set_in(face: Face, text: str, language: str, rng: random.Random) -> tuple[str, str]:
    """A text as a face is set with it, and as it is drawn: Fraktur has double hyphens in the place of a hyphen."""
    if face.style != "blackletter" or language != "de":
        return text, text
    old = to_fraktur(text, rng, small_e=face.covers(SMALL_E_ABOVE))
    drawn = old if face.covers(DOUBLE_HYPHEN) else old.replace(DOUBLE_HYPHEN, "-")
    return (old, drawn) if face.covers(drawn) else (text, text)


def _set_up(
    text: str | Path | None,
    charset: str | None,
    languages: tuple[str, ...] | None,
    faces_file: str | Path | None,
    font_dirs: tuple[str | Path, ...],
    seed: int,
) -> None:
    global _synthesizer
    source = TextSource(text, charset=charset, languages=languages, seed=seed)
    _synthesizer = LineSynthesizer(source, find_faces(faces_file, font_dirs, charset=charset), seed)


def _render_shard(task: ShardTask) -> Counter[str]:
    """Render a shard; gives how often it has each character."""
    if _synthesizer is None:
        raise RuntimeError("A worker was started without its text and faces.")
    characters: Counter[str] = Counter()
    with ShardWriter(task.folder, task.end - task.first, first_shard=task.number, manifest=False) as writer:
        for index in range(task.first, task.end):
            sample = _synthesizer.render(index)
            characters.update(sample.text)
            writer.write(sample)
    return characters


def _report(out: Path, lines: int, seconds: float, characters: Counter[str], charset: str | None) -> SynthesisReport:
    counts = {character: characters[character] for character in sorted(set(charset or "") | set(characters))}
    (out / "characters.json").write_text(json.dumps(counts, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    seldom = "".join(character for character, count in counts.items() if count < SEEN_TOO_SELDOM)
    if seldom:
        logger.warning("%d characters were seen fewer than %d times: %s", len(seldom), SEEN_TOO_SELDOM, seldom)
    return SynthesisReport(lines, seconds, counts, seldom)

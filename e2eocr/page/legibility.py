"""What of the lines that were read is text: specks, patterns and ruined print are told from it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detectors.base import SURE_SCORE
from detectors.geometry import weighted_median
from e2eocr.page.audit import are_covered, stand_amid
from e2eocr.page.combs import space_by_boxes
from e2eocr.page.decimals import join_decimals
from e2eocr.page.doubles import find_doubles
from e2eocr.page.locate import LocatedLines
from e2eocr.page.lookalikes import (
    COLON,
    DASHES,
    settle_cells,
    settle_commas,
    settle_digits,
    settle_figures,
    settle_first,
    settle_lone,
    settle_scripts,
    settle_sign,
)
from e2eocr.page.rows import middle
from e2eocr.results import UnreadReason
from recognizers.base import LineText
from recognizers.charset import script_counts

SURE_MARK = 0.9  # confidence at which a line without a letter or digit is taken for text
SURE_READING = 0.85  # legibility at which a line that the ink alone told of is taken for text
SURE_DASH = 0.4  # and one that is a dash, of which a recognizer knows several, or the two points of a colon
SETTLED = 0.6  # confidence of a dash or zero that the numbers around it tell of, or of a colon beside lines
SIGNS = DASHES | {COLON}  # that stand in a row of lines with room on all sides
STROKES = DASHES | {"|", "†"}  # that a dash may be, the letter I, and a blurred 1
MAX_DASH = 1.5  # usual heights of a line, the place of a dash: it has the height of its row, if anything
DISKS, MAX_DISK = frozenset("●○■"), 1.2  # what holes in the paper look like; in usual heights of a line, a sign
BLOCKS = "\u25a0\u25aa "  # as a code of squares is made of
MANY = 12  # letters of a line that tells whether they vary as those of text do;
MONOTONOUS, MAX_MONOTONOUS = 0.35, 7  # different ones in a line of noise: a share of its letters, and at most
PARTS = re.compile(r"[\s!-/:-@[-`{-~\u2010-\u2015]+")  # between the parts of a line, of which each has one script:
WRITTEN_TOGETHER = frozenset({"Latn", "Cyrl", "Grek", "Hani", "Hira", "Kana", "Hang", "Bopo"})  # or some of these,
UNSPACED = frozenset({"Thai", "Laoo", "Khmr", "Mymr"})  # or Latin letters amid one of these, written without spaces
MINGLED, FEW_MINGLED = 0.04, 2  # letters of others in a line of noise, of its letters, and at least
OUTNUMBERED = 2  # times what was read of a page, what is no text: of a picture, unless a word was read
WORD, HAN_WORD = 3, 2  # letters and digits of what is no chance, and such of scripts in which a character is a word
FIRST_HAN = "\u2e80"  # the first character of these
MIN_HOME = 0.15  # of the length of a page's lines, those of a recognizer that is at home on it
MIN_LINES = 3  # of a page whose script can be told to be unknown
MAX_UNLIKE = 2.5  # times the height of the lower quarter of its lines, that of the upper quarter
HARD_PAGE = 0.45  # median legibility from which a page that is hard to read is text all the same
# What is asked of a line, as a multiple of what is asked of clear print, by the median legibility of its page: what is
# found on a page of noise is noise, and of a page that is hard to read much would be lost.
PAGE_MEDIANS = (0.3, 0.5, 0.65, 0.8)
DEMANDS = (1.25, 0.75, 0.75, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class ReadLine:
    """A line that was read: its quad `(4, 2)` on the upright page, its reading, and the detector's score.

    One that bends has an outline `(2 m, 2)`, too, as `LocatedLines` gives it.
    """

    quad: np.ndarray
    reading: LineText
    score: float = 1.0
    outline: np.ndarray | None = None

    @property
    def height(self) -> float:
        """Pixels of the page."""
        return float(np.linalg.norm(self.quad[3] - self.quad[0]))


def usual_height(lines: Sequence[ReadLine]) -> float:
    """The median height of lines, pixels; not a number of none."""
    return middle(np.array([line.height for line in lines]))


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that looks like text and of which none is told: its quad `(4, 2)` on the upright page, and why."""

    quad: np.ndarray
    reason: UnreadReason


@dataclass(frozen=True, slots=True)
class PartedLines:
    """The lines of a page: what could be read, and what looks like text but gave none."""

    legible: tuple[ReadLine, ...]
    unread: tuple[UnreadLine, ...] = ()


def part_lines(located: LocatedLines, readings: Sequence[LineText], min_legibility: float) -> PartedLines:
    """Part what was read from what only looks like text: specks, stamps, handwriting, patterns, unknown scripts.

    Args:
        located: The lines of a page.
        readings: Of each.
        min_legibility: Legibility of a line that is kept.
    """
    readings = settle_digits(settle_commas(readings))
    for at, parts in located.boxes.items():
        readings[at] = space_by_boxes(readings[at], len(parts))
    for settle in (join_decimals, settle_lone, settle_figures, settle_cells, settle_scripts):
        readings = settle(located.quads, readings)
    settled = [settle_first(settle_sign(reading)) for reading in readings]
    lines = [
        ReadLine(quad, reading, score, located.outlines.get(at))
        for at, (quad, reading, score) in enumerate(zip(located.quads, settled, located.scores.tolist(), strict=True))
    ]
    lines = _without_high_dashes(_without_disks(lines))
    found = [line for line in lines if line.score >= SURE_SCORE]
    weak = [line for line in lines if line.score < SURE_SCORE]
    proven = [line for line in weak if is_text(line.reading) and is_sure(line.reading)]
    strange = [UnreadLine(line.quad, "unknown-script") for line in found if line.reading.is_of_unknown_script]
    texts = [line for line in found if is_text(line.reading)] + proven
    parted = part_legible(texts, min_legibility, strange=len(strange))
    legible = without_doubles(parted.legible)
    blank = [line for line in found if not (is_text(line.reading) or line.reading.is_of_unknown_script)]
    empty = [UnreadLine(line.quad, "no-text-found") for line in blank]
    unproven = [line for line in weak if line not in proven]
    told = _audit(unproven, legible)
    no_text = len(parted.unread) + len(strange) + len(empty) + len(unproven)
    unread = _uncovered((*parted.unread, *strange, *empty, *told), legible)
    return _without_noise(PartedLines(legible, unread), no_text)


def _without_high_dashes(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Lines of which dashes that are much higher than text have no reading: corners of a sheet, and edges of things."""
    highest = MAX_DASH * usual_height([line for line in lines if _has_letter(line.reading)])
    no_text = LineText("", 0.0)
    return [
        replace(line, reading=no_text) if line.reading.text in DASHES and line.height > highest else line
        for line in lines
    ]


def _without_disks(lines: Sequence[ReadLine]) -> list[ReadLine]:
    """Lines without the holes of a punch and the points of a chart: disks and rings that are higher than a sign beside
    text, or stand amid none."""
    disks = [line for line in lines if line.reading.text in DISKS]
    if not disks:
        return list(lines)
    texts = [line for line in lines if _has_letter(line.reading)]
    highest = MAX_DISK * usual_height(texts)
    amid = stand_amid([line.quad for line in disks], [line.quad for line in texts], least=1)
    signs = [disk for disk, is_amid in zip(disks, amid, strict=True) if is_amid and disk.height <= highest]
    return [line for line in lines if line.reading.text not in DISKS or line in signs]


def without_doubles(lines: Sequence[ReadLine]) -> tuple[ReadLine, ...]:
    straight = [line for line in lines if line.outline is None]
    doubles = find_doubles([line.quad for line in straight], [line.reading for line in straight])
    told_elsewhere = [straight[at] for at in doubles]
    return tuple(line for line in lines if not any(line is double for double in told_elsewhere))


def _uncovered(unread: Sequence[UnreadLine], legible: Sequence[ReadLine]) -> tuple[UnreadLine, ...]:
    """What was not read, without that which lies on lines that were: a quad across several rows of a bent page."""
    outlines = [line.quad if line.outline is None else line.outline for line in legible]
    covered = are_covered([line.quad for line in unread], outlines)
    return tuple(line for line, is_covered in zip(unread, covered, strict=True) if not is_covered)


def _without_noise(parted: PartedLines, no_text: int) -> PartedLines:
    """The lines of a page; none of a picture, where what was read is a few letters amid more that is no text.

    Args:
        parted: The lines.
        no_text: How many more looked like lines, those among them that are not worth telling of.
    """
    of_text = has_word if no_text >= OUTNUMBERED * len(parted.legible) else _has_letter
    is_text = not no_text or any(of_text(line.reading) for line in parted.legible)
    if is_text and not _is_pattern([line.reading.text for line in parted.legible]):
        return parted
    marks = [UnreadLine(line.quad, "no-text-found") for line in parted.legible]
    return PartedLines((), (*parted.unread, *marks))


def _is_pattern(texts: Sequence[str]) -> bool:
    """Whether all that was read of a page is one letter, several times: the knots of a net, the links of a chain."""
    return (
        len(texts) > 1 and len(texts[0]) == 1 and texts[0].isalpha() and len({text.casefold() for text in texts}) == 1
    )


def _audit(unproven: Sequence[ReadLine], legible: Sequence[ReadLine]) -> list[UnreadLine]:
    """Of lines that the ink alone told of and no reading proved, those that stand amid text and look like it."""
    marks = [each.quad for each in unproven if each.reading.text in STROKES or _has_letter(each.reading)]
    amid = stand_amid(marks, [line.quad for line in legible])
    return [UnreadLine(quad, "illegible") for quad, stands in zip(marks, amid, strict=True) if stands]


def _has_letter(reading: LineText) -> bool:
    return any(map(str.isalnum, reading.text))


def has_word(reading: LineText) -> bool:
    """Whether a reading has so many letters and digits that they are none by chance."""
    letters = [character for character in reading.text if character.isalnum()]
    return len(letters) >= WORD or sum(character >= FIRST_HAN for character in letters) >= HAN_WORD


def is_text(reading: LineText) -> bool:
    """Whether a reading is worth keeping: specks and bits of rules read as doubtful marks are not."""
    if _has_letter(reading):
        return True
    least = SETTLED if reading.text in SIGNS else SURE_MARK
    return bool(reading.text.strip()) and reading.confidence >= least


def _stays(reading: LineText, needed: float, sure: float, at_home: bool) -> bool:
    """Whether a reading is legible enough, by what is asked of most lines, and of those that must be sure: no less."""
    if sure and not at_home and _is_lone(reading):
        return False
    if reading.legibility < needed:
        return False
    return reading.legibility >= sure or (at_home and not _is_monotonous(reading) and not _is_mingled(reading))


def _is_lone(reading: LineText) -> bool:
    """Whether a reading is one letter and no more, and not a Latin one, which stands amid all writing."""
    return reading.script != "Latn" and reading.alphanumerics == 1 == sum(map(str.isalpha, reading.text))


def _is_monotonous(reading: LineText) -> bool:
    """Whether a reading has many letters and few different ones, as those of sheet music and patterns have."""
    letters = [character for character in reading.text if character.isalpha()]
    return len(letters) >= MANY and len(set(letters)) <= min(MONOTONOUS * len(letters), MAX_MONOTONOUS)


def _is_mingled(reading: LineText) -> bool:
    """Whether words of a reading mix letters and digits of scripts that no word has together, as those of noise do."""
    mingled = total = 0
    for word in PARTS.split(reading.text):
        counts = script_counts(word)
        del counts["Zzzz"]  # ordinal indicators, and letters that no recognizer knows
        total += counts.total()
        if not (counts.keys() <= WRITTEN_TOGETHER or counts.keys() - UNSPACED <= {"Latn"}):
            mingled += counts.total() - max(counts.values())
    return 0 < mingled >= min(max(FEW_MINGLED, MINGLED * total), total / 4)


def is_sure(reading: LineText) -> bool:
    """Whether a reading proves that ink is text which the detector did not take for it; blocks of ink are none."""
    if not reading.text.strip(BLOCKS):
        return False
    if reading.text in SIGNS:
        return reading.legibility >= SURE_DASH
    if reading.text == "0":
        return reading.legibility >= SETTLED
    lone = len(reading.text) == 1 and reading.text.isalnum()  # of which there may be lookalikes in other scripts
    return reading.legibility >= SURE_READING or (lone and reading.confidence >= SURE_MARK)


def part_legible(lines: Sequence[ReadLine], min_legibility: float, *, strange: int = 0) -> PartedLines:
    """Part what was read from what is too unsure.

    How sure is sure enough depends on the page, and changes gradually with it: see `DEMANDS`. Lines that a recognizer
    reads which has hardly any of the page are more often handwriting or dirt than another script, many letters of which
    few differ are a pattern, letters of several scripts in one word noise: they must be sure. A single letter in such a
    script is chance. Whoever asks for no legibility gets them all.

    Args:
        lines: What was read of a page.
        min_legibility: Legibility of a line that is kept on a page of clear print.
        strange: How many more lines the page has that are in a script which nothing reads: they are as illegible as
            lines can be, and where they are the most, what is too unsure is more of them.
    """
    usual = _usual_legibility(lines, strange)
    needed = min_legibility * float(np.interp(usual, PAGE_MEDIANS, DEMANDS))
    home, sure = _usual_recognizers(lines), max(needed, SURE_READING) if min_legibility else 0.0
    kept = [_stays(line.reading, needed, sure, line.reading.recognizer in home) for line in lines]
    legible = [line for line, stays in zip(lines, kept, strict=True) if stays]
    left = [line for line, stays in zip(lines, kept, strict=True) if not stays]
    alien = 2 * len(legible) <= len(lines) and usual < HARD_PAGE and _are_regular(left)
    reason: UnreadReason = "unknown-script" if alien else "illegible"
    return PartedLines(tuple(legible), tuple(UnreadLine(line.quad, reason) for line in left))


def _usual_recognizers(lines: Sequence[ReadLine]) -> set[str]:
    """The recognizers that read not only a little of a page, by the lengths of their lines."""
    lengths: dict[str, float] = {}
    for line in lines:
        length = float(np.hypot(*(line.quad[1] - line.quad[0])))
        lengths[line.reading.recognizer] = lengths.get(line.reading.recognizer, 0.0) + length
    total = sum(lengths.values())
    return {name for name, length in lengths.items() if length >= MIN_HOME * total}


def _usual_legibility(lines: Sequence[ReadLine], strange: int) -> float:
    """The median legibility of lines by their lengths, of which noise has as many as text; of those strange, 0."""
    if not lines:
        return 0.0
    sides = np.array([line.quad[[1, 3]] - line.quad[0] for line in lines])  # (n, 2, 2)
    lengths, heights = np.linalg.norm(sides, axis=2).T
    weights = lengths / np.maximum(heights, 1)
    legibilities = np.append([line.reading.legibility for line in lines], 0.0)
    weights = np.append(weights, strange * float(weights.mean()))
    return weighted_median(legibilities, weights)


def _are_regular(lines: Sequence[ReadLine]) -> bool:
    """Whether lines look like text: several, most of them of about one height. Patterns are found in any size."""
    if len(lines) < MIN_LINES:
        return False
    heights = [line.height for line in lines]
    low, high = np.quantile(heights, (0.25, 0.75))
    return bool(high <= MAX_UNLIKE * low)

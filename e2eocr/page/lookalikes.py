"""Characters that look alike, told by the lines around them: a round letter in a column of numbers is a zero."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from detectors.geometry import boxes_from_quads
from recognizers.base import CharSpan, LineText
from recognizers.charset import script_of
from recognizers.twins import twin_in

ROUND = frozenset("0OoОоΟοՕօ◦")  # of Latin, Cyrillic, Greek and Armenian, and a bullet
RINGS = ROUND | {"○"}  # that a letter O is read as, alone in its cell
DASHES = frozenset("-‐‑‒–—―−")
STROKES = frozenset("|lIІΙӀӏ")  # that a lone I looks like
COLON = ":"
UNCLEAR_DASH, CLEAR_DASH = 0.7, 0.55  # legibility below which its column tells of a dash, and from which one there does
MIN_DASHES = 3  # in that column
LOW_LINE = "_"
CEDILLAS, COMMAS = "şŞţŢ", "șȘțȚ"
ROMANIAN, TURKISH = "ăĂțȚţŢ", "ğĞıİəƏ"  # letters that tell the language; the last two are of Azerbaijani
MOSTLY = 20  # times as many letters of a script as of another, on a page in that script
# The digits of Arabic and those of Persian and Urdu, alike but for 4, 5 and 6, and letters that tell which they are.
DIGITS_ARABIC, DIGITS_PERSIAN = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"
TELLING = slice(4, 7)
# Signs of Arabic writing, and what stands for them on a page in Hebrew letters.
ARABIC_SIGNS, PLAIN_SIGNS = DIGITS_ARABIC + DIGITS_PERSIAN + "،؛؟٪٫٬", 2 * "0123456789" + ",;?%.,"
LONE_ZERO = re.compile(rf"(?<![{DIGITS_ARABIC}{DIGITS_PERSIAN}])[٠۰](?![{DIGITS_ARABIC}{DIGITS_PERSIAN}])")  # a point
LETTERS_ARABIC, LETTERS_PERSIAN = "يىكةۆێڵڕ", "یکپچژگٹڈےہ"
FIRST = re.compile(r"(?<![\w'’])l(?=(?:st|re|ère|ères)(?!\w))")  # 1st, 1re, 1ère as they are misread: no words
NEAREST = 6  # lines of a column or a row that are asked
MIN_NUMBERS = 0.6  # of them that must be numbers
WORD = 3  # letters from which a line is a word, as the head of a column is: it tells less of what stands under it
WORD_WEIGHT = 0.4
SAME_COLUMN = (
    0.5  # of the narrower line's width that two lines of a column share, and of the lower one's height in a row
)
SHORT = 3  # letters of a text that tells its script by itself no more
FEW_LINES = 4  # of its column, that tell it
NUMERALS = frozenset("IVX")
UNLIKE = 0.4  # logarithm of a stroke's height by that of the letters in its column, at most
NUMERAL = re.compile(r"[\dIlOo][\dIlOo./:,-]*")  # a number, or what one in a face with old figures is read as:
FIGURES = str.maketrans("IlOo", "1100")  # its 1 is a small capital I, and its 0 a ring
FEW_CELLS, NUMBERS = 4, 0.8  # cells of a column that tells so, and how many of these are numbers
CLEAR_FIGURE = 0.6  # confidence of each of its characters: a rule at the edge of a cell has less
MAX_CELL = 12.0  # heights of a lone character's line: a line that is longer is text beside the table, and no cell


def settle_lone(quads: np.ndarray, readings: Sequence[LineText]) -> list[LineText]:
    """Read a lone round character as a zero, and trust a lone dash, where the cells around it are numbers.

    Alone in its crop, nothing tells a zero from the letter O, nor a minus from a dash, and a recognizer divides its
    confidence among all that look so. The confidence of what was told by its column is at least the share of numbers
    there; a column without another cell that can be told, as one of zeros alone, has none, and the row tells. Of a dash
    either may tell. An unclear dash is one where most of the lone characters in its column are clear ones.

    Args:
        quads: `(n, 4, 2)` float32, on an upright page.
        readings: Of each.

    Returns:
        The readings, those of lone round characters and dashes settled where the cells around them settle them.
    """
    lone = [at for at, reading in enumerate(readings) if is_lone(reading.text)]
    if not lone:
        return list(readings)
    boxes = boxes_from_quads(quads)
    known = np.array([bool(reading.text) and not is_lone(reading.text) for reading in readings])
    numbers = np.array([_is_number(reading.text) for reading in readings])
    weights = np.where([sum(map(str.isalpha, reading.text)) >= WORD for reading in readings], WORD_WEIGHT, 1.0)
    settled = list(readings)
    for at in lone:
        reading = readings[at]
        is_unclear = reading.text in DASHES and reading.legibility < UNCLEAR_DASH
        if is_unclear and (dashes := _share_of_dashes(boxes, at, readings)) >= MIN_NUMBERS:
            settled[at] = _settle(reading, reading.text, dashes)
            continue
        shares = _shares_of_numbers(boxes, at, known * weights, numbers)
        share = max(shares, default=0.0) if reading.text in DASHES else next(iter(shares), 0.0)
        doubted = reading.text in ROUND and reading.legibility <= share  # a dash that is doubted may be dirt
        unsure = reading.confidence <= share or doubted
        if share >= MIN_NUMBERS and unsure:
            settled[at] = _settle(reading, "0" if reading.text in ROUND else reading.text, share)
    return settled


def settle_cells(quads: np.ndarray, readings: Sequence[LineText]) -> list[LineText]:
    """Read a lone stroke as I where the column it stands in has single letters, and a ring as O where its row may, too.

    A stroke beside letters is a rule: it is none that stands below or above them and is as high.

    Args:
        quads: `(n, 4, 2)` float32, on an upright page.
        readings: Of each.
    """
    is_lone_sign = [reading.text in STROKES or reading.text in RINGS for reading in readings]
    if not any(is_lone_sign):
        return list(readings)
    boxes = boxes_from_quads(quads)
    known = np.array([bool(reading.text) for reading in readings]) & ~np.array(is_lone_sign)
    letters = np.array([len(reading.text) == 1 and reading.text.isalpha() for reading in readings])
    settled = list(readings)
    for at in np.flatnonzero(is_lone_sign).tolist():
        is_stroke = readings[at].text in STROKES
        beside = [nearest_in_line(boxes, at, known, axis) for axis in ((0,) if is_stroke else (0, 1))]
        shares = [float(letters[nearest].mean()) for nearest in beside if _are_as_high(boxes, at, nearest)]
        if is_stroke and _stands_in_alphabet(boxes, at, readings):
            settled[at] = _settle(readings[at], "I", 1.0)
        elif (share := max(shares, default=0.0)) >= MIN_NUMBERS:
            settled[at] = _settle(readings[at], "I" if is_stroke else _ring(beside, readings), share)
    return settled


def _stands_in_alphabet(boxes: np.ndarray, at: int, readings: Sequence[LineText]) -> bool:
    """Whether a lone stroke stands between H and J, as above the columns of a sheet."""
    row = [other for other in np.flatnonzero(_are_in_line(boxes, at, 1)).tolist() if other != at]
    before = max((other for other in row if boxes[other, 0] < boxes[at, 0]), key=lambda it: boxes[it, 0], default=at)
    behind = min((other for other in row if boxes[other, 0] > boxes[at, 0]), key=lambda it: boxes[it, 0], default=at)
    texts = readings[before].text, readings[behind].text
    return texts in {("H", "J"), ("H", readings[at].text), (readings[at].text, "J")}


def _ring(beside: Sequence[np.ndarray], readings: Sequence[LineText]) -> str:
    """A ring amid other letters, by their places in its column and its row: as a capital, unless most are small."""
    small = [readings[at].text.islower() for nearest in beside for at in nearest.tolist()]
    return "o" if 2 * sum(small) > len(small) else "O"


def _are_as_high(boxes: np.ndarray, at: int, others: np.ndarray) -> bool:
    """Whether there are others, and most are about as high as one of some boxes `(n, 4)`."""
    heights = boxes[:, 3] - boxes[:, 1]
    return bool(len(others)) and bool(abs(np.log(heights[at] / np.median(heights[others]))) <= UNLIKE)


def settle_figures(quads: np.ndarray, readings: Sequence[LineText]) -> list[LineText]:
    """Read I and l as 1, and o beside digits as 0, in a column of numbers: the figures of some faces look like them.

    Args:
        quads: `(n, 4, 2)` float32, on an upright page.
        readings: Of each.
    """
    doubted = [at for at, reading in enumerate(readings) if _may_be_figures(reading)]
    if not doubted:
        return list(readings)
    boxes = boxes_from_quads(quads)
    numbers = np.array([_is_number(reading.text) for reading in readings])
    known = np.array([bool(reading.text) for reading in readings])
    known[doubted] = False
    settled = list(readings)
    for at in doubted:
        beside = nearest_in_line(boxes, at, known, 0)
        if len(beside) >= FEW_CELLS and numbers[beside].mean() >= NUMBERS and _are_as_high(boxes, at, beside):
            text = readings[at].text.translate(FIGURES)
            settled[at] = replace(readings[at], text=text, script=script_of(text[0]))
    return settled


def _may_be_figures(reading: LineText) -> bool:
    """Whether a reading is a number but for letters like figures; a lone ring, `settle_lone` tells."""
    has_letters = any(map(str.isalpha, reading.text)) and not is_lone(reading.text)
    is_clear = all(span.confidence >= CLEAR_FIGURE for span in reading.spans)
    return has_letters and is_clear and NUMERAL.fullmatch(reading.text) is not None


def settle_scripts(quads: np.ndarray, readings: Sequence[LineText]) -> list[LineText]:
    """Write short text in the script of the lines above and below it, or else of most letters of the page, where that
    has letters like all of its own.

    One letter alone may be of either. Two or three are of their own script where other letters of the page prove that
    it is there: `НА` stands on a page with a Russian line in it, and `HA` on any other. Roman numerals stand on all.

    Args:
        quads: `(n, 4, 2)` float32, on an upright page.
        readings: Of each.
    """
    letters = Counter(letter for reading in readings for letter in reading.text if letter.isalpha())
    if not letters:
        return list(readings)
    counts: Counter[str] = Counter()
    for letter, count in letters.items():
        counts[script_of(letter)] += count
    usual = counts.most_common(1)[0][0]
    proven = {script_of(letter) for letter in letters if twin_in(letter, usual) is None}
    if len(proven | {usual}) == 1:
        return [_in_script(reading, usual, proven) for reading in readings]
    around = _scripts_around(quads, readings)
    return [_in_script(reading, around.get(at, usual), proven) for at, reading in enumerate(readings)]


def _scripts_around(quads: np.ndarray, readings: Sequence[LineText]) -> dict[int, str]:
    """The script of each lone letter's column, by its place among the lines; none where that has more than one."""
    boxes = boxes_from_quads(quads)
    long = np.array([sum(map(str.isalpha, reading.text)) > SHORT for reading in readings])
    found = {}
    for at in [at for at, reading in enumerate(readings) if len(reading.text) == 1 and reading.text.isalpha()]:
        beside = [readings[other].text for other in nearest_in_line(boxes, at, long, 0)[:FEW_LINES].tolist()]
        scripts = {script_of(letter) for text in beside for letter in text if letter.isalpha()}
        if len(scripts) == 1:
            found[at] = scripts.pop()
    return found


def _in_script(reading: LineText, script: str, proven: Collection[str]) -> LineText:
    letters = {letter for letter in reading.text if letter.isalpha()}
    if sum(map(str.isalpha, reading.text)) > SHORT or letters <= NUMERALS:
        return reading
    foreign = {letter for letter in letters if script_of(letter) != script}
    if not foreign:
        return reading
    if len(letters) > 1 and any(script_of(letter) in proven for letter in foreign):
        return reading
    twins = {letter: twin_in(letter, script) for letter in foreign}
    if not all(twins.values()):
        return reading
    text = "".join(twins.get(letter) or letter for letter in reading.text)
    grown = any(letter.islower() and str(twins[letter]).isupper() for letter in foreign)  # н is a small H
    return replace(reading, text=text.upper() if grown else text, script=script)


def settle_commas(readings: Sequence[LineText]) -> list[LineText]:
    """Write s and t of a page with a comma below where it is Romanian, and with a cedilla where it is Turkish.

    In most faces one looks like the other; other letters tell the language.
    """
    letters = Counter("".join(reading.text for reading in readings))
    romanian, turkish = (sum(letters[letter] for letter in alphabet) for alphabet in (ROMANIAN, TURKISH))
    if romanian == turkish:
        return list(readings)
    table = str.maketrans(CEDILLAS, COMMAS) if romanian > turkish else str.maketrans(COMMAS, CEDILLAS)
    return [replace(reading, text=reading.text.translate(table)) for reading in readings]


def settle_digits(readings: Sequence[LineText]) -> list[LineText]:
    """Write the digits of a page that has those of Arabic and those of Persian all in one of the two ways.

    Most of both look alike; the three that do not tell which they are, and letters where these tell nothing. A page in
    Hebrew letters has none of either, nor commas of Arabic.
    """
    counts = Counter("".join(reading.text for reading in readings))
    if any(counts[sign] for sign in ARABIC_SIGNS) and _is_hebrew(counts):
        plain = str.maketrans(ARABIC_SIGNS, PLAIN_SIGNS)
        return [replace(each, text=LONE_ZERO.sub("·", each.text).translate(plain)) for each in readings]
    if not all(any(counts[digit] for digit in digits) for digits in (DIGITS_ARABIC, DIGITS_PERSIAN)):
        return list(readings)
    arabic, persian = (sum(counts[each] for each in digits[TELLING]) for digits in (DIGITS_ARABIC, DIGITS_PERSIAN))
    if arabic == persian:
        arabic, persian = (sum(counts[each] for each in letters) for letters in (LETTERS_ARABIC, LETTERS_PERSIAN))
    if arabic == persian:
        return list(readings)
    kinds = (DIGITS_PERSIAN, DIGITS_ARABIC) if arabic > persian else (DIGITS_ARABIC, DIGITS_PERSIAN)
    return [replace(reading, text=reading.text.translate(str.maketrans(*kinds))) for reading in readings]


def _is_hebrew(counts: Counter[str]) -> bool:
    """Whether the letters of a page are Hebrew and not Arabic, given how often each character stands on it."""
    letters: Counter[str] = Counter()
    for letter in filter(str.isalpha, counts):
        letters[script_of(letter)] += counts[letter]
    return letters["Hebr"] > MOSTLY * letters["Arab"]


def settle_sign(reading: LineText) -> LineText:
    """Read a low line before a number as its minus: a lost sign is worse than a rare name that begins so."""
    if not (reading.text.startswith(LOW_LINE) and reading.text[1:2].isdigit() and _is_number(reading.text)):
        return reading
    return replace(reading, text="-" + reading.text[1:])


def settle_first(reading: LineText) -> LineText:
    """Read the l of `lst`, `lre` and `lère` as the 1 of an ordinal: no language has such words."""
    return replace(reading, text=FIRST.sub("1", reading.text))


def is_lone(text: str) -> bool:
    """Whether a line is one round character or one dash, of which its picture alone does not tell which it is."""
    return len(text) == 1 and (text in ROUND or text in DASHES)


def _settle(reading: LineText, text: str, share: float) -> LineText:
    """A reading of one character, at least as sure as the share of the cells around it that tell which it is."""
    sure = max(share, reading.confidence)
    return replace(reading, text=text, confidence=sure, spans=(CharSpan(0.0, 1.0, sure),), script=script_of(text))


def _share_of_dashes(boxes: np.ndarray, at: int, readings: Sequence[LineText]) -> float:
    """Of the lone characters in a line's column, how many are clear dashes; 0 where they are too few to tell."""
    beside = [other for other in np.flatnonzero(_are_in_line(boxes, at, 0)).tolist() if other != at]
    lone = [readings[other] for other in beside if is_lone(readings[other].text)]
    clear = sum(each.text in DASHES and each.legibility >= CLEAR_DASH for each in lone)
    return clear / len(lone) if len(lone) >= MIN_DASHES else 0.0


def _shares_of_numbers(boxes: np.ndarray, at: int, weights: np.ndarray, numbers: np.ndarray) -> list[float]:
    """Of the nearest known cells in a line's column, how many are numbers, then of those in its row; none of no cell.

    Args:
        boxes: Of all lines, `(n, 4)`.
        at: Which of them is asked for.
        weights: How much each tells, `(n,)`; 0 where it is not known.
        numbers: Which are numbers, `(n,)` bool.
    """
    cells = (weights > 0) & (boxes[:, 2] - boxes[:, 0] <= MAX_CELL * (boxes[at, 3] - boxes[at, 1]))
    shares = []
    for axis in (0, 1):
        nearest = nearest_in_line(boxes, at, cells, axis)
        if len(nearest):
            shares.append(float(np.average(numbers[nearest], weights=weights[nearest])))
    return shares


def nearest_in_line(boxes: np.ndarray, at: int, cells: np.ndarray, axis: int) -> np.ndarray:
    """The nearest of some boxes, `(n,)` bool, in the column of one of them (axis 0) or in its row (axis 1)."""
    beside = np.flatnonzero(cells & _are_in_line(boxes, at, axis))
    middles = (boxes[:, 1 - axis] + boxes[:, 3 - axis]) / 2
    return beside[np.argsort(np.abs(middles[beside] - middles[at]), kind="stable")[:NEAREST]]


def _are_in_line(boxes: np.ndarray, at: int, axis: int) -> np.ndarray:
    """Which boxes `(n, 4)` stand in the column of one of them (axis 0), or in its row (axis 1), `(n,)` bool."""
    low, high = boxes[:, axis], boxes[:, axis + 2]
    shared = np.minimum(high, high[at]) - np.maximum(low, low[at])
    inline: np.ndarray = shared >= SAME_COLUMN * np.minimum(high - low, high[at] - low[at])
    return inline


def _is_number(text: str) -> bool:
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))

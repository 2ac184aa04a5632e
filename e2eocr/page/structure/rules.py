"""Rules on the picture of a page: long thin strokes, and the long edges of shaded fields, level or upright."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from e2eocr.page.structure.runs import dashed_runs, long_runs, long_steps, mark

RULE = 3.0  # shortest rule, in heights of the text: strokes of letters are shorter
UPRIGHT = 1.7
ROW = 0.9  # what of it is in each of the rows that it goes through: the stems of letters above a rule are shorter
EDGE = 6.0  # shortest edge of a shaded field: the foot of a row of letters is no edge
UPRIGHT_EDGE = 3.6
DASHED = 5.0  # what the dashes of a rule take together,
DASH = 0.9  # the longest of them,
DASH_GAP = 0.6  # and widest gap between two
MIN_PIXELS = 5  # of any rule
MAX_THICKNESS = 0.9  # of the height of the text
MAX_SLOPE = 0.03
MAX_RULES = 2000  # each way; a page of barcodes or hatching has more, and no table
CROSSED = 2  # pixels: half of the widest rule that another may cross
_REACH = 3  # pixels beside a stroke where the paper is


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of a page.

    Attributes:
        level: `(n, 3)` float64: left end, right end and y of each.
        upright: `(m, 3)` float64: upper end, lower end and x of each.
        leaders: `(k, 4)` float64: left, top, right and bottom of rows of dots or dashes that are no rules.
    """

    level: np.ndarray
    upright: np.ndarray
    leaders: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))

    def scaled(self, scale: float, origin: np.ndarray) -> Rules:
        """The rules on a picture that is larger by `scale` and whose zero is elsewhere."""
        x, y = origin
        return Rules(self.level * scale + [x, x, y], self.upright * scale + [y, y, x])


def find_rules(grey: np.ndarray, height: float) -> tuple[Rules, Rules]:
    """Find the rules of a level picture: those that are drawn through, and those of dots or dashes.

    A stroke that is darker, or lighter, than what lies on both sides of it is kept where it is long (a morphological
    opening); so is an edge between two shades, which must be longer.

    Args:
        grey: `(h, w)` uint8.
        height: Usual height of its text, pixels.
    """
    levels = _strokes(grey, height, RULE, EDGE)
    uprights = _strokes(cv2.transpose(grey), height, UPRIGHT, UPRIGHT_EDGE, across=levels[0])
    whole, dashed = (Rules(level, upright) for level, upright in zip(levels, uprights, strict=True))
    return whole, dashed


def _strokes(
    grey: np.ndarray, height: float, rule: float, edge: float, *, across: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Start, end and place of the level strokes of a picture, `(n, 3)`, and of those of dots or dashes.

    Where strokes `(m, 3)` run across them, those go on: the rule between two columns is as long as all their rows.
    """
    padded = cv2.copyMakeBorder(grey, _REACH, _REACH, 0, 0, cv2.BORDER_REPLICATE)
    above, below = padded[: -2 * _REACH], padded[2 * _REACH :]
    near_above, near_below = padded[_REACH - 1 : -_REACH - 1], padded[_REACH + 1 : len(padded) - _REACH + 1]
    between = cv2.min(above, below)  # made in place, step by step: new pictures take longer to get than to fill
    cv2.max(between, grey, dst=between)
    cv2.min(between, cv2.max(above, below), dst=between)
    aside = mark(cv2.absdiff(grey, between, dst=between))  # darker, or lighter, than both sides
    whole = aside
    if across is not None and len(across):
        whole = aside.bridged(2 * CROSSED, _pixels(ROW * height), _places(across, grey.shape))
    runs = [
        long_runs(whole, _pixels(rule * height)),
        long_steps(near_above, near_below, _pixels(edge * height)),
    ]
    dashes = dashed_runs(aside, _pixels(DASHED * height), int(DASH * height), int(DASH_GAP * height))
    return _gather_strokes(np.concatenate(runs), grey.shape, height), _gather_strokes(dashes, grey.shape, height)


def _places(strokes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Where upright strokes `(n, 3)` of a picture of that shape are, `(h, w)` uint8 0 or 1."""
    places = np.zeros(shape, np.uint8)
    for start, end, middle in strokes.round().astype(int).tolist():
        places[max(0, start - CROSSED) : end + CROSSED, max(0, middle - CROSSED - 1) : middle + CROSSED + 1] = 1
    return places


def _pixels(length: float) -> int:
    return max(int(length), MIN_PIXELS)


def _gather_strokes(runs: np.ndarray, shape: tuple[int, ...], height: float) -> np.ndarray:
    """Runs `(n, 3)` of a picture of that shape, those together that touch, as start, end and place of strokes."""
    if not len(runs):
        return np.zeros((0, 3))
    # Most rows of pixels are empty: two beside each that is not keep strokes apart.
    rows = np.unique(np.clip(runs[:, :1] + np.arange(-2, 3), 0, shape[0] - 1))
    mask = np.zeros((len(rows), shape[1]), np.uint8)
    for row, start, end in zip(np.searchsorted(rows, runs[:, 0]).tolist(), *runs[:, 1:].T.tolist(), strict=True):
        mask[row, start:end] = 1
    # A rule that crosses another is nowhere darker than what is on both its sides: it is whole for all that.
    dense = cv2.dilate(mask, np.ones((3, 2 * CROSSED + 1), np.uint8))
    left, top, width, thickness = outlined_boxes(dense).T
    thin = thickness <= np.maximum(MAX_THICKNESS * height, MAX_SLOPE * width)
    middles = (rows[top] + rows[top + thickness - 1] + 1) / 2
    strokes = np.stack([left + CROSSED, left + width - CROSSED, middles], axis=1)[thin]
    strokes = strokes[np.lexsort((strokes[:, 0], strokes[:, 2]))]
    return strokes if len(strokes) <= MAX_RULES else np.zeros((0, 3))


def outlined_boxes(mask: np.ndarray) -> np.ndarray:
    """Left, top, width and height of all that hangs together in a mask, `(n, 4)` int."""
    contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    parents = hierarchy[0, :, 3].tolist() if contours else []
    outer = [cv2.boundingRect(each) for each, parent in zip(contours, parents, strict=True) if parent < 0]
    return np.array(outer, int).reshape(-1, 4)

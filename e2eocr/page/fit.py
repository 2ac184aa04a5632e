"""Quads fitted to the ink of their lines, so that a line is as large in its crop however loosely it was found."""

from __future__ import annotations

import cv2
import numpy as np

from e2eocr.page.crops import cut_lines

_MIN_HEIGHT = 10  # pixels of a crop below which nothing can be told
_INK_DEPTH = 12  # grey levels between a line and its surroundings below which a crop is left as it is
_INK_SHARE = 0.4  # of the deepest ink's distance from its surroundings: what comes nearer to them is paper
_CORE = 0.35  # of the fullest row's ink: rows with more are the body of the line
_MIN_BODY = 0.6  # of the highest letter
_NEAR = 0.7  # heights of the body within which accents and descenders lie
_MARGIN = 0.12  # heights of the body left around the ink
_MIN_ROOM = 0.28  # heights of the body kept above and below it, as a line without ascenders has
_MIN_INK = 3  # pixels of a speck
_WHOLE = (0.0, 0.0, 1.0, 1.0)
_SIGN = 0.35  # of a quad's height: ink that is lower is a dash or a dot, whose place in the line tells which
_RULE_HEIGHT, _RULE_LENGTH = 0.15, 1.5  # of a quad's height, a rule under words: at most so high, and at least so long,
_RULED_LETTER = 0.2  # and the height of these words' letters, at least
_EDGE_WIDTH, _EDGED_LETTER = 0.12, 0.85  # likewise of a cell's edge, which goes through a crop, and of its letters
_EDGE_ROOM = 0.15  # between both: the letters of a word stand closer
_MIN_DOTS, _DOT_STEP, _LEVEL = 6, 3.5, 0.06  # of a dotted rule: dots, sizes of a dot from one to the next, heights;
_FEW_DOTS, _DOTTED = 4, 0.6  # and dots of one that goes along so much of a crop
_MIN_CHANGE = 0.06  # of a quad's height
_BAR_HEIGHT, _BAR_ROW = 0.48, 0.4  # of the rows of a crop, those of a bar, and of such a row its ink
_LONGEST_DASH = 4.0  # heights of its crop


def fit_quads(image: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Move the edges of quads inwards to the ink of their line.

    Ink of neighbouring lines at the edges does not count. Quads are never made larger, and those whose line cannot be
    told from its surroundings stay as they are.

    Args:
        image: Page, `(H, W, 3)` uint8 RGB.
        quads: Line corners, `(n, 4, 2)` float32 page pixels, clockwise from the text's top left.

    Returns:
        `(n, 4, 2)` float32.
    """
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    crops = cut_lines(image, quads, padding=0.0)
    return np.array([_fit(quad, crop) for quad, crop in zip(quads, crops, strict=True)], np.float32).reshape(-1, 4, 2)


def _fit(quad: np.ndarray, crop: np.ndarray) -> np.ndarray:
    left, top, right, bottom = ink_box(crop)
    if top + 1 - bottom < _MIN_CHANGE or bottom - top < _SIGN:
        top, bottom = 0.0, 1.0
    places = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    across, down = places[:, :1], places[:, 1:]
    upper = quad[0] + across * (quad[1] - quad[0])
    lower = quad[3] + across * (quad[2] - quad[3])
    return upper + down * (lower - upper)


def ink_box(crop: np.ndarray) -> tuple[float, float, float, float]:
    """Where the line in a crop `(h, w)` uint8 lies: left, top, right and bottom as fractions of its sides.

    All of the crop, if nothing tells.
    """
    height, width = crop.shape
    ink = find_ink(crop) if height >= _MIN_HEIGHT and width >= _MIN_HEIGHT else None
    if ink is None:
        return _WHOLE
    ink, stats = without_rules(ink)
    first, last = _find_body(ink)
    body = float(last - first)
    stats = stats[stats[:, cv2.CC_STAT_AREA] >= _MIN_INK]
    lefts, tops = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    rights, bottoms = lefts + stats[:, cv2.CC_STAT_WIDTH], tops + stats[:, cv2.CC_STAT_HEIGHT]
    in_body = (tops < last) & (bottoms > first)
    near = (tops > 0) & (bottoms < height) & (bottoms > first - _NEAR * body) & (tops < last + _NEAR * body)
    kept = in_body | near
    if not kept.any():
        return _WHOLE
    # Where rows of ink are uneven, as in a few digits, the body is a part of them, and a sign may lie beside it.
    kept |= (tops >= tops[kept].min()) & (bottoms <= bottoms[kept].max())
    body = max(body, _MIN_BODY * float((bottoms - tops)[kept].max()))
    top = min(float(tops[kept].min()) - _MARGIN * body, first - _MIN_ROOM * body)
    bottom = max(float(bottoms[kept].max()) + _MARGIN * body, last + _MIN_ROOM * body)
    left, right = float(lefts[kept].min()) - _MARGIN * body, float(rights[kept].max()) + _MARGIN * body
    return max(0.0, left / width), max(0.0, top / height), min(1.0, right / width), min(1.0, bottom / height)


def find_ink(crop: np.ndarray, share: float = _INK_SHARE) -> np.ndarray | None:
    """Where ink is, `(h, w)` uint8 0 or 1; None where it does not stand out.

    It is what is deeper than a share of the deepest ink's distance from its surroundings.

    Pixels are compared with their surroundings, since one end of a line may lie in the shade.
    """
    height, width = crop.shape
    grey = crop.astype(np.float32)
    surroundings = cv2.blur(grey, (min(2 * height + 1, width), 2 * height + 1), borderType=cv2.BORDER_REPLICATE)
    depth = surroundings - grey
    ordered = np.sort(depth, axis=None)  # in a tenth of the time that `np.percentile` takes
    darkest, lightest = ordered[round(0.99 * (depth.size - 1))], -ordered[round(0.01 * (depth.size - 1))]
    if lightest > darkest:  # light on dark
        depth, darkest = -depth, lightest
    return (depth > share * darkest).astype(np.uint8) if darkest >= _INK_DEPTH else None


def is_bar(crop: np.ndarray) -> bool:
    """Whether the stroke in a crop `(h, w)` uint8 is a bar or a rule, which is thicker or longer than a dash."""
    height, width = crop.shape
    ink = find_ink(crop)
    thick = ink is not None and float((ink.mean(axis=1) > _BAR_ROW).mean()) >= _BAR_HEIGHT
    return thick or width >= _LONGEST_DASH * height


def without_rules(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ink `(h, w)` without the rules under, over or beside letters, and what is known of its components, `(n, 5)`.

    Where there are no letters, a thin stroke is a dash.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    marks, high = stats[1:], len(ink)
    widths, heights = marks[:, cv2.CC_STAT_WIDTH], marks[:, cv2.CC_STAT_HEIGHT]
    rules = (heights <= _RULE_HEIGHT * high) & (widths >= _RULE_LENGTH * high)
    rules |= _are_edges(marks, high) | _are_dotted(marks, ink.shape)
    letters = (heights >= _RULED_LETTER * high) & ~rules
    if not rules.any() or not letters.any():
        return ink, marks
    kept: np.ndarray = np.concatenate([[False], ~rules])
    return ink * kept[labels].astype(np.uint8), stats[kept]


def _are_edges(marks: np.ndarray, height: int) -> np.ndarray:
    """Which marks `(n, 5)` of a crop so high are edges of a cell: beside all letters, and higher than any."""
    lefts, widths, heights = (marks[:, at] for at in (cv2.CC_STAT_LEFT, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    through = (heights == height) & (widths <= _EDGE_WIDTH * height)
    letters = ~through & (heights >= _RULED_LETTER * height)
    if not through.any() or not letters.any() or heights[letters].max() > _EDGED_LETTER * height:
        return np.zeros(len(marks), bool)
    first, last, room = lefts[letters].min(), (lefts + widths)[letters].max(), _EDGE_ROOM * height
    sides = through & (lefts + widths <= first - room), through & (lefts >= last + room)
    edges: np.ndarray = np.any([side for side in sides if side.sum() == 1], axis=0) & through
    return edges


def _are_dotted(marks: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Which marks `(n, 5)` of a crop of a height and width are dots of a rule: close to each other, and level."""
    height, width = shape
    lefts, tops, widths, heights = marks[:, :4].T
    dots = np.flatnonzero((heights <= _RULE_HEIGHT * height) & (widths <= _RULE_HEIGHT * height))
    dots = dots[np.lexsort((lefts[dots], tops[dots] // max(1.0, _LEVEL * height)))]
    size = np.maximum(widths[dots], heights[dots])
    steps, rises = np.diff(lefts[dots]), np.abs(np.diff(tops[dots]))
    joined = (steps > 0) & (steps <= _DOT_STEP * np.maximum(size[1:], size[:-1])) & (rises <= _LEVEL * height)
    are_dotted = np.zeros(len(marks), bool)
    for run in np.split(dots, 1 + np.flatnonzero(~joined)):
        most = len(run) > 1 and lefts[run[-1]] - lefts[run[0]] >= _DOTTED * width
        are_dotted[run] = len(run) >= (_FEW_DOTS if most else _MIN_DOTS)
    return are_dotted


def _find_body(ink: np.ndarray) -> tuple[int, int]:
    """First and last row (exclusive) of the letters' bodies: the run of full rows with the most ink."""
    height = len(ink)
    rows = ink.sum(axis=1).astype(np.float32)
    weights = 1.0 - 0.5 * np.abs(np.linspace(-1, 1, height, dtype=np.float32))  # neighbours lie at the edges
    starts, ends = runs_of(rows * weights > _CORE * float((rows * weights).max()))
    amounts = [float((rows * weights)[start:end].sum()) for start, end in zip(starts, ends, strict=True)]
    best = int(np.argmax(amounts))
    return int(starts[best]), int(ends[best])


def runs_of(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the runs of what is marked, `(n,)` bool, begin and end (exclusive), `(m,)` int each."""
    full = np.concatenate([[False], marked, [False]])
    return np.flatnonzero(full[1:] & ~full[:-1]), np.flatnonzero(full[:-1] & ~full[1:])

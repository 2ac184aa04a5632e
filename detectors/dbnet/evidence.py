"""What the ink says of quads: that one holds several rows, that it ends short of a sign, and what lies in none of them.

Letters that touch nothing else are seen in the ink for sure, however small; what the net adds is whether ink is text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from detectors.dbnet.frames import InkIndex, QuadFrame, free_marks, own_marks, own_reached
from detectors.dbnet.grounds import SIGN_SCORE
from detectors.dbnet.neighbours import part_ends
from detectors.dbnet.page_ink import NO_MARKS, PageInk
from detectors.dbnet.signs import lone_signs, reach_bullets, reach_signs
from detectors.marks import Marks, are_scattered
from detectors.projection.detector import find_lines

STACK_GAP = 0.35  # of a row's height: the usual gap between the rows of a column of cells, from which it is one
ROW_GAP = 0.55  # of a letter's height: middles of letters that stand further apart, stand in two rows
ROW_PITCH = 0.9  # of a letter's height: rows cannot be closer
ROW_HEIGHT = 0.6  # of the letters of a quad's fullest row: what is lower is commas and feet
ROW_WIDTH = 0.15  # of that row's ink
CELL_WIDTH = 1.2  # of a quad's length along its text, to its height: what is narrower may be a column
MAX_LONG = 12.0  # heights of what may be a word in one piece; what is longer is a rule or a bar
ROOM = 0.3  # of a row's height, between its letters and the edges of its quad
CLOSE_ROOM = 0.12  # likewise of a line that its ink alone tells: more, and rules beside it come in
LONG = 2.5  # heights of a quad from which its outline tells how its text runs
SIDEWAYS = 8.0  # times as many letters in quads on end as in level ones has a page that lies on its side
UNEVEN = 0.12  # of the mean, the deviation of its letters' widths: the rows of a column of digits are equally high
BLOCK = 3.5  # times the height of its letters, that of a quad that may hold rows which run otherwise than it does
ASLANT = (-3, 3, -6, 6, -9, 9, -12, 12)  # degrees by which they may
MOST = 0.9  # of its letters, those that rows found so have at least
MOST_WIDTH = 0.7  # of all their width, the width of each
MIN_PRINT = 6  # letters of a quad that tells of what height they are,
MAX_UNEVEN = 1.6  # times that of the lower quarter of them, the height of the upper quarter, of one print
FEW = 3  # letters of a quad that may have lost its angle
MAX_ASKEW = 0.1  # radians from the way the page's lines run
MAX_ALONE = 6000  # letters in no line, of which lines are made; more are a picture or dirt
NEIGHBOURHOOD = 6.0  # heights of a quad around it, from which it can be gone on
NOTHING = np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
INK_SCORE = 0.25  # of a line that is told by its ink alone, and as regular as print


def level_short(quads: np.ndarray, letters: Sequence[np.ndarray]) -> np.ndarray:
    """Turn quads of a few letters as the long lines of the page run: outlines so short do not tell it.

    Args:
        quads: `(n, 4, 2)` float32.
        letters: Of each quad, the boxes of its letters, `(m, 4)`.
    """
    frames = [QuadFrame.of(quad) for quad in quads]
    long = [frame for frame in frames if frame.width > LONG * frame.height]
    angles = [math.atan2(frame.along[1], frame.along[0]) for frame in long] or [0.0]
    common = float(np.median(angles))
    levelled = []
    for quad, frame, inside in zip(quads, frames, letters, strict=True):
        off = abs(math.atan2(frame.along[1], frame.along[0]) - common)
        short = frame.width <= LONG * frame.height and frame.height <= LONG * frame.width
        askew = short and 0 < len(inside) <= FEW and off > MAX_ASKEW
        levelled.append(_around(inside, common) if askew else quad)
    return np.array(levelled, np.float32).reshape(-1, 4, 2)


def _around(letters: np.ndarray, angle: float) -> np.ndarray:
    """The quad around the boxes of letters `(n, 4)`, at an angle in radians."""
    along = np.array([math.cos(angle), math.sin(angle)])
    frame = QuadFrame(np.zeros(2), along, np.array([-along[1], along[0]]), 1.0, 1.0)
    return _row_quad(frame, *frame.extents(letters))


def lies_on_side(quads: np.ndarray, letters: Sequence[np.ndarray]) -> bool:
    """Whether a page lies on its side: nearly all of its letters stand in lines on end, and differ in width.

    Args:
        quads: `(n, 4, 2)` float32.
        letters: Of each quad, the boxes of its letters, `(m, 4)`.
    """
    level, on_end = 0, [np.zeros(0)]
    for quad, boxes in zip(quads, letters, strict=True):
        frame = QuadFrame.of(quad)
        if frame.width > LONG * frame.height:
            level += len(boxes)
        elif frame.height > LONG * frame.width:
            on_end.append(np.ptp(frame.extents(boxes)[1], axis=1))
    widths = np.concatenate(on_end)
    return len(widths) > SIDEWAYS * level and bool(widths.std() > UNEVEN * widths.mean())


def are_print(letters: np.ndarray) -> bool:
    """Whether boxes `(n, 4)` are letters of one print, and no pieces of letters that are too large to be seen whole."""
    if len(letters) < MIN_PRINT:
        return False
    low, high = np.quantile(letters[:, 3] - letters[:, 1], (0.25, 0.75))
    return bool(high <= MAX_UNEVEN * low)


def split_rows(quad: np.ndarray, letters: np.ndarray) -> list[np.ndarray]:
    """Part a quad that holds several rows into quads of one each.

    Args:
        quad: `(4, 2)` float32, the first edge the one that runs to the right.
        letters: Boxes of the letters in it that lie in no other quad as well, `(n, 4)`.

    Returns:
        The quad itself where it holds one row, or letters of a line that runs down the page.
    """
    frame = QuadFrame.of(quad)
    along, across = frame.extents(letters)
    compact = along[:, 1] - along[:, 0] <= MAX_LONG * (across[:, 1] - across[:, 0])
    along, across = along[compact], across[compact]
    if len(along) < 2:
        return [quad]
    if frame.width >= CELL_WIDTH * frame.height:
        rows = _whole_rows(_rows(across), along, across)
    else:
        rows = _stack(across)
    if len(rows) >= 2:
        return [_row_quad(frame, along[row], across[row]) for row in rows]
    return _rows_aslant(frame, letters[compact]) or [quad]


def _rows_aslant(frame: QuadFrame, letters: np.ndarray) -> list[np.ndarray]:
    """The rows of a quad that runs otherwise than they do, as a block of rows may be found; none where it holds one."""
    high = float(np.median(letters[:, 3] - letters[:, 1]))
    if len(letters) < MIN_PRINT or not BLOCK * high <= frame.height <= frame.width / CELL_WIDTH:
        return []
    found: list[np.ndarray] = []
    for degrees in ASLANT:
        turned = frame.turned(math.radians(degrees))
        along, across = turned.extents(letters)
        rows = _whole_rows(_rows(across), along, across)
        beside = all(np.ptp(along[row]) >= MOST_WIDTH * np.ptp(along) for row in rows)  # and not behind each other
        if len(rows) > max(1, len(found)) and beside and sum(map(len, rows)) >= MOST * len(letters):
            found = [_row_quad(turned, along[row], across[row]) for row in rows]
    return found


def _whole_rows(rows: list[np.ndarray], along: np.ndarray, across: np.ndarray) -> list[np.ndarray]:
    """The rows that are lines: several letters, nearly as high as those of the fullest row, and not much fewer."""
    heights = [float(np.median(across[row, 1] - across[row, 0])) for row in rows]
    widths = [float((along[row, 1] - along[row, 0]).sum()) for row in rows]
    fullest = int(np.argmax(widths))
    return [
        row
        for row, height, width in zip(rows, heights, widths, strict=True)
        if len(row) > 1 and height >= ROW_HEIGHT * heights[fullest] and width >= ROW_WIDTH * widths[fullest]
    ]


def _rows(across: np.ndarray) -> list[np.ndarray]:
    """Indices of each row of letters, whose extents across the rows are given, `(n, 2)`."""
    usual = float(np.median(across[:, 1] - across[:, 0]))
    middles = across.mean(axis=1)
    order = np.argsort(middles, kind="stable")
    breaks = np.flatnonzero(np.diff(middles[order]) > ROW_GAP * usual) + 1
    rows = np.split(order, breaks)
    pitches = np.diff([float(np.median(middles[row])) for row in rows])
    return rows if (pitches > ROW_PITCH * usual).all() else [order]


def _stack(across: np.ndarray) -> list[np.ndarray]:
    """The same where the quad is narrow: the letters of a line on end stand closer than the rows of a column."""
    order = np.argsort(across[:, 0], kind="stable")
    reached = np.maximum.accumulate(across[order, 1])
    gaps = across[order[1:], 0] - reached[:-1]
    breaks = np.flatnonzero(gaps > 0) + 1
    rows = np.split(order, breaks)
    heights = np.array([across[row, 1].max() - across[row, 0].min() for row in rows])
    usual = float(np.median(heights))
    if len(rows) < 2 or float(np.median(gaps[breaks - 1])) < STACK_GAP * usual or heights.max() > 2 * usual:
        return [order]
    return rows


def _row_quad(frame: QuadFrame, along: np.ndarray, across: np.ndarray) -> np.ndarray:
    left, right = float(along[:, 0].min()), float(along[:, 1].max())
    top, bottom = float(across[:, 0].min()), float(across[:, 1].max())
    room = ROOM * (bottom - top)
    return frame.cut(left - room, top - room, right + room, bottom + room)


def _give_room(quad: np.ndarray) -> np.ndarray:
    """A quad `(4, 2)` that ends where its ink does, with room around it: ink at an edge may be another line's."""
    frame = QuadFrame.of(quad)
    room = CLOSE_ROOM * frame.height
    return frame.cut(-room, -room, frame.width + room, frame.height + room)


def fit_evidence(
    quads: np.ndarray, scores: np.ndarray, ink: PageInk, bent: np.ndarray = NOTHING[0]
) -> tuple[np.ndarray, np.ndarray]:
    """Bring the quads that the net found into line with the ink, and add what it did not find.

    Args:
        quads: `(n, 4, 2)` float32.
        scores: `(n,)`.
        ink: Of their page.
        bent: Hulls of the lines that bend or are on the slant, `(m, 4, 2)`: what ink lies in them is theirs, and they
            stay as they are.

    Returns:
        Quads and scores, without the lines that bend; lines that are told by their ink alone are below `INK_SCORE`.
    """
    quads, scores = _split(quads, scores, ink)
    every = InkIndex(np.concatenate([ink.marks.letters, ink.marks.dots]))
    quads = part_ends(_reach(quads, every, bent), InkIndex(ink.marks.letters))
    known = np.concatenate([quads, bent])
    free = free_marks(every, known)
    letters, dots = np.split(every.boxes, [len(ink.marks.letters)])
    alone = Marks(letters[free[: len(letters)]], dots[free[len(letters) :]], ink.marks.height)
    if are_scattered(every.boxes[free]):
        alone = NO_MARKS
    found, regular = find_lines(alone, ink.size) if len(alone.letters) <= MAX_ALONE else NOTHING
    found = np.array([_give_room(quad) for quad in found], np.float32).reshape(-1, 4, 2)
    lone_dots = alone.dots[free_marks(InkIndex(alone.dots), found)]
    lone = lone_signs(lone_dots, known, ink.marks.height, found)
    scores = np.concatenate([scores, INK_SCORE * regular, np.full(len(lone), SIGN_SCORE, np.float32)])
    return np.concatenate([quads, found, lone]), scores


def _split(quads: np.ndarray, scores: np.ndarray, ink: PageInk) -> tuple[np.ndarray, np.ndarray]:
    """The rows of quads, and their scores; letters too large to be seen as one piece part none."""
    heights = ink.marks.letters[:, 3] - ink.marks.letters[:, 1]
    letters = InkIndex(ink.marks.letters[heights <= ink.reliable])
    owners = own_marks(letters, quads)
    inside = [letters.boxes[owners == at] for at in range(len(quads))]
    quads = level_short(quads, inside)
    sideways = lies_on_side(quads, inside)
    parts = []
    for quad, boxes in zip(quads, inside, strict=True):
        frame = QuadFrame.of(quad)
        large = min(frame.width, frame.height) > ink.reliable and not are_print(boxes)
        whole = large or (sideways and frame.height > LONG * frame.width)
        parts.append([quad] if whole else split_rows(quad, boxes))
    rows = np.array([row for rows in parts for row in rows], np.float32).reshape(-1, 4, 2)
    return rows, np.repeat(scores, [len(rows) for rows in parts])


def _reach(quads: np.ndarray, marks: InkIndex, bent: np.ndarray) -> np.ndarray:
    """Quads moved out to the signs and letters beside them that are in no other, and to the ends of those they cut.

    A sign that two lines reach, as the dash of `20 – 29`, is that of the nearer one: in both it would be read twice.
    """
    owners = own_marks(marks, np.concatenate([quads, bent]))
    moved = [_reach_marks(at, quad, marks, owners) for at, quad in enumerate(quads)]
    nearest, too_far = own_reached(marks, quads, np.array(moved, np.float32).reshape(-1, 4, 2))
    owners = np.where(owners == -1, nearest, owners)
    for at in np.flatnonzero(too_far).tolist():
        moved[at] = _reach_marks(at, quads[at], marks, owners)
    return reach_bullets(np.array(moved, np.float32).reshape(-1, 4, 2), InkIndex(marks.boxes[owners == -1]))


def _reach_marks(at: int, quad: np.ndarray, marks: InkIndex, owners: np.ndarray) -> np.ndarray:
    """Quad number `at`, moved out to the marks beside it that are its own or nobody's, by the owner of each mark."""
    frame = QuadFrame.of(quad)
    if frame.height > LONG * frame.width:
        return quad
    near = marks.near(quad, NEIGHBOURHOOD * frame.height)
    return reach_signs(quad, marks.boxes[near[(owners[near] == -1) | (owners[near] == at)]])

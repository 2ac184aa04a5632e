"""Signs at the ends of lines and in cells of their own: no minus is lost because a quad ends short of it."""

from __future__ import annotations

import math

import numpy as np

from detectors.dbnet.frames import InkIndex, QuadFrame

ROOM = 0.3  # of a row's height, between a sign and the ends of its quad
END_REACH = 0.75  # of a quad's height, from its end to a sign
MAX_SIGN = 1.1  # of a quad's height
LETTER_REACH = 0.25  # of a quad's height, from its end to a letter of the same word
MAX_SIGNS = 2  # at each end
LEVEL = 0.4  # of a quad's height, from its middle to that of a mark that stands in its line
POINT_LEVEL = 0.55  # likewise of a point, comma or quotation mark that ends a word
POINT_REACH = 0.35  # of a quad's height, from its end, or that of the point before, to such a mark
MIN_DASH = 0.24  # of a usual letter's height
MIN_BULLET = 0.25
LEVEL_COSINE = 0.9
BESIDE = 3.0  # of a row's height, from its end to a bullet before it
MAX_LONE = 400
MAX_CELL = 12.0  # of its height, the width of a line that may be a cell of a column,
MIN_CELLS = 2  # of which there are several
NONE_TOLD = np.zeros((0, 4, 2), np.float32)
LIST_SIGN = (0.25, 0.6)  # of a quad's height, that of the bullets of a list,
LIST_REACH = 2.2  # from its end to such a bullet,
LIST_LEVEL = 0.25  # and from its middle to that of the bullet
LIST_COLUMN = 0.4  # of a quad's height, between the places of the bullets of one list
LONE_ROOM = 1.2  # usual letters' heights around a sign that is not one of a row of them
MIN_POINT, MAX_POINT = 0.08, 0.35  # of a usual letter's height, a point of a colon,
COLON_LEAN = 0.12  # how far its points may be from standing one above the other,
COLON_GAP = 0.25  # and how far their middles are apart at least; at most, as far as makes a sign stand alone
MAX_ROW = 4.0  # usual letters' heights
LEADER_DOT = 0.3  # of a line's height, a dot of a leader
LEADER_DOTS = 5  # of them stand at even distances beside a line; of an ellipsis there are fewer
LEADER_EVEN = 0.25  # of the distance, that the next one may differ


def reach_signs(quad: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Move the ends of a quad out to letters that go on a word, and to signs that stand a little apart.

    Args:
        quad: `(4, 2)` float32.
        marks: Boxes near it that lie in no quad, `(n, 4)`.
    """
    frame = QuadFrame.of(quad)
    along, across = frame.extents(marks)
    off = np.abs(across.mean(axis=1) - frame.height / 2)
    sizes = np.maximum(along[:, 1] - along[:, 0], across[:, 1] - across[:, 0])
    fits = (off <= POINT_LEVEL * frame.height) & (sizes <= MAX_SIGN * frame.height)
    fits[fits] &= ~_are_leaders(along[fits], across[fits], sizes[fits] <= LEADER_DOT * frame.height)
    along, points = along[fits], off[fits] > LEVEL * frame.height
    left = -_reach(-along[:, ::-1], points, frame.height)
    right = frame.width + _reach(along - frame.width, points, frame.height)
    return quad if left == 0 and right == frame.width else frame.cut(left, 0.0, right, frame.height)


def _are_leaders(along: np.ndarray, across: np.ndarray, dots: np.ndarray) -> np.ndarray:
    """Which marks are dots of a row of such at even distances, `(n,)` bool: the first one is no full stop.

    Args:
        along: First and last places of the marks along a line, `(n, 2)`.
        across: Likewise across it.
        dots: Which of them are as small as dots, `(n,)` bool.
    """
    leaders = np.zeros(len(along), bool)
    order = np.flatnonzero(dots)[np.argsort(along[dots].sum(axis=1), kind="stable")]
    if len(order) < LEADER_DOTS:
        return leaders
    middles, levels = along[order].mean(axis=1), across[order].mean(axis=1)
    steps, sizes = np.diff(middles), np.diff(across[order], axis=1)[:, 0]
    level = np.abs(np.diff(levels)) <= np.maximum(sizes[1:], sizes[:-1])
    even = np.abs(np.diff(steps)) <= LEADER_EVEN * np.maximum(steps[1:], steps[:-1])
    goes_on = level[1:] & level[:-1] & even  # of each dot with one on either side
    for run in np.split(np.arange(len(goes_on)), 1 + np.flatnonzero(~goes_on[1:] | ~goes_on[:-1])):
        if goes_on[run].all() and len(run) + 2 >= LEADER_DOTS:
            leaders[order[run[0] : run[-1] + 3]] = True
    return leaders


def _reach(spans: np.ndarray, points: np.ndarray, height: float) -> float:
    """How far a line of this height goes on beyond its end at 0.

    Args:
        spans: First and last places of marks, `(n, 2)`.
        points: Which of them lie too high or low for a sign that stands apart, `(n,)` bool.
        height: Of the line.
    """
    end, signs = 0.0, 0
    order = np.argsort(spans[:, 0], kind="stable")
    for (first, last), is_point in zip(spans[order].tolist(), points[order].tolist(), strict=True):
        if last <= end or first < -height or (is_point and first - end > POINT_REACH * height):
            continue
        if first - end > END_REACH * height:
            break
        signs += first - end > LETTER_REACH * height and not is_point
        if signs > MAX_SIGNS:
            break
        end = last
    return end


def reach_bullets(quads: np.ndarray, marks: InkIndex) -> np.ndarray:
    """Move the beginnings of quads out to the bullets of their list, which are several, one above the other.

    Args:
        quads: `(n, 4, 2)` float32.
        marks: Those that lie in no quad.
    """
    frames = [QuadFrame.of(quad) for quad in quads]
    firsts = [_bullet_before(frame, marks.boxes[marks.near(quad, (LIST_REACH + 1) * frame.height)])
              for frame, quad in zip(frames, quads, strict=True)]  # fmt: skip
    places = np.array([frame.origin[0] + first for frame, first in zip(frames, firsts, strict=True)])  # nan: none
    moved = quads.copy()
    for at in np.flatnonzero(~np.isnan(places)).tolist():
        frame = frames[at]
        if (np.abs(places - places[at]) <= LIST_COLUMN * frame.height).sum() > 1:
            moved[at] = frame.cut(firsts[at] - ROOM * frame.height / 2, 0.0, frame.width, frame.height)
    return moved


def _bullet_before(frame: QuadFrame, marks: np.ndarray) -> float:
    """Where the only mark that stands before a line begins, along it, if that may be a bullet; else not a number."""
    along, across = frame.extents(marks)
    before = (along[:, 1] <= 0) & (along[:, 0] >= -(LIST_REACH + 1) * frame.height)
    before &= (across[:, 1] > 0) & (across[:, 0] < frame.height)
    if before.sum() != 1 or frame.along[0] < LEVEL_COSINE:
        return math.nan
    (first, last), (top, bottom) = along[before][0], across[before][0]
    low, high = (share * frame.height for share in LIST_SIGN)
    round_enough = low <= last - first <= high and low <= bottom - top <= high
    level = abs((top + bottom) / 2 - frame.height / 2) <= LIST_LEVEL * frame.height
    return float(first) if round_enough and level and -last <= LIST_REACH * frame.height else math.nan


def lone_signs(dots: np.ndarray, quads: np.ndarray, height: float, told: np.ndarray = NONE_TOLD) -> np.ndarray:
    """Quads of the dashes and bullets that stand alone in a row with lines, as high as these, `(m, 4, 2)` float32.

    Args:
        dots: Boxes in no line, `(n, 4)`.
        quads: The lines, `(k, 4, 2)`.
        height: Usual height of a letter.
        told: Lines that their ink alone tells, likewise: a sign in a row with one of them must stand in a column of
            such cells.
    """
    rows, cells = (
        [frame for frame in _level_frames(each) if frame.height <= MAX_ROW * height] for each in (quads, told)
    )
    cells = [frame for frame in cells if frame.width <= MAX_CELL * frame.height]
    found = []
    signs = np.concatenate([dots[_are_signs(dots, height)], find_colons(dots, height)])
    for box in signs[:MAX_LONE]:
        quad = _sign_quad(box, rows)
        if quad is None and _count_across(box, cells) >= MIN_CELLS:
            quad = _sign_quad(box, cells)
        found += [] if quad is None else [quad]
    return np.array(found, np.float32).reshape(-1, 4, 2)


def _level_frames(quads: np.ndarray) -> list[QuadFrame]:
    return [frame for frame in map(QuadFrame.of, quads) if frame.along[0] > LEVEL_COSINE]


def _count_across(box: np.ndarray, rows: list[QuadFrame]) -> int:
    """How many rows a box `(4,)` has its middle above or below, or in."""
    middle = (box[0] + box[2]) / 2
    return sum(frame.origin[0] <= middle <= frame.origin[0] + frame.width for frame in rows)


def _are_signs(dots: np.ndarray, height: float) -> np.ndarray:
    """Which dots `(n, 4)` are dashes or bullets, `(n,)` bool: none of a dashed rule, nor of leaders."""
    widths, heights = (dots[:, 2:] - dots[:, :2]).T
    dash = (widths >= 1.5 * heights) & (widths >= MIN_DASH * height)
    bullet = np.minimum(widths, heights) >= MIN_BULLET * height
    signs = dash | bullet
    middles = (dots[:, 1] + dots[:, 3]) / 2
    for at in np.flatnonzero(signs):
        apart = np.maximum(dots[:, 0] - dots[at, 2], dots[at, 0] - dots[:, 2])
        beside = (np.abs(middles - middles[at]) < LEVEL * height) & (apart < LONE_ROOM * height)
        signs[at] = beside.sum() == 1  # itself
    return signs


def find_colons(dots: np.ndarray, height: float) -> np.ndarray:
    """Boxes `(m, 4)` around two dots of one size, one above the other, that no other stands beside.

    Args:
        dots: Boxes in no line, `(n, 4)`.
        height: Usual height of a letter.
    """
    sizes = (dots[:, 2:] - dots[:, :2]).max(axis=1, initial=0)
    points = dots[(sizes >= MIN_POINT * height) & (sizes <= MAX_POINT * height)]
    points = points[np.argsort(points[:, 1], kind="stable")]
    middles = (points[:, :2] + points[:, 2:]) / 2
    found = []
    for at, point in enumerate(points):
        apart, below = (middles - middles[at]).T / height
        near = np.flatnonzero((np.abs(apart) <= LONE_ROOM) & (np.abs(below) <= LONE_ROOM))
        under = [mate for mate in near.tolist() if mate > at]
        if len(near) == 2 and under and abs(apart[under[0]]) <= COLON_LEAN and below[under[0]] >= COLON_GAP:
            mate = points[under[0]]
            found.append(np.concatenate([np.minimum(point[:2], mate[:2]), np.maximum(point[2:], mate[2:])]))
    return np.array(found, np.float32).reshape(-1, 4)


def _sign_quad(box: np.ndarray, rows: list[QuadFrame]) -> np.ndarray | None:
    """The quad of a sign `(4,)` as high as the nearest row it stands in.

    None where it stands in none, or far from it and under or over no other.
    """
    nearest, best = np.inf, None
    for frame in rows:
        offset = (box[:2] + box[2:]) / 2 - frame.origin
        place, depth = float(offset @ frame.along), float(offset @ frame.across)
        distance = max(-place, place - frame.width)
        if abs(depth - frame.height / 2) <= LEVEL * frame.height and distance < nearest:
            nearest, best = distance, frame
    if best is None or (nearest > BESIDE * best.height and not _count_across(box, rows)):
        return None
    (first, last), room = best.extents(box[None])[0][0], ROOM * best.height
    return best.cut(first - room, 0.0, last + room, best.height)

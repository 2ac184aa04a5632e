"""Signs at the ends of lines and in cells of their own: no minus is lost because a quad ends short of it."""

from __future__ import annotations

import numpy as np

from detectors.dbnet.frames import QuadFrame

ROOM = 0.3  # of a row's height, between a sign and the ends of its quad
END_REACH = 0.75  # of a quad's height, from its end to a sign
MAX_SIGN = 1.1  # of a quad's height
LETTER_REACH = 0.25  # of a quad's height, from its end to a letter of the same word
MAX_SIGNS = 2  # at each end
LEVEL = 0.4  # of a quad's height, from its middle to that of a mark that stands in its line
POINT_LEVEL = 0.55  # likewise of a point, comma or quotation mark that ends a word
POINT_REACH = 0.35  # of a quad's height, from its end, or that of the point before, to such a mark
MIN_DASH = 0.3  # of a usual letter's height
MIN_BULLET = 0.25
LEVEL_COSINE = 0.9
BESIDE = 3.0  # of a row's height, from its end to a bullet before it
MAX_LONE = 400
LONE_ROOM = 1.2  # usual letters' heights around a sign that is not one of a row of them
MAX_ROW = 4.0  # usual letters' heights


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
    along, points = along[fits], off[fits] > LEVEL * frame.height
    left = -_reach(-along[:, ::-1], points, frame.height)
    right = frame.width + _reach(along - frame.width, points, frame.height)
    return quad if left == 0 and right == frame.width else frame.cut(left, 0.0, right, frame.height)


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


def lone_signs(dots: np.ndarray, quads: np.ndarray, height: float) -> np.ndarray:
    """Quads of the dashes and bullets that stand alone in a row with lines, as high as these, `(m, 4, 2)` float32.

    Args:
        dots: Boxes in no line, `(n, 4)`.
        quads: The lines, `(k, 4, 2)`.
        height: Usual height of a letter.
    """
    frames = [frame for frame in map(QuadFrame.of, quads) if frame.along[0] > LEVEL_COSINE]
    rows = [frame for frame in frames if frame.height <= MAX_ROW * height]
    signs = dots[_are_signs(dots, height)][:MAX_LONE] if rows else dots[:0]
    columns = np.array([(frame.origin[0], frame.origin[0] + frame.width) for frame in rows]).reshape(-1, 2)
    found = [_sign_quad(box, rows, columns) for box in signs]
    return np.array([quad for quad in found if quad is not None], np.float32).reshape(-1, 4, 2)


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


def _sign_quad(box: np.ndarray, rows: list[QuadFrame], columns: np.ndarray) -> np.ndarray | None:
    """The quad of a sign `(4,)` as high as the nearest row it stands in.

    None where it stands in none, or far from it and in no column of text: `columns`, `(k, 2)`, are where lines begin
    and end on the page.
    """
    nearest, best = np.inf, None
    for frame in rows:
        offset = (box[:2] + box[2:]) / 2 - frame.origin
        place, depth = float(offset @ frame.along), float(offset @ frame.across)
        distance = max(-place, place - frame.width)
        if abs(depth - frame.height / 2) <= LEVEL * frame.height and distance < nearest:
            nearest, best = distance, frame
    middle = (box[0] + box[2]) / 2
    if best is None or (
        nearest > BESIDE * best.height and not ((columns[:, 0] <= middle) & (middle <= columns[:, 1])).any()
    ):
        return None
    (first, last), room = best.extents(box[None])[0][0], ROOM * best.height
    return best.cut(first - room, 0.0, last + room, best.height)

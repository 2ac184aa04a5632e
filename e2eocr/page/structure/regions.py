"""Where tables may be: rules that meet, and rows of entries that follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from e2eocr.page.structure.frame import Frame, hull, is_number
from e2eocr.page.structure.rules import Rules
from e2eocr.page.structure.segments import Segments
from e2eocr.page.structure.spans import word_rows, word_spans

Box = tuple[float, float, float, float]
# All lengths are in heights of the text.
TOUCH = 0.6  # rules that come as close as this meet
SAME_END = 1.5
NEAR = 2.5  # rules above and below a grid, as long as it is wide, that belong to it
FAR = 3.5  # widest gap between two rows of one table
SAME_PITCH = 0.3  # by which distances from line to line that are alike differ,
SAME_LEFT = 0.3  # and places where lines of one column begin
HEAD = 6.0  # how far above the first row a rule may be that closes the table
ACROSS = 0.7  # of the width of a table, for a rule to go across it
MAX_HEADS = 2  # rows above the first rule across a table
MIN_CLOSING = 3  # rules of one width that close a table: above it, under its heads and below it
APART = 0.7  # from where on what is above a rule does not belong to what is below
OVER = 0.3  # of the width of rows, for prose to part them
BEYOND = 1.3  # times the height of rows; an upright stroke that is longer is the edge of the paper, or parts the page
READS_ACROSS = 0.6  # of the width of a table, for a text from its left edge to be a caption or a note
CAPTION = re.compile(
    r"(?:table|tabelle|tab\.|tableau|tabla|tabella|tabela|tabel|figure|figura|fig\.|abbildung|abb\.|exhibit|chart|"
    r"graph|таблица|рис\.|πίνακας)\s*[0-9A-ZА-Я]",
    re.IGNORECASE,
)

NO_STROKES = np.zeros((0, 3))


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that may be a table.

    Attributes:
        box: Around it.
        words: Those in it, indices.
        rules: Those that go through it or close it.
        ruled: Whether rules part its columns.
        goes_on: Whether its columns go on above or below it.
    """

    box: Box
    words: np.ndarray
    rules: Rules
    ruled: bool
    goes_on: bool = False


def ruled_regions(rules: Rules, height: float) -> list[tuple[Box, Rules]]:
    """Level and upright rules that meet, those together that hang together, the smallest box first."""
    level, upright = rules.level, rules.upright
    if len(level) < 2 or not len(upright):
        return []
    homes = _hanging_together(_meeting(level, upright, TOUCH * height))
    found = []
    for home in np.unique(homes):
        levels, uprights = level[homes[: len(level)] == home], upright[homes[len(level) :] == home]
        if (
            len(levels) >= 2
            and len(uprights)
            and len(levels) + len(uprights) > 3
            and _parts_something(levels, uprights, height)
        ):
            found.append(_with_rules_beside(levels, uprights, level, height))
    return sorted(found, key=lambda region: (region[0][2] - region[0][0]) * (region[0][3] - region[0][1]))


def _parts_something(levels: np.ndarray, uprights: np.ndarray, height: float) -> bool:
    """Whether some of the rules that hang together run inside the others: else they are a frame, or edges of paper."""
    room = SAME_END * height
    level, upright = levels[:, 2], uprights[:, 2]
    inside = [(each > each.min() + room) & (each < each.max() - room) for each in (level, upright)]
    return bool(inside[0].any() or inside[1].any())


def _meeting(level: np.ndarray, upright: np.ndarray, touch: float) -> np.ndarray:
    """Which level rules meet which upright ones, `(n, m)` bool."""
    x, y = upright[None, :, 2], level[:, 2, None]
    across = (x >= level[:, 0, None] - touch) & (x <= level[:, 1, None] + touch)
    return across & (y >= upright[None, :, 0] - touch) & (y <= upright[None, :, 1] + touch)


def _hanging_together(meets: np.ndarray) -> np.ndarray:
    """A number for each of `n` level and `m` upright rules, `(n + m,)`: the same where they hang together."""
    n, m = meets.shape
    homes = np.arange(n + m)
    while True:
        before = homes.copy()
        homes[n:] = np.minimum(homes[n:], np.where(meets, homes[:n, None], n + m).min(axis=0))
        homes[:n] = np.minimum(homes[:n], np.where(meets, homes[None, n:], n + m).min(axis=1))
        if (before == homes).all():
            return homes


def _with_rules_beside(levels: np.ndarray, uprights: np.ndarray, level: np.ndarray, height: float) -> tuple[Box, Rules]:
    """A grid of rules with the level rules just above and below it that are as long as it is wide."""
    x0 = float(min(levels[:, 0].min(), uprights[:, 2].min()))
    x1 = float(max(levels[:, 1].max(), uprights[:, 2].max()))
    y0 = float(min(levels[:, 2].min(), uprights[:, 0].min()))
    y1 = float(max(levels[:, 2].max(), uprights[:, 1].max()))
    alike = (np.abs(level[:, 0] - x0) < SAME_END * height) & (np.abs(level[:, 1] - x1) < SAME_END * height)
    for y in np.sort(level[alike, 2]).tolist():
        y1 = y if y1 < y < y1 + NEAR * height else y1
    for y in np.sort(level[alike, 2])[::-1].tolist():
        y0 = y if y0 - NEAR * height < y < y0 else y0
    more = level[alike & (level[:, 2] >= y0) & (level[:, 2] <= y1)]
    once = sorted(set(map(tuple, np.concatenate([levels, more]).tolist())))  # they are few, and `np.unique` is slow
    return (x0, y0, x1, y1), Rules(np.array(once), uprights)


def bare_regions(frame: Frame, segments: Segments, rules: Rules) -> Iterator[Region]:
    """Rows of entries that follow each other, with the rules that close them above and below."""
    for run in _runs(frame, segments):
        for part in _part_run(frame, segments, run, rules):
            several = [at for at, row in enumerate(part) if len(row) > 1]
            if len(several) > 1:
                yield _region(frame, segments, part[several[0] : several[-1] + 1], rules)


def _goes_on_around(segments: Segments, run: list[list[int]], height: float) -> bool:
    """Whether rows are lines of columns that go on above or below: in several, and no farther from line to line."""
    boxes = segments.boxes
    tops = [float(boxes[row, 1].min()) for row in run]
    reach = float(np.median(np.diff(tops))) + SAME_PITCH * height
    members = [at for row in run for at in row]
    starts, lefts = np.sort(boxes[members, 0]), boxes[:, 0]
    places = np.searchsorted(starts, lefts)
    before, behind = starts[np.maximum(places - 1, 0)], starts[np.minimum(places, len(starts) - 1)]
    others = np.minimum(np.abs(lefts - before), np.abs(lefts - behind)) < SAME_LEFT * height
    others[members] = False
    below, above = boxes[others, 1] - tops[-1], tops[0] - boxes[others, 1]
    beside = SAME_PITCH * height
    return any(int(((step > beside) & (step < reach)).sum()) > 1 for step in (above, below))


def closed_regions(frame: Frame, segments: Segments, rules: Rules) -> Iterator[Region]:
    """Places between three level rules of one width or more, the first two of which have heads of columns between them.

    Texts that are as long as lines of prose stand in such tables, too.
    """
    for levels in _of_one_width(rules.level, frame.height):
        for number, (top, head) in enumerate(pairwise(levels[:-1])):
            if _has_heads(frame, segments, top, head):
                left, right = float(levels[:, 0].min()), float(levels[:, 1].max())
                box = left, float(top[2]), right, float(levels[-1, 2])
                words = frame.words_in(box, np.ones(len(frame.texts), bool))
                yield Region(box, words, Rules(levels[number:], NO_STROKES), ruled=False)
                break


def _of_one_width(level: np.ndarray, height: float) -> Iterator[np.ndarray]:
    """Level rules with the same ends, three or more, from top to bottom."""
    left = np.ones(len(level), bool)
    for at in range(len(level)):
        alike = left & (np.abs(level[:, :2] - level[at, :2]) < SAME_END * height).all(axis=1)
        left &= ~alike
        if alike.sum() >= MIN_CLOSING:
            yield level[alike][np.argsort(level[alike, 2])]


def _has_heads(frame: Frame, segments: Segments, top: np.ndarray, head: np.ndarray) -> bool:
    """Whether words, and no numbers, stand beside each other between two close level rules: the heads of columns."""
    if head[2] - top[2] > HEAD * frame.height:
        return False
    left, upper, right, lower = segments.boxes.T
    middles = (upper + lower) / 2
    inside = np.flatnonzero(
        (middles > top[2]) & (middles < head[2]) & (left >= top[0] - frame.height) & (right <= top[1] + frame.height)
    )
    are_beside = len(inside) > len(set(segments.rows[inside].tolist()))
    return are_beside and not any(is_number(frame.text(segments.words[at])) for at in inside.tolist())


def _part_run(frame: Frame, segments: Segments, run: list[list[int]], rules: Rules) -> list[list[list[int]]]:
    """A run parted where rules say that it is two: below an address, and at the edges of a frame around some rows."""
    if not run:
        return []
    x0, y0, x1, _ = hull(segments.boxes[[at for row in run for at in row]])
    level = rules.level[_goes_across(rules.level, x0, x1) & (rules.level[:, 2] > y0 - frame.height)]
    level = level[np.argsort(level[:, 2])]
    bottoms = np.array([segments.boxes[row, 3].max() for row in run])
    above = np.searchsorted(bottoms, level[:, 2]).tolist()  # rows above each rule
    cuts = {0, len(run)}
    # Above the first rule across it is more than heads, and apart: an address over a bill.
    if above and above[0] > MAX_HEADS and level[0, 2] - bottoms[above[0] - 1] > APART * frame.height:
        cuts.add(above[0])
    for at, side in zip(above, _outside_of_frames(level, rules.upright, TOUCH * frame.height).tolist(), strict=True):
        beside = run[:at] if side < 0 else run[at:]
        if side and sum(len(row) > 1 for row in beside) > MAX_HEADS:
            cuts.add(at)
    return [run[start:end] for start, end in pairwise(sorted(cuts))]


def _outside_of_frames(level: np.ndarray, upright: np.ndarray, touch: float) -> np.ndarray:
    """What is outside of a frame whose edge a level rule is: what is above it (-1), below it (1), or it is none (0).

    The sides of a frame hang at both ends of its edge, and none on its other side.
    """
    at_ends = np.abs(upright[:, 2] - level[:, :2, None]) < touch  # (n, 2, m)
    down, up = (at_ends & (np.abs(upright[:, side] - level[:, 2, None, None]) < touch) for side in (0, 1))
    below, above = down.any(axis=2), up.any(axis=2)  # (n, 2)
    return (above.all(axis=1) & ~below.any(axis=1)).astype(int) - (below.all(axis=1) & ~above.any(axis=1))


def _goes_across(level: np.ndarray, x0: float, x1: float) -> np.ndarray:
    """Which level rules `(n, 3)` run along most of the way from `x0` to `x1`, `(n,)` bool."""
    return np.minimum(level[:, 1], x1) - np.maximum(level[:, 0], x0) > ACROSS * (x1 - x0)


def _runs(frame: Frame, segments: Segments) -> Iterator[list[list[int]]]:
    """Rows of texts that may belong to one table: not far apart, not parted by prose or a caption."""
    prose = segments.boxes[segments.prose]
    rows: dict[int, list[int]] = {}
    for at in np.flatnonzero(~segments.prose).tolist():
        rows.setdefault(int(segments.rows[at]), []).append(at)
    run: list[list[int]] = []
    around: Box = (0.0, 0.0, 0.0, 0.0)  # the run
    for _, row in sorted(rows.items()):
        if run and _ends(frame, segments, run, row, prose, around):
            yield run
            run = []
        if run or not _is_caption(frame, segments, row):
            here = hull(segments.boxes[row])
            around = _around(around, here) if run else here
            run.append(row)
    yield run


def _around(first: Box, second: Box) -> Box:
    (x0, y0, x1, y1), (left, top, right, bottom) = first, second
    return min(x0, left), min(y0, top), max(x1, right), max(y1, bottom)


def _ends(
    frame: Frame, segments: Segments, run: list[list[int]], row: list[int], prose: np.ndarray, around: Box
) -> bool:
    """Whether a run of rows, which a box is `around`, ends before another row."""
    x0, _, x1, y1 = around
    top = float(segments.boxes[row, 1].min())
    if top - y1 > FAR * frame.height or _reads_across(frame, segments, run, row):
        return True
    if not len(prose):
        return False
    slack = 0.5 * frame.height
    between = prose[(prose[:, 3] > y1 - slack) & (prose[:, 1] < top + slack)]
    return bool((np.minimum(between[:, 2], x1) - np.maximum(between[:, 0], x0) > OVER * (x1 - x0)).any())


def _reads_across(frame: Frame, segments: Segments, run: list[list[int]], row: list[int]) -> bool:
    """Whether a row is no row of a table: a caption, or a text that reads across what would be its columns."""
    if _is_caption(frame, segments, row):
        return True
    several = [at for each in run if len(each) > 1 for at in each]
    if len(row) > 1 or not several:
        return False
    left, _, right, _ = hull(segments.boxes[several])
    start, _, end, _ = segments.boxes[row[0]].tolist()
    return start < left + 2 * frame.height and end - left > READS_ACROSS * (right - left)


def _is_caption(frame: Frame, segments: Segments, row: list[int]) -> bool:
    return bool(CAPTION.match(frame.text(segments.words[row[0]])))


def _region(frame: Frame, segments: Segments, run: list[list[int]], rules: Rules) -> Region:
    x0, y0, x1, y1 = hull(segments.boxes[[at for row in run for at in row]])
    height = frame.height
    level, upright = rules.level, rules.upright
    wide = level[_goes_across(level, x0, x1)]
    members = [segments.words[at] for row in run for at in row]
    above = np.sort(wide[(wide[:, 2] < y0 + height / 2) & (wide[:, 2] > y0 - HEAD * height), 2])
    if len(above):
        # The highest of three is more likely the one under a running head.
        top = above[-2] if len(above) > 2 else above[0]
        members += _heads(frame, segments, run, (x0, top, x1, y0))
    words = _without_notes(frame, np.concatenate(members), wide[:, 2])
    x0, y0, x1, y1 = hull(frame.boxes[words])
    levels = level[(level[:, 2] > y0 - height) & (level[:, 2] < y1 + height) & (level[:, 0] < x1) & (level[:, 1] > x0)]
    beside = (upright[:, 2] > x0 - height) & (upright[:, 2] < x1 + height)
    uprights = upright[beside & (upright[:, 0] < y1) & (upright[:, 1] > y0)]
    uprights = uprights[uprights[:, 1] - uprights[:, 0] < BEYOND * (y1 - y0) + 2 * NEAR * height]
    goes_on = _goes_on_around(segments, run, height)
    return Region((x0 - 1, y0 - 1, x1 + 1, y1 + 1), words, Rules(levels, uprights), ruled=False, goes_on=goes_on)


def _heads(frame: Frame, segments: Segments, run: list[list[int]], box: Box) -> list[np.ndarray]:
    """Words between a rule and the first row of entries, upwards as long as they can be heads of columns."""
    x0, top, x1, y0 = box
    height, boxes = frame.height, segments.boxes
    inside = (boxes[:, 1] > top - 0.2 * height) & (boxes[:, 3] < y0 + height / 2)
    inside &= (boxes[:, 0] > x0 - height) & (boxes[:, 2] < x1 + height)
    found: list[np.ndarray] = []
    for number in np.unique(segments.rows[inside])[::-1]:
        row = np.flatnonzero(inside & (segments.rows == number)).tolist()
        if segments.prose[row].any() or _reads_across(frame, segments, run, row):
            break
        found += [segments.words[at] for at in row]
    return found


def _without_notes(frame: Frame, members: np.ndarray, rules: np.ndarray) -> np.ndarray:
    """Leave out what stands under the last rule across a table, if its rows have far fewer entries than the others."""
    middles = frame.middles(members)
    for place in np.sort(rules)[::-1].tolist():
        above, below = members[middles < place], members[middles >= place]
        if len(above) and len(below) and _entries(frame, below) < 0.5 * _entries(frame, above):
            return above
    return members


def _entries(frame: Frame, members: np.ndarray) -> float:
    """How many entries a row has, on average."""
    rows: Sequence[np.ndarray] = word_rows(frame.boxes, members)
    return float(np.mean([len(word_spans(frame.boxes, row, 0.9 * frame.height)) for row in rows]))

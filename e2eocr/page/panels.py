"""Panels: parts of a page in a darker colour with light text on them, made light with dark text as the page around.

A net that finds lines, and one that reads them, knows light text on dark where a whole line is so. A line that begins
in white on a red ground and goes on in black on white is neither, and white on yellow is too pale to be seen beside
black on white.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice

import cv2
import numpy as np

from detectors.geometry import filled_outline
from detectors.marks import component_boxes, usual_height

MAX_PIXELS = 2_000_000  # of the picture on which panels are looked for
LEVELS = (0.9, 0.75, 0.6, 0.45)  # of the paper's light, below which a part may be a panel
MAX_EDGES = 0.2  # of the steps from a pixel to the next, those between light and dark: half-tone has more, print less
EDGE_ROWS = 8  # pixels from one row whose steps are counted to the next
PAPER_STEP = 16  # pixels of that picture to one of those on which the light of its paper is told
PAPER_WINDOW = 21  # of these
EDGE_RUN = 24  # pixels of that picture: the edges of a panel are longer, the strokes of letters shorter
MIN_SIDE = 11  # pixels of a panel; what hangs on it and is narrower is letters and rules beside it
MAX_SHARE = 0.5  # of a page, that of a panel
FULL = 0.9  # of the rectangle around a panel, that it fills: letters that touch fill less
MIN_LETTERS = 3  # on a panel
HIGH = 1.4  # times the usual height of a letter, that of a panel; lower ones are letters that touch
USUAL_LEVEL = 0.75  # of the paper's light, below which letters are told for that height
MIN_LETTER, MAX_LETTER = 0.02, 0.95  # of a panel's height, that of letters on it
MIN_LETTER_PIXELS = 5
SOLID = 0.9  # of the box around a hole, from which it is no letter but the inside of a frame
OWN_QUANTILE = 0.3  # of a panel's grey levels, for its own: blurred letters make more of it lighter than darker
MIN_LIGHT, MAX_LIGHT = 0.03, 0.53  # of a panel, its light letters, which a low panel is full of,
ROOMY, MAX_ROOMY = 5.0, 0.35  # and of one so many usual letters high; what has more light is a picture
EDGE = 1  # pixels of that picture, in which a panel and the page around it are mixed
FRAME = 2  # pixels at the edges of a panel, where a frame around it may be
CONTRAST = 20  # grey levels between a panel and what stands on it
MAX_DARK = 0.3  # of what stands out from a panel as light, what stands out as dark


def even_panels(image: np.ndarray) -> np.ndarray:
    """A page `(H, W, 3)` uint8 RGB whose panels have dark text on light ground; the page itself where it has none."""
    height, width = image.shape[:2]
    scale = min(1.0, (MAX_PIXELS / max(height * width, 1)) ** 0.5)
    if min(height, width) * scale < MIN_SIDE:
        return image
    size = (round(width * scale), round(height * scale))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    evened = image
    for panel in _find_panels(cv2.resize(grey, size, interpolation=cv2.INTER_AREA) if scale < 1 else grey):
        evened = evened.copy() if evened is image else evened
        _even(evened, (panel / scale).astype(np.int32), math.ceil(EDGE / scale))
    return evened


def _find_panels(grey: np.ndarray) -> list[np.ndarray]:
    """The outlines of the panels of a page `(H, W)`, none inside another."""
    paper, outlines = _paper(grey), []
    for level in LEVELS:
        dark = cv2.compare(grey, cv2.convertScaleAbs(paper, alpha=level), cv2.CMP_LT)
        if _has_long_runs(dark) and not _is_half_tone(dark):
            outlines += list(_outlines_with_holes(dark))
    largest = MAX_SHARE * grey.size
    dark_parts = [part for outline in outlines for part in _rectangles(*outline, largest)]
    if not dark_parts:
        return []
    letter = _usual_height(cv2.compare(grey, cv2.convertScaleAbs(paper, alpha=USUAL_LEVEL), cv2.CMP_LT))
    panels = [part for part in dark_parts if _is_panel(grey, part, min(cv2.minAreaRect(part)[1]) / max(letter, 1.0))]
    panels.sort(key=cv2.contourArea, reverse=True)
    boxes = [cv2.boundingRect(panel) for panel in panels]
    return [panel for at, panel in enumerate(panels) if not any(_overlap(boxes[at], box) for box in boxes[:at])]


def _has_long_runs(dark: np.ndarray) -> bool:
    """Whether dark parts, `(H, W)` uint8 0 or 255, run on as the edges of a panel do; those of print do not."""
    return any(cv2.erode(dark, np.ones(shape, np.uint8)).any() for shape in ((1, EDGE_RUN), (EDGE_RUN, 1)))


def _is_half_tone(dark: np.ndarray) -> bool:
    """Whether dark parts, `(H, W)` uint8 0 or 255, are dots all over the page: too many to follow their outlines."""
    rows = dark[::EDGE_ROWS]
    return bool((rows[:, 1:] != rows[:, :-1]).mean() > MAX_EDGES)


def _paper(grey: np.ndarray) -> np.ndarray:
    """How light the paper of a page `(H, W)` is at each pixel."""
    size = (max(1, grey.shape[1] // PAPER_STEP), max(1, grey.shape[0] // PAPER_STEP))
    reduced = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    lightest = cv2.dilate(reduced, np.ones((PAPER_WINDOW, PAPER_WINDOW), np.uint8))
    return cv2.resize(cv2.blur(lightest, (PAPER_WINDOW, PAPER_WINDOW)), grey.shape[::-1])


def _usual_height(dark: np.ndarray) -> float:
    """The height of most letters among the dark parts of a page."""
    boxes, _ = component_boxes(dark)
    return usual_height(boxes, min(dark.shape))


def _outlines_with_holes(dark: np.ndarray) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """The outlines of dark parts with several holes, and the outlines of these."""
    contours, hierarchy = cv2.findContours(dark, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if hierarchy is None:
        return
    parents = hierarchy[0, :, 3]
    counts = np.bincount(parents[parents >= 0], minlength=len(contours))
    for at in np.flatnonzero(counts >= MIN_LETTERS).tolist():
        if min(cv2.boundingRect(contours[at])[2:]) >= MIN_SIDE:
            yield contours[at], [contours[hole] for hole in np.flatnonzero(parents == at).tolist()]


def _rectangles(outline: np.ndarray, holes: list[np.ndarray], largest: float) -> Iterator[np.ndarray]:
    """The outlines of rectangles with letters for holes in a dark part of a page, without what hangs on them.

    Args:
        outline: Of the dark part.
        holes: The outlines of its holes.
        largest: Area of the box around a part, at most, pixels.
    """
    left, top, width, height = cv2.boundingRect(outline)
    if width * height > largest:
        return
    boxes = np.array([cv2.boundingRect(hole) for hole in holes])
    rooms = (boxes[:, 2:] - 1).prod(axis=1)
    areas = np.array([cv2.contourArea(hole) for hole in holes])
    solid = areas >= SOLID * rooms  # insides of frames, and hardly letters
    letters = boxes[~solid]
    if len(letters) < MIN_LETTERS:
        return
    mask = filled_outline(outline)
    cells = solid & (boxes[:, 2:].min(axis=1) >= HIGH * np.median(letters[:, 3]))  # beside a panel
    cv2.drawContours(mask, [holes[at] - np.array([left, top]) for at in np.flatnonzero(cells)], -1, 0, cv2.FILLED)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((MIN_SIDE, MIN_SIDE), np.uint8))
    parts, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(left, top))
    for part in parts:
        sides = cv2.minAreaRect(part)[1]
        if cv2.contourArea(part) >= FULL * sides[0] * sides[1] and _has_letters(part, letters, min(sides)):
            yield part


def _has_letters(panel: np.ndarray, boxes: np.ndarray, height: float) -> bool:
    """Whether enough of some boxes `(n, 4)`, left, top, width and height, lie on a panel and are as high as letters."""
    left, top, wide, high = cv2.boundingRect(panel)
    firsts, lasts = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    inside = ((firsts > (left, top)) & (lasts < (left + wide, top + high))).all(axis=1)
    least, most = max(MIN_LETTER_PIXELS, MIN_LETTER * height), MAX_LETTER * height
    letters = boxes[inside & (boxes[:, 3] >= least) & (boxes[:, 3] <= most)].tolist()
    return len(list(islice((box for box in letters if _stands_on(box, panel)), MIN_LETTERS))) == MIN_LETTERS


def _is_panel(grey: np.ndarray, panel: np.ndarray, letters: float) -> bool:
    """Whether a dark rectangle, so many usual letters high, has light letters on it, and hardly any dark ones."""
    left, top, width, height = cv2.boundingRect(panel)
    mask = filled_outline(panel)
    inner = cv2.erode(mask, np.ones((2 * FRAME + 1,) * 2, np.uint8), borderValue=0) > 0
    own = grey[top : top + height, left : left + width].astype(np.int16)
    off = own - int(np.quantile(own[mask > 0], OWN_QUANTILE))
    light, dark = (
        float((off[mask > 0] > CONTRAST).mean()),
        float((off[inner] < -CONTRAST).sum()) / np.count_nonzero(mask),
    )
    most = MAX_ROOMY if letters > ROOMY else MAX_LIGHT
    return bool(letters >= HIGH and MIN_LIGHT <= light <= most and dark <= MAX_DARK * light)


def _stands_on(box: Sequence[int], panel: np.ndarray) -> bool:
    """Whether a box (left, top, width, height) lies in a panel."""
    left, top, wide, high = box
    ends = ((left, top), (left + wide - 1, top), (left, top + high - 1), (left + wide - 1, top + high - 1))
    return all(cv2.pointPolygonTest(panel, end, False) > 0 for end in ends)


def _overlap(first: Sequence[int], second: Sequence[int]) -> bool:
    """Whether two boxes (left, top, width, height) overlap."""
    (x0, y0, w0, h0), (x1, y1, w1, h1) = first, second
    return x0 < x1 + w1 and x1 < x0 + w0 and y0 < y1 + h1 and y1 < y0 + h0


def _even(image: np.ndarray, panel: np.ndarray, edge: int) -> None:
    """Make a panel of a page white, and what is lighter on it black, each as far as it stands out.

    Its edge, so many pixels wide, is neither its own ground nor the page's and would be left as a thin frame: it goes.
    """
    left, top, width, height = cv2.boundingRect(panel)
    part = image[top : top + height, left : left + width]
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mask = filled_outline(panel)[: part.shape[0], : part.shape[1]]
    inside = mask > 0
    level, lightest = float(np.quantile(grey[inside], OWN_QUANTILE)), float(np.quantile(grey[inside], 0.99))
    evened = np.clip(255 * (lightest - grey) / max(lightest - level, 1.0), 0, 255).astype(np.uint8)
    evened[cv2.erode(mask, np.ones((2 * edge + 1,) * 2, np.uint8), borderValue=0) == 0] = 255
    part[inside] = evened[inside][:, None]

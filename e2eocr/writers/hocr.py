"""hOCR 1.2: HTML whose elements tell where the text stands. It is well-formed XML too."""

from __future__ import annotations

import math
from collections.abc import Iterator

from e2eocr.results import Box, Document, Line, Page, Word
from e2eocr.writers.characters import markup
from e2eocr.writers.layout import blocks, box_around, text_angle, whole_box, words_of
from e2eocr.writers.source import SourceFile

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
 <head>
  <title>{name}</title>
  <meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>
  <meta name="ocr-system" content="e2eocr {version}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"/>
  <meta name="ocr-number-of-pages" content="{pages}"/>
 </head>
 <body>
"""
_STEEP = 45.0  # degrees from which a line is turned, and not merely aslant
_DESCENT = 0.25  # of the height of a line's outline, below its baseline
_TAIL = " </body>\n</html>\n"


def write(document: Document, source: SourceFile | None = None) -> bytes:
    """Write a document as hOCR, as UTF-8."""
    head = _HEAD.format(
        name=markup(document.source.path), version=markup(document.engine.version), pages=len(document.pages)
    )
    pages = (part for page in document.pages for part in _page(page, document.source.path))
    return "".join([head, *pages, _TAIL]).encode("utf-8")


def _page(page: Page, name: str) -> Iterator[str]:
    number = page.index + 1
    # Quotes and backslashes would end the name, or escape in it, within the title's own grammar.
    quoted = name.replace("\\", "/").replace('"', "'")
    title = f'image "{quoted}"; bbox 0 0 {page.width} {page.height}; ppageno {page.index}'
    if page.dpi:
        title += f"; scan_res {round(page.dpi)} {round(page.dpi)}"
    yield f'  <div class="ocr_page" id="page_{number}" title="{markup(title)}">\n'
    for block, lines in enumerate(blocks(page), start=1):
        bbox = _bbox(box_around(lines))
        direction = ' dir="rtl"' if lines[0].direction == "rtl" else ""
        yield f'   <div class="ocr_carea" id="block_{number}_{block}" title="{bbox}">\n'
        yield f'    <p class="ocr_par" id="par_{number}_{block}"{direction} title="{bbox}">\n'
        for at, line in enumerate(lines, start=1):
            yield from _line(line, f"{number}_{block}_{at}")
        yield "    </p>\n   </div>\n"
    yield "  </div>\n"


def _line(line: Line, place: str) -> Iterator[str]:
    yield f'     <span class="ocr_line" id="line_{place}" title="{_bbox(line.bbox)}{_slope(line)}">\n'
    for count, word in enumerate(words_of(line), start=1):
        if count > 1 and not word.glued:
            yield "\n"
        yield _word(word, f"{place}_{count}")
    yield "\n     </span>\n"


def _slope(line: Line) -> str:
    """How a line lies: the slope of its baseline where it is aslant, its angle where it is turned, nothing if level."""
    angle = text_angle(line)
    if not angle:
        return ""
    if abs(angle) > _STEEP:
        return f"; textangle {angle % 360:.1f}"
    x, y = line.polygon[3]
    height = math.dist(line.polygon[0], line.polygon[3])
    slope = -math.tan(math.radians(angle))
    # From the lower left corner of the box, downwards, as the specification counts.
    left, _, _, bottom = whole_box(line.bbox)
    return f"; baseline {slope:.4f} {y - _DESCENT * height - bottom - slope * (x - left):.0f}"


def _word(word: Word, place: str) -> str:
    title = f"{_bbox(word.bbox)}; x_wconf {round(100 * word.confidence)}"
    indent = "" if word.glued else 6 * " "  # white space between two words would be a space of the text
    return f'{indent}<span class="ocrx_word" id="word_{place}" title="{title}">{markup(word.text)}</span>'


def _bbox(box: Box) -> str:
    return "bbox {} {} {} {}".format(*whole_box(box))

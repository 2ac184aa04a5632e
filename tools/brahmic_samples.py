"""The samples in Hindi and Thai, and the page of fifteen scripts; tools/make_samples.py names the packages of fonts."""

from __future__ import annotations

from pathlib import Path

import brahmic_texts as texts
import numpy as np
import sample_paper as effects
from sample_files import save_levels, to_picture
from sample_sheet import Sheet
from script_texts import LINES

DEVANAGARI, DEVANAGARI_BOLD = "AnnapurnaSIL-Regular.ttf", "AnnapurnaSIL-Bold.ttf"
THAI, THAI_BOLD = "Norasi.ttf", "Norasi-Bold.ttf"


def notice(path: Path, generator: np.random.Generator) -> list[str]:
    """A town's notice in Hindi with a ruled table: office scan, grey PNG of 16 levels at 200 dpi."""
    sheet = Sheet(170, 210, 200)
    body, bold = sheet.font(DEVANAGARI, 13), sheet.font(DEVANAGARI_BOLD, 13)
    sheet.text(85, 24, texts.HINDI_HEAD, sheet.font(DEVANAGARI_BOLD, 20), anchor="ms")
    sheet.text(85, 33, texts.HINDI_ADDRESS, sheet.font(DEVANAGARI, 11), anchor="ms")
    sheet.rule(18, 38, 152, 38, width=3)
    sheet.gap()
    sheet.text(85, 53, texts.HINDI_TITLE, sheet.font(DEVANAGARI_BOLD, 18), anchor="ms")
    top = sheet.blocks(texts.HINDI_TEXT, body, x=20, top=70, leading=9.2)
    sheet.gap()
    columns, edges = ((22.0, "ls"), (76.0, "ls"), (146.0, "rs")), (20.0, 72.0, 122.0, 150.0)
    bottom = sheet.table(texts.HINDI_TABLE, columns, edges, top=top, step=9.5, baseline=6.6, fonts=(bold, body))
    sheet.blocks([texts.HINDI_FOOT], body, x=20, top=bottom + 13, leading=9.2)

    save_levels(effects.office_scan(sheet.ink(), generator, dust=20, tilt=-0.5, side="left", reach=18), path, 16)
    return sheet.lines


def menu(path: Path, generator: np.random.Generator) -> list[str]:
    """The price list of an eating house in Thai, folded once: grey JPEG."""
    sheet = Sheet(148, 200, 200)
    body, bold = sheet.font(THAI, 15), sheet.font(THAI_BOLD, 15)
    sheet.text(74, 24, texts.THAI_HEAD, sheet.font(THAI_BOLD, 24), anchor="ms")
    sheet.text(74, 33, texts.THAI_ADDRESS, sheet.font(THAI, 13), anchor="ms")
    sheet.gap()
    sheet.text(74, 48, texts.THAI_TITLE, sheet.font(THAI_BOLD, 18), anchor="ms")
    sheet.gap()
    for number, (dish, price) in enumerate(texts.THAI_DISHES):
        sheet.row(60 + 8.4 * number, [(26, dish, "ls"), (122, price, "rs")], body)
    top = sheet.blocks(texts.THAI_TEXT, body, x=18, top=126, leading=8.2)
    sheet.blocks([[texts.THAI_FOOT]], bold, x=74, top=top + 2, leading=8.2, anchor="ms")

    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.14), generator, reach=0.35)
    page = effects.scan(ink, generator, tone=0.93, texture=0.012, noise=0.012)
    page = effects.fold_line(page, sheet.pixels(100), generator, depth=0.13)
    page = effects.skew(effects.specks(page, 30, generator), 0.6, background=0.93)
    to_picture(page).save(path, quality=45, dpi=(200, 200))
    return sheet.lines


def scripts(path: Path, generator: np.random.Generator) -> list[str]:
    """A line in each of fifteen scripts: office scan, grey PNG of 16 levels at 200 dpi."""
    sheet = Sheet(186, 190, 200)
    for number, (font, place, line) in enumerate(LINES):
        sheet.text(18, 22 + 11 * number, line, sheet.font(font, 11, place))
    ink = effects.uneven_ink(sheet.ink(), generator, fade=0.1)
    page = effects.skew(effects.scan(ink, generator, tone=0.95, noise=0.012), 0.4, background=0.95)
    save_levels(effects.levels(page, black=0.05, white=0.94), path, 16)
    return sheet.lines

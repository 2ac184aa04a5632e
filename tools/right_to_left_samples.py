"""The samples in Arabic and Hebrew; their fonts are in fonts-hosny-amiri and culmus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import right_to_left_texts as texts
import sample_paper as effects
from sample_files import save_levels, to_picture
from sample_sheet import Sheet


def notice(path: Path, generator: np.random.Generator) -> list[str]:
    """A library's notice in Arabic with a ruled table: office scan, grey PNG of 16 levels at 200 dpi."""
    sheet = Sheet(170, 200, 200)
    body, bold = sheet.font("Amiri-Regular.ttf", 14), sheet.font("Amiri-Bold.ttf", 14)
    sheet.text(85, 22, texts.ARABIC_HEAD, sheet.font("Amiri-Bold.ttf", 20), anchor="ms")
    sheet.text(85, 30, texts.ARABIC_ADDRESS, sheet.font("Amiri-Regular.ttf", 12), anchor="ms")
    sheet.rule(18, 35, 152, 35, width=3)
    sheet.gap()
    sheet.text(85, 50, texts.ARABIC_TITLE, sheet.font("Amiri-Bold.ttf", 22), anchor="ms")
    y = sheet.blocks(texts.ARABIC_TEXT, body, x=150, top=66, leading=8.6, anchor="rs")
    sheet.gap()
    columns, edges = ((148.0, "rs"), (104.0, "rs"), (56.0, "rs")), (20.0, 60.0, 108.0, 152.0)
    bottom = sheet.table(texts.ARABIC_TABLE, columns, edges, top=y, step=9.0, baseline=6.4, fonts=(bold, body))
    for number, line in enumerate(texts.ARABIC_FOOT):
        sheet.gap()
        sheet.text(150, bottom + 13 + 9 * number, line, body if number == 0 else bold, anchor="rs")

    save_levels(effects.office_scan(sheet.ink(), generator, dust=20, tilt=0.5, side="right", reach=18), path, 16)
    return sheet.lines


def letter(path: Path, generator: np.random.Generator) -> list[str]:
    """A letter to the tenants of a house in Hebrew, folded once: grey JPEG."""
    sheet = Sheet(148, 190, 200)
    body = sheet.font("FrankRuehlCLM-Medium.ttf", 13)
    sheet.row(22, [(130, texts.HEBREW_HEAD[0], "rs"), (18, texts.HEBREW_HEAD[1], "ls")], body)
    sheet.gap()
    sheet.text(74, 40, texts.HEBREW_TITLE, sheet.font("FrankRuehlCLM-Bold.ttf", 19), anchor="ms")
    y = sheet.blocks(texts.HEBREW_TEXT, body, x=130, top=56, leading=7.4, anchor="rs")
    for number, line in enumerate(texts.HEBREW_FOOT):
        sheet.gap()
        sheet.text(60, y + 8 + 7.4 * number, line, body, anchor="rs")

    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.16), generator, reach=0.4)
    page = effects.scan(ink, generator, tone=0.93, texture=0.012, noise=0.012)
    page = effects.fold_line(page, sheet.pixels(95), generator, depth=0.13)
    page = effects.skew(effects.specks(page, 30, generator), -0.7, background=0.93)
    to_picture(page).save(path, quality=45, dpi=(200, 200))
    return sheet.lines

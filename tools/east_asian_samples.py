"""The samples in Chinese, Japanese and Korean; their fonts are in fonts-noto-cjk and fonts-nanum."""

from __future__ import annotations

from pathlib import Path

import east_asian_texts as texts
import numpy as np
import sample_paper as effects
from PIL import ImageFont
from sample_files import save_levels, to_picture
from sample_sheet import Sheet

A4 = (210.0, 297.0)
SERIF, SERIF_BOLD = "NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc"
SANS, SANS_BOLD = "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"
JAPANESE, SIMPLIFIED, TRADITIONAL = 0, 2, 3  # places in the collections


def invoice(path: Path, generator: np.random.Generator) -> list[str]:
    """An invoice in simplified Chinese with a ruled table: office scan, grey PNG of 16 levels at 200 dpi."""
    sheet = Sheet(*A4, 200)
    serif, bold = sheet.font(SERIF, 11, SIMPLIFIED), sheet.font(SERIF_BOLD, 11, SIMPLIFIED)
    sheet.text(105, 28, texts.INVOICE_HEAD[0], sheet.font(SANS_BOLD, 18, SIMPLIFIED), anchor="ms")
    sheet.text(105, 36, texts.INVOICE_HEAD[1], sheet.font(SERIF, 9.5, SIMPLIFIED), anchor="ms")
    sheet.rule(20, 40, 190, 40, width=3)
    sheet.gap()
    sheet.text(105, 55, texts.INVOICE_TITLE, sheet.font(SERIF_BOLD, 20, SIMPLIFIED), anchor="ms")
    sheet.gap()
    for number, (left, right) in enumerate(texts.INVOICE_FACTS):
        sheet.row(70 + 8 * number, [(20, left, "ls"), (122, right, "ls")], serif)
    sheet.gap()
    columns = [(28.0, "ms"), (38.0, "ls"), (78.0, "ls"), (130.0, "rs"), (158.0, "rs"), (188.0, "rs")]
    edges = (20.0, 36.0, 76.0, 112.0, 134.0, 162.0, 190.0)
    top, step = 92.0, 10.0
    rows = (texts.INVOICE_COLUMNS, *texts.INVOICE_ROWS)
    bottom = sheet.table(rows, columns, edges, top=top, step=step, baseline=7, fonts=(bold, serif))
    sheet.gap()
    for number, (name, amount) in enumerate(texts.INVOICE_SUMS):
        sheet.row(bottom + 10 + 8 * number, [(124, name, "ls"), (188, amount, "rs")], bold if number == 2 else serif)
    sheet.gap()
    for number, line in enumerate(texts.INVOICE_NOTE):
        sheet.text(20, bottom + 46 + 7.5 * number, line, serif)
    sheet.gap()
    sheet.text(20, bottom + 70, texts.INVOICE_BANK, serif)

    save_levels(effects.office_scan(sheet.ink(), generator, dust=30, tilt=0.6, side="left", reach=20), path, 16)
    return sheet.lines


def story(path: Path, generator: np.random.Generator) -> list[str]:
    """A page of a story in traditional Chinese, set in columns from the right: colour JPEG of yellowed paper."""
    sheet = Sheet(130, 190, 200)
    _columns(sheet, [texts.STORY_TITLE], 112, 34, sheet.font(SERIF_BOLD, 15, TRADITIONAL), pitch=9.0)
    sheet.gap()
    _columns(sheet, texts.STORY_COLUMNS, 98, 24, sheet.font(SERIF, 12, TRADITIONAL), pitch=7.2)

    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.14), generator, reach=0.4)
    page = effects.scan(ink, generator, tone=0.91, texture=0.016, noise=0.01)
    page = effects.skew(effects.specks(page, 25, generator), -0.5, background=0.91)
    page = effects.edge_shadow(page, side="right", reach=45, depth=0.5)
    yellowed = np.array([1.0, 0.95, 0.84], np.float32)
    to_picture(1.05 * page[:, :, None] * yellowed).save(path, quality=45, dpi=(200, 200))
    return sheet.lines


def _columns(
    sheet: Sheet, columns: list[str], right: float, top: float, font: ImageFont.FreeTypeFont, *, pitch: float
) -> None:
    """Set columns, the first with its middle at `right` mm, each next one `pitch` mm further left."""
    for number, text in enumerate(columns):
        place = sheet.pixels(right - pitch * number), sheet.pixels(top)
        sheet.draw.text(place, text, 0, font, "mt", direction="ttb")
        sheet.lines.append(text.strip("\u3000"))


def notice(path: Path, generator: np.random.Generator) -> list[str]:
    """A neighbourhood's notice in Japanese: grey JPEG, photocopied."""
    sheet = Sheet(*A4, 200)
    sans, bold = sheet.font(SANS, 12, JAPANESE), sheet.font(SANS_BOLD, 12, JAPANESE)
    sheet.row(26, [(22, texts.NOTICE_HEAD[0], "ls"), (188, texts.NOTICE_HEAD[1], "rs")], bold)
    sheet.rule(22, 30, 188, 30, width=4)
    sheet.gap()
    sheet.text(105, 50, texts.NOTICE_TITLE, sheet.font(SANS_BOLD, 20, JAPANESE), anchor="ms")
    y = 68.0
    for paragraph in texts.NOTICE_TEXT:
        sheet.gap()
        for line in paragraph:
            sheet.text(26, y, line, sans)
            y += 8.6
        y += 5.0
    sheet.gap()
    for name, value in texts.NOTICE_FACTS:
        sheet.row(y, [(34, name, "ls"), (72, value, "ls")], sans)
        y += 9.5
    sheet.gap()
    sheet.text(188, y + 14, texts.NOTICE_FOOT, sans, anchor="rs")

    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.2), generator, reach=0.5)
    page = effects.scan(ink, generator, tone=0.93, texture=0.012, noise=0.014)
    page = effects.skew(effects.specks(page, 60, generator), -0.8, background=0.93)
    page = effects.edge_shadow(page, side="top", reach=14, depth=0.5)
    to_picture(effects.levels(page, black=0.05, white=0.96)).save(path, quality=42, dpi=(200, 200))
    return sheet.lines


def library(path: Path, generator: np.random.Generator) -> list[str]:
    """A library's rules in Korean, with English words: grey WebP."""
    sheet = Sheet(148, 210, 200)
    body = sheet.font("NanumMyeongjo.ttf", 11.5)
    sheet.text(74, 26, texts.LIBRARY_TITLE, sheet.font("NanumGothicBold.ttf", 18), anchor="ms")
    sheet.gap()
    sheet.text(74, 34, texts.LIBRARY_HOURS, sheet.font("NanumGothic.ttf", 10), anchor="ms")
    y = 50.0
    for paragraph in texts.LIBRARY_TEXT:
        sheet.gap()
        y = sheet.paragraph(paragraph, body, left=18, top=y, width=112, leading=7.0, justify=False) + 4.0
    sheet.gap()
    sheet.text(130, y + 6, texts.LIBRARY_FOOT, sheet.font("NanumGothic.ttf", 10), anchor="rs")

    ink = effects.uneven_ink(sheet.ink(), generator, fade=0.15)
    page = effects.scan(ink, generator, tone=0.94, texture=0.01, noise=0.012)
    page = effects.fold_line(page, sheet.pixels(105), generator, depth=0.12)
    page = effects.skew(effects.specks(page, 15, generator), 0.9, background=0.93)
    to_picture(page).save(path, quality=50, method=6)
    return sheet.lines

"""Make the documents of `samples/` and the right text beside each: `python tools/make_samples.py [FOLDER]`.

The same fonts and packages give the same files. Fonts come from these Debian packages: fonts-liberation2
fonts-crosextra-carlito fonts-texgyre fonts-ebgaramond fonts-linuxlibertine fonts-courier-prime fonts-paratype
fonts-gfs-didot fonts-lato fonts-noto-cjk fonts-noto-core fonts-nanum fonts-hosny-amiri culmus fonts-sil-annapurna
fonts-tlwg-norasi-ttf fonts-lohit-deva fonts-lohit-beng-bengali fonts-lohit-taml fonts-lohit-telu fonts-dejavu-core.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import brahmic_samples
import cv2
import east_asian_samples
import numpy as np
import right_to_left_samples
import sample_paper as effects
import sample_texts as texts
from PIL import Image
from sample_files import save_levels, save_pdf, to_picture
from sample_ornaments import draw_round_stamp, draw_second_signature, draw_shelf_logo, draw_signature
from sample_sheet import Sheet

A4 = (210.0, 297.0)
IDEOGRAPHIC_SPACE = "\u3000"


def letter(path: Path, generator: np.random.Generator) -> list[str]:
    """A letter in English and French: office scan, grey PNG of 16 levels at 200 dpi."""
    sheet = Sheet(*A4, 200)
    serif = sheet.font("texgyrepagella-regular.otf", 11)
    small = sheet.font("texgyrepagella-regular.otf", 8.5)
    sheet.text(105, 26, texts.LETTER_HEAD[0], sheet.font("texgyrepagella-bold.otf", 17), anchor="ms")
    sheet.text(105, 32.5, texts.LETTER_HEAD[1], sheet.font("texgyrepagella-italic.otf", 12), anchor="ms")
    sheet.text(105, 38.5, texts.LETTER_ADDRESS, small, anchor="ms")
    sheet.rule(25, 42, 185, 42, width=2, fill=60)
    sheet.gap()
    for number, line in enumerate(texts.LETTER_TO):
        sheet.text(25, 57 + 5.4 * number, line, serif)
    sheet.gap()
    sheet.text(185, 81, texts.LETTER_DATE, serif, anchor="rs")
    sheet.gap()
    sheet.text(25, 93, texts.LETTER_SUBJECT, sheet.font("texgyrepagella-bold.otf", 11))
    y = 104.0
    for part in (texts.LETTER_ENGLISH, texts.LETTER_FRENCH):
        for paragraph in part:
            sheet.gap()
            y = sheet.paragraph(paragraph, serif, left=25, top=y, width=160, leading=5.4, justify=False) + 3.0
        y += 2.5
    sheet.gap()
    sheet.text(25, y + 2, texts.LETTER_CLOSE[0], serif)
    draw_signature(sheet, 30, y + 15)
    sheet.gap()
    for number, line in enumerate(texts.LETTER_SIGNED):
        sheet.text(25, y + 28 + 5.2 * number, line, serif)
    sheet.gap()
    sheet.text(25, 283, texts.LETTER_ENCLOSED, small)

    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.14), generator, reach=0.35)
    page = effects.skew(effects.scan(ink, generator, noise=0.015), 0.7, background=0.96)
    for third in (99, 198):
        page = effects.fold_line(page, sheet.pixels(third), generator, depth=0.2)
    page = effects.edge_shadow(effects.specks(page, 45, generator), side="left", reach=22, depth=0.5)
    save_levels(effects.levels(page, black=0.06, white=0.93), path, 16)
    return sheet.lines


def invoice(path: Path, generator: np.random.Generator) -> list[str]:
    """An invoice with a table: a PDF whose page is one grey JPEG at 200 dpi."""
    sheet = Sheet(*A4, 200)
    sans, bold = sheet.font("Carlito-Regular.ttf", 11), sheet.font("Carlito-Bold.ttf", 11)
    draw_shelf_logo(sheet, 170, 18)
    sheet.text(20, 27, texts.INVOICE_HEAD[0], sheet.font("Carlito-Bold.ttf", 21))
    sheet.text(20, 33.5, texts.INVOICE_HEAD[1], sheet.font("Carlito-Italic.ttf", 12))
    sheet.text(20, 39.5, texts.INVOICE_ADDRESS, sans)
    sheet.gap()
    for number, line in enumerate(texts.INVOICE_TO):
        sheet.text(20, 56 + 5.6 * number, line, bold if number == 0 else sans)
    sheet.gap()
    for number, (name, value) in enumerate(texts.INVOICE_FACTS):
        sheet.row(86 + 5.6 * number, [(20, name, "ls"), (55, value, "ls")], sans)
    sheet.gap()
    y = _invoice_table(sheet, 118)
    sheet.gap()
    for number, (name, amount) in enumerate(texts.INVOICE_SUMS):
        sheet.row(y + 8 * number, [(133, name, "ls"), (188, amount, "rs")], bold if number == 2 else sans)
    sheet.rule(131, y + 10.5, 190, y + 10.5, width=3)
    sheet.gap()
    sheet.paragraph(texts.INVOICE_NOTE, sans, left=20, top=y + 34, width=168, leading=5.6, justify=False)
    sheet.gap()
    sheet.text(105, 284, texts.INVOICE_FOOT, sheet.font("Carlito-Regular.ttf", 9), anchor="ms", fill=50)

    ink = effects.uneven_ink(sheet.ink(), generator, fade=0.08)
    page = effects.scan(ink, generator, tone=0.95, texture=0.008, noise=0.008)
    page = effects.punch_holes(page, [(52, 1010), (50, 1640)], 23)
    page = effects.skew(effects.specks(page, 22, generator), -0.5, background=0.95)
    page = effects.edge_shadow(page, side="bottom", reach=16, depth=0.35)
    save_pdf([to_picture(effects.levels(page, black=0.04, white=0.97))], path, 200, quality=48)
    return sheet.lines


def _invoice_table(sheet: Sheet, top: float) -> float:
    """Draw the table with its rules from `top` mm; gives the baseline for what follows."""
    sans, bold = sheet.font("Carlito-Regular.ttf", 11), sheet.font("Carlito-Bold.ttf", 11)
    columns = [(22, "ls"), (36, "ls"), (130, "rs"), (158, "rs"), (188, "rs")]
    shade = [sheet.pixels(value) for value in (20, top - 6, 190, top + 2.5)]
    sheet.draw.rectangle(shade, fill=222)
    for number, cells in enumerate((texts.INVOICE_COLUMNS, *texts.INVOICE_ROWS)):
        y = top + 8.5 * number
        places = [(x, cell, anchor) for (x, anchor), cell in zip(columns, cells, strict=True)]
        sheet.row(y, places, bold if number == 0 else sans)
        sheet.rule(20, y + 2.5, 190, y + 2.5, width=2, fill=90)
    bottom = top + 8.5 * len(texts.INVOICE_ROWS) + 2.5
    for x in (20, 33, 115, 134, 162, 190):
        sheet.rule(x, top - 6, x, bottom, width=2, fill=90)
    return bottom + 9


def receipt(path: Path, generator: np.random.Generator) -> list[str]:
    """A shop's receipt on a wooden table: a phone's JPEG, with perspective and the shadow of a hand."""
    sheet = Sheet(80, 150, 260)
    mono, large = sheet.font("PTM55F.ttf", 11), sheet.font("PTM75F.ttf", 15)
    sheet.text(40, 13, texts.RECEIPT_HEAD[0], large, anchor="ms")
    for number, line in enumerate(texts.RECEIPT_HEAD[1:]):
        sheet.text(40, 19 + 4.8 * number, line, mono, anchor="ms")
    sheet.gap()
    sheet.text(40, 38, texts.RECEIPT_TITLE, mono, anchor="ms")
    sheet.gap()
    y = 47.0
    for name, price in texts.RECEIPT_ROWS:
        sheet.row(y, [(6, name, "ls"), (74, price, "rs")], mono)
        y += 5.4
    sheet.rule(6, y - 2.2, 74, y - 2.2, width=3, fill=40)
    sheet.gap()
    y += 4.5
    for number, (name, price) in enumerate(texts.RECEIPT_SUMS):
        sheet.row(y, [(6, name, "ls"), (74, price, "rs")], large if number == 0 else mono)
        y += 5.8
    sheet.gap()
    for number, line in enumerate(texts.RECEIPT_FOOT):
        sheet.text(40, y + 5 + 5.2 * number, line, mono, anchor="ms")

    ink = effects.uneven_ink(sheet.ink(), generator, fade=0.3, grain=4)
    strip = effects.paper(ink.shape, generator, tone=0.9, texture=0.006) * (0.2 + 0.8 * ink)
    strip = effects.fold_line(strip, sheet.pixels(84), generator, depth=0.14)
    coloured = strip[:, :, None] * np.array([1.0, 0.985, 0.95], np.float32)
    shape = (1640, 1120)
    corners = np.array([[176, 92], [926, 124], [1003, 1537], [128, 1556]], np.float32)
    photo = effects.photograph(coloured, effects.wood(shape, generator), corners, generator, light=_hand_light(shape))
    to_picture(photo).save(path, quality=62, dpi=(72, 72))
    return sheet.lines


def _hand_light(shape: tuple[int, int]) -> np.ndarray:
    """Lamplight from the top left, and the soft shadow of a hand and phone from below, `(H, W)`."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    lamp = 1.08 - 0.3 * np.hypot(rows / shape[0] - 0.15, columns / shape[1] - 0.25)
    shadow = np.zeros(shape, np.float32)
    outline = np.array([[690, 1640], [640, 1320], [735, 1020], [905, 830], [1120, 770], [1120, 1640]], np.int32)
    cv2.fillPoly(shadow, [outline], 1.0)
    return lamp * (1 - 0.34 * cv2.GaussianBlur(shadow, (0, 0), 55))


def journal(path: Path, generator: np.random.Generator) -> list[str]:
    """A page of a naturalists' quarterly, set in two columns: grey PNG of 16 levels at 200 dpi."""
    sheet = Sheet(170, 240, 200)
    serif = sheet.font("LinLibertine_R.otf", 11.5)
    heads = [(22, texts.JOURNAL_PAGE, "ls"), (85, texts.JOURNAL_HEAD, "ms"), (150, texts.JOURNAL_ISSUE, "rs")]
    sheet.row(20, heads, sheet.font("EBGaramond12-Regular.otf", 10.5))
    sheet.rule(22, 22.5, 150, 22.5, width=2, fill=40)
    sheet.gap()
    sheet.text(86, 36, texts.JOURNAL_TITLE, sheet.font("EBGaramond12-Bold.otf", 22), anchor="ms")
    sheet.gap()
    sheet.text(86, 44, texts.JOURNAL_BYLINE, sheet.font("EBGaramond12-Italic.otf", 13), anchor="ms")
    sheet.gap()
    columns = [(22.0, 57.0), (89.0, 57.0)]
    sheet.flow(texts.JOURNAL_TEXT, serif, columns, width=61, leading=5.3, bottom=212, indent=4.0)

    other_side = Sheet(170, 240, 200)
    other_side.paragraph(" ".join(texts.JOURNAL_TEXT[1:]), serif, left=22, top=40, width=128, leading=5.2)
    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.1), generator, reach=0.35)
    page = effects.scan(effects.show_through(ink, other_side.ink(), 0.1), generator, texture=0.014, noise=0.012)
    page = effects.skew(effects.specks(page, 40, generator), -0.4, background=0.93)
    page = effects.edge_shadow(page, side="right", reach=45, depth=0.6)
    save_levels(effects.levels(page, black=0.05, white=0.93), path, 16)
    return sheet.lines


def minutes(path: Path, generator: np.random.Generator) -> list[str]:
    """Three typed pages of a garden club's minutes: a PDF of black-and-white pages at 300 dpi, fax-coded."""
    pages, lines = [], []
    for number, page_lines in enumerate(texts.MINUTES):
        sheet = Sheet(*A4, 300)
        font = sheet.font("Courier Prime.otf", 12)
        for row, line in enumerate(page_lines[:-2]):
            sheet.typed(28, 34 + row * 8.4, line, font, generator)
        if number == 2:
            draw_signature(sheet, 36, 34 + 16.4 * 8.4)
            draw_second_signature(sheet, 120, 34 + 16.4 * 8.4)
        sheet.gap()
        sheet.typed(97, 282, page_lines[-1], font, generator)
        ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.16, grain=4), generator, reach=0.8)
        page = effects.scan(ink, generator, tone=0.9, texture=0.02, blur=1.3, noise=0.02, black=0.12)
        page = effects.punch_holes(page, [(105, 1283), (108, 2228)], 34)
        page = effects.skew(effects.specks(page, 60, generator), (0.5, -0.3, 0.9)[number], background=0.9)
        page = effects.edge_shadow(page, side="left", reach=5, depth=0.9)
        pages.append(Image.fromarray((page > 0.62).astype(np.uint8) * 255).convert("1"))
        lines += [*sheet.lines, "\f"]
    save_pdf(pages, path, 300)
    return lines[:-1]


def memo(path: Path, generator: np.random.Generator) -> list[str]:
    """A town hall's circular on two sheets: a fax-coded TIFF whose pixels lie on their side, as its tag says."""
    frames, lines = [], []
    for number, paragraphs in enumerate(texts.MEMO):
        sheet = Sheet(*A4, 200)
        sans = sheet.font("LiberationSans-Regular.ttf", 12.5)
        y = 30.0
        for position, paragraph in enumerate(paragraphs):
            if not paragraph:
                sheet.gap()
                y += 4.0
                continue
            heading = number == 0 and position in (0, 5)
            font = sheet.font("LiberationSans-Bold.ttf", 13) if heading else sans
            y = sheet.paragraph(paragraph, font, left=26, top=y, width=158, leading=7.0, justify=False)
        if number == 0:
            draw_round_stamp(sheet, 165, 36)
        else:
            draw_second_signature(sheet, 40, y + 14)
        ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.14), generator, reach=0.5)
        page = effects.scan(ink, generator, tone=0.9, texture=0.02, blur=0.8, noise=0.03)
        page = effects.skew(effects.specks(page, 90, generator), (-0.6, 0.4)[number], background=0.9)
        page = effects.edge_shadow(page, side="top", reach=4, depth=0.9)
        upright = Image.fromarray((page > 0.55).astype(np.uint8) * 255)
        frames.append(upright.transpose(Image.Transpose.ROTATE_90).convert("1"))
        lines += [*sheet.lines, "\f"]
    # Orientation 6: turn the pixels clockwise by a quarter to see the page upright.
    frames[0].save(
        path, save_all=True, append_images=frames[1:], compression="group4", dpi=(200, 200), tiffinfo={274: 6}
    )
    return lines[:-1]


def novel(path: Path, generator: np.random.Generator) -> list[str]:
    """A page of a Ukrainian novel on yellowed paper: colour JPEG."""
    sheet = Sheet(140, 205, 200)
    serif = sheet.font("PTF55F.ttf", 11)
    sheet.text(70, 27, texts.UKRAINIAN_CHAPTER, sheet.font("PTF55F.ttf", 10), anchor="ms")
    sheet.gap()
    sheet.text(70, 37, texts.UKRAINIAN_TITLE, sheet.font("PTF75F.ttf", 16), anchor="ms")
    sheet.gap()
    sheet.flow(texts.UKRAINIAN_TEXT, serif, [(19.0, 51.0)], width=103, leading=5.25, bottom=188, indent=6.0)
    sheet.gap()
    sheet.text(70, 194, texts.UKRAINIAN_PAGE, serif, anchor="ms")

    other_side = Sheet(140, 205, 200)
    other_side.flow(texts.UKRAINIAN_TEXT[::-1], serif, [(18.0, 24.0)], width=103, leading=5.25, bottom=200, indent=6.0)
    ink = effects.ragged_edges(effects.uneven_ink(sheet.ink(), generator, fade=0.15), generator, reach=0.45)
    ink = effects.show_through(ink, other_side.ink(), 0.12)
    page = effects.scan(ink, generator, tone=0.9, texture=0.018, noise=0.008)
    page = effects.skew(effects.specks(page, 35, generator), 0.8, background=0.9)
    page = effects.edge_shadow(page, side="left", reach=55, depth=0.55)
    yellowed = np.array([1.0, 0.94, 0.82], np.float32)
    to_picture(1.06 * page[:, :, None] * yellowed).save(path, quality=42, dpi=(200, 200))
    return sheet.lines


def gardener(path: Path, generator: np.random.Generator) -> list[str]:
    """A page of a Greek gardening magazine: grey JPEG."""
    sheet = Sheet(165, 230, 200)
    serif = sheet.font("GFSDidot.otf", 11.5)
    heads = [(22, texts.GREEK_HEAD, "ls"), (143, texts.GREEK_ISSUE, "rs")]
    sheet.row(22, heads, sheet.font("GFSDidot.otf", 10))
    sheet.rule(22, 25, 143, 25, width=4, fill=30)
    sheet.gap()
    sheet.text(22, 43, texts.GREEK_TITLE, sheet.font("GFSDidotBold.otf", 24))
    sheet.gap()
    sheet.flow(texts.GREEK_TEXT, serif, [(22.0, 58.0)], width=121, leading=5.8, bottom=208, indent=5.0)
    sheet.gap()
    sheet.text(143, 217, texts.GREEK_PAGE, sheet.font("GFSDidot.otf", 10), anchor="rs")

    ink = effects.uneven_ink(sheet.ink(), generator, fade=0.15)
    page = effects.scan(ink, generator, tone=0.94, texture=0.012, noise=0.01)
    page = effects.skew(effects.specks(page, 25, generator), -0.9, background=0.94)
    page = effects.edge_shadow(page, side="left", reach=40, depth=0.5)
    to_picture(effects.levels(page, black=0.03, white=0.98)).save(path, quality=46, dpi=(200, 200))
    return sheet.lines


def notice(path: Path, generator: np.random.Generator) -> list[str]:
    """A Vietnamese notice from the wall of a lift, creased and taped: grey WebP."""
    sheet = Sheet(148, 190, 180)
    sans, bold = sheet.font("Lato-Regular.ttf", 13), sheet.font("Lato-Bold.ttf", 13)
    for number, line in enumerate(texts.VIETNAMESE_HEAD):
        sheet.text(18, 24 + 6.2 * number, line, bold if number == 0 else sans)
    sheet.gap()
    sheet.text(74, 48, texts.VIETNAMESE_TITLE, sheet.font("Lato-Bold.ttf", 24), anchor="ms")
    y = 64.0
    for paragraph in texts.VIETNAMESE_TEXT:
        sheet.gap()
        y = sheet.paragraph(paragraph, sans, left=18, top=y, width=112, leading=6.8, justify=False) + 3.6

    ink = effects.uneven_ink(sheet.ink(), generator, fade=0.12)
    page = effects.scan(ink, generator, tone=0.93, texture=0.01, noise=0.012)
    for y_crease in (63, 127):
        page = effects.fold_line(page, sheet.pixels(y_crease), generator, depth=0.13)
    page = effects.skew(effects.specks(page, 6, generator), 1.3, background=0.9)
    page = effects.edge_shadow(page, side="right", reach=120, depth=0.25)
    to_picture(page).save(path, quality=55, method=6)
    return sheet.lines


SAMPLES: dict[str, Callable[[Path, np.random.Generator], list[str]]] = {
    "letter-en-fr.png": letter,
    "invoice-en.pdf": invoice,
    "receipt-it.jpg": receipt,
    "two-columns-en.png": journal,
    "minutes-de.pdf": minutes,
    "turned-es.tif": memo,
    "novel-uk.jpg": novel,
    "magazine-el.jpg": gardener,
    "notice-vi.webp": notice,
    "invoice-zh.png": east_asian_samples.invoice,
    "story-zh-tw.jpg": east_asian_samples.story,
    "notice-ja.jpg": east_asian_samples.notice,
    "library-ko.webp": east_asian_samples.library,
    "notice-ar.png": right_to_left_samples.notice,
    "letter-he.jpg": right_to_left_samples.letter,
    "notice-hi.png": brahmic_samples.notice,
    "menu-th.jpg": brahmic_samples.menu,
    "scripts.png": brahmic_samples.scripts,
}


def main(folder: Path) -> None:
    """Make every sample and its text."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, make) in enumerate(SAMPLES.items()):
        lines = make(folder / name, np.random.default_rng(number))
        text = "\n".join(lines).replace("\n\f\n", "\f").replace(IDEOGRAPHIC_SPACE, " ").strip("\n")
        (folder / name).with_suffix(".txt").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "samples")

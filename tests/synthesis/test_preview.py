"""Sheets of what was drawn, and the page that tells what effects do."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
from doubles import REPOSITORY

from e2eocr.errors import OutputError
from e2eocr.synthesis.effects.lines import EFFECTS
from e2eocr.synthesis.pages.capture import CAPTURE_STYLES
from e2eocr.synthesis.preview import preview_lines, preview_pages, write_preview
from e2eocr.truth.line_shards import ShardReader, ShardWriter
from e2eocr.truth.page_shards import PageStore, PageWriter
from e2eocr.truth.records import LineSample, LineTruth, PageSample

PAPER = (230, 230, 230)


def line_store(folder: Path, count: int) -> ShardReader:
    with ShardWriter(folder) as writer:
        for number in range(count):
            image = np.full((32, 100 + 10 * number), 250, np.uint8)
            cv2.putText(image, f"Line {number}", (5, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)
            writer.write(LineSample(image, f"Line {number}", "en", "test"))
    return ShardReader(folder)


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 3), (50, 40)])
def test_lines_stand_beside_what_training_sees(tmp_path: Path, count: int, rows: int) -> None:
    store = line_store(tmp_path, count)
    sheet = preview_lines(store)
    assert sheet.shape == (40 * rows - 8, 1208, 3) and sheet.dtype == np.uint8
    assert (sheet[:32, :100] == store[0].image[..., None]).all()
    assert (sheet == preview_lines(store)).all() and (sheet[:32, 608:] != PAPER).any()


def test_pages_show_the_outlines_of_their_lines(tmp_path: Path) -> None:
    corners = np.array([[50, 50], [350, 50], [350, 90], [50, 90]], np.float32)
    lines = (LineTruth("text", corners, "en", 0),)
    with PageWriter(tmp_path) as writer:
        for _ in range(5):
            writer.write(PageSample(np.full((540, 400), 255, np.uint8), lines, 0, 0.0, 72.0, "letter"))
    sheet = preview_pages(PageStore(tmp_path))
    assert sheet.shape == (2 * 540 + 8, 4 * 400 + 3 * 8, 3)
    assert sheet[50, 200, 1] < 100 < sheet[50, 200, 0] and tuple(sheet[300, 200]) == (255, 255, 255)
    assert tuple(sheet[-1, -1]) == PAPER  # places that are left


def test_a_sheet_is_a_png(tmp_path: Path) -> None:
    sheet = np.zeros((4, 5, 3), np.uint8)
    sheet[1, 2] = (255, 0, 0)
    write_preview(sheet, tmp_path / "new" / "sheet.png")
    read = cv2.imread(str(tmp_path / "new" / "sheet.png"), cv2.IMREAD_COLOR_RGB)
    assert read is not None and np.array_equal(read, sheet)
    with pytest.raises(OutputError, match="Choose another name"):
        write_preview(sheet, tmp_path / "new")


def test_the_page_on_effects_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("effects_page", REPOSITORY / "tools" / "write_effects_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert list(module.line_effects()) == list(EFFECTS)
    of_pages = {effect.__name__ for style in CAPTURE_STYLES.values() for effect, _, _ in style.before + style.after}
    assert set(module.page_effects()) == of_pages
    rows = [*module.line_effects().values(), *module.page_effects().values()]
    assert all(len(cell.strip()) > 2 for row in rows for cell in row.strip("|").split("|"))
    assert module.PAGE.read_text(encoding="utf-8") == module.effects_page(), "run tools/write_effects_page.py"

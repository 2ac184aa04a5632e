"""Pages of labelled folders, opened: polygons in pixels of the picture, whoever asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from e2eocr.errors import NothingToReadError
from e2eocr.synthesis.lines.page_crops import LeftOut, cut_pages
from e2eocr.truth.ground_truth import format_truth, load_truth
from e2eocr.truth.line_shards import ShardReader
from e2eocr.truth.lines import open_lines
from e2eocr.truth.page_shards import PageWriter
from e2eocr.truth.pages import open_pages
from e2eocr.truth.records import NO_PLACE, LineTruth, PageSample, PageTruth, box_polygon

TEXT = "Total 12.50"
BOX = box_polygon(10, 12, 200, 50)


def put_page(folder: Path, **truth: Any) -> Path:
    """A page with one line of text in `BOX`, and what is said of it."""
    folder.mkdir(exist_ok=True)
    image = np.full((100, 300, 3), 255, np.uint8)
    cv2.putText(image, TEXT, (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    cv2.imwrite(str(folder / "a.png"), image)
    (folder / "a.gt.json").write_text(json.dumps({"file": "a.png", **truth}), encoding="utf-8")
    return folder


def record(scale: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"text": TEXT, "polygon": (BOX * scale).tolist(), **more}


SCALES = [
    # In pixels of the page.
    {"lines": [record()]},
    # In pixels of a scan that was twice as wide, the whole document or page by page.
    {"width": 600, "lines": [record(2.0)]},
    {"pages": [{"page": 1, "width": 600, "lines": [record(2.0)]}]},
    # In points.
    {"pages": [{"page": 1, "width": 75.0, "height": 25.0, "lines": [record(0.25)]}]},
]


@pytest.mark.parametrize("truth", SCALES)
def test_polygons_come_in_pixels_of_the_picture(tmp_path: Path, truth: dict[str, Any]) -> None:
    folder = put_page(tmp_path / "pages", **truth)
    page = open_pages(folder)[0]
    np.testing.assert_allclose(page.quads, [BOX])
    assert page.text == TEXT and not page.partial
    assert cut_pages([folder], tmp_path / "lines") == {None: 1}
    crop = ShardReader(tmp_path / "lines")[0].image
    assert 18 <= crop.shape[0] <= 36 and crop.min() < 100


def test_lines_whose_place_is_not_known_make_a_page_partial(tmp_path: Path) -> None:
    folder = put_page(tmp_path, lines=[record(), {"text": "elsewhere"}])
    page = open_pages(folder)[0]
    assert page.partial and len(page.quads) == 1
    assert page.text == f"{TEXT}\nelsewhere"


def test_lines_that_stand_upright_are_not_cut(tmp_path: Path) -> None:
    folder = put_page(tmp_path / "pages", lines=[record(), record(vertical=True)])
    assert cut_pages([folder], tmp_path / "lines") == {None: 1}


def test_outlines_without_an_area_are_counted(tmp_path: Path) -> None:
    flat = [[10, 12], [200, 12], [200, 12], [10, 12]]
    folder = put_page(tmp_path / "pages", lines=[record(), {"text": "flat", "polygon": flat}])
    assert cut_pages([folder], tmp_path / "lines") == {None: 1, LeftOut.SMALL: 1}
    assert open_lines(folder).texts == [TEXT]


def test_a_truth_says_more_than_lines(tmp_path: Path) -> None:
    folder = put_page(
        tmp_path,
        language=["de", "fr"],
        rotation=90,
        lines=[record(language="fr", block=4), record(ignore=True), {"text": "x", "polygon": [[0, 0], *BOX.tolist()]}],
    )
    page = open_pages(folder)[0]
    assert [(line.language, line.block) for line in page.lines] == [("fr", 4), ("de+fr", 0), ("de+fr", 0)]
    assert page.rotation == 90 and len(page.ignored) == 1
    assert len(page.placed[1].polygon) == 5 and page.quads.shape == (2, 4, 2)


def test_truth_that_is_written_is_read_again(tmp_path: Path) -> None:
    lines = (
        LineTruth("eins", BOX, "de", 1),
        LineTruth("zwei", NO_PLACE, "de", 2, vertical=True),
        LineTruth("", BOX, "de", 2, ignore=True),
    )
    path = tmp_path / "a.gt.json"
    path.write_bytes(format_truth("a.png", lines, facts={"partial": True, "rotation": 180}))
    truth = load_truth(path)
    assert (truth.file, truth.language, truth.partial) == ("a.png", "de", True)
    (page,) = truth.pages
    assert page.rotation == 180 and page.text == "eins\nzwei"
    for found, line in zip(page.lines, lines, strict=True):
        assert (found.text, found.block, found.vertical, found.ignore) == (
            line.text,
            line.block,
            line.vertical,
            line.ignore,
        )
        np.testing.assert_array_equal(found.polygon, line.polygon)


def test_scaling_ends_in_pixels() -> None:
    page = PageTruth((LineTruth("x", BOX, "en", 0),), 2, width=600).scaled_to(300)
    assert (page.index, page.width) == (2, None)
    np.testing.assert_allclose(page.quads, [BOX / 2])
    np.testing.assert_allclose(page.scaled_to(77).quads, page.quads)


def test_stores_are_opened_by_the_same_call(tmp_path: Path) -> None:
    with PageWriter(tmp_path / "store") as writer:
        writer.write(PageSample(np.zeros((60, 80), np.uint8), (LineTruth("x", BOX / 4, "en", 0),)))
    page = open_pages(tmp_path / "store")[0]
    assert page.text == "x" and page.rgb.shape == (60, 80, 3)
    with pytest.raises(NothingToReadError, match="no labelled documents"):
        open_pages(tmp_path / "nowhere")

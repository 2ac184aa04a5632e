"""Lines cut out of drawn and labelled pages, and what a reading says of their labels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from e2eocr.errors import OutputError
from e2eocr.synthesis.lines.page_crops import LeftOut, check_label, cut_pages
from e2eocr.truth.line_shards import ShardReader
from e2eocr.truth.page_shards import PageWriter
from e2eocr.truth.records import LineTruth, PageSample, box_polygon
from recognizers.base import LineText

TEXTS = ("TOTAL", "12.50")


def draw_page() -> np.ndarray:
    image = np.full((120, 300, 3), 255, np.uint8)
    for row, text in enumerate(TEXTS):
        cv2.putText(image, text, (20, 40 + 50 * row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    return image


def boxes() -> list[np.ndarray]:
    return [box_polygon(10, 12 + 50 * row, 200, 50 + 50 * row) for row in range(len(TEXTS))]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "receipts"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), draw_page())
    lines = [{"text": text, "polygon": box.tolist()} for text, box in zip(TEXTS, boxes(), strict=True)]
    lines.append({"text": "", "polygon": box_polygon(210, 10, 290, 100).tolist(), "ignore": True})
    (folder / "a.gt.json").write_text(json.dumps({"file": "a.png", "language": "en", "lines": lines}))
    return folder


class FixedReader:
    """Reads what it was made with, whatever it is shown."""

    name = "fixed"

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def read(self, crops: Sequence[np.ndarray]) -> list[LineText]:
        assert len(crops) == len(self.texts)
        return [LineText(text, 0.9) for text in self.texts]


def test_lines_of_labelled_pages_are_cut_to_their_ink(labelled: Path, tmp_path: Path) -> None:
    assert cut_pages([labelled], tmp_path / "out") == {None: 2}
    shards = ShardReader(tmp_path / "out")
    assert shards.texts == list(TEXTS) and shards.languages == ["en", "en"] and shards.sources == ["receipts"] * 2
    crop = shards[0].image
    ink = np.flatnonzero((crop < 128).any(axis=1))
    assert 18 <= crop.shape[0] <= 36 and ink[0] >= 1 and ink[-1] <= crop.shape[0] - 2  # of a box of 38


def test_lines_of_drawn_pages_are_cut(tmp_path: Path) -> None:
    lines = [LineTruth(text, box, "fr", 0) for text, box in zip(TEXTS, boxes(), strict=True)]
    lines.append(LineTruth("upright", box_polygon(250, 5, 290, 110), "ja", 1, vertical=True))
    with PageWriter(tmp_path / "store") as writer:
        writer.write(PageSample(cv2.cvtColor(draw_page(), cv2.COLOR_RGB2GRAY), tuple(lines)))
    assert cut_pages([tmp_path / "store"], tmp_path / "out") == {None: 2}
    assert ShardReader(tmp_path / "out").languages == ["fr", "fr"]


def test_the_same_seed_cuts_the_same(labelled: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        cut_pages([labelled], tmp_path / name, seed=seed)
    first, again, other = (ShardReader(tmp_path / name)[0].image for name in "abc")
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape


def test_a_reading_gives_labels_their_case_and_finds_those_of_other_lines(labelled: Path, tmp_path: Path) -> None:
    counts = cut_pages([labelled], tmp_path / "out", recognizer=FixedReader("Totol", "Cash"))
    assert counts == {None: 1, LeftOut.FAR: 1}
    assert ShardReader(tmp_path / "out").texts == ["Total"]


@pytest.mark.parametrize(
    ("label", "reading", "expected"),
    [
        ("TOTAL AMOUNT", "Total Amount", "Total Amount"),
        ("TOTAL AMOUNT", "TOTAL AMOUNT", "TOTAL AMOUNT"),
        ("CASHIER: 12", "Casnier: 12", "Cashier: 12"),  # a misread letter between small ones
        ("CASH", "Oash", LeftOut.CASE),  # the first letter of a word may be a capital
        ("GST NO: 17", "GST N0: 17", "GST NO: 17"),
        ("MFM ROSES ALL PURPOSE FLOUR", "MFM ROSES ALL PURPOSF FLOUr", "MFM ROSES ALL PURPOSE FLOUR"),  # misread
        ("CHANGE", "12.40", LeftOut.FAR),
        ("STRASSE 5", "Straße 5", LeftOut.CASE),  # no letter for each
    ],
)
def test_case_from_readings(label: str, reading: str, expected: str | LeftOut) -> None:
    assert check_label(label, reading, case_unknown=True) == expected


def test_a_known_case_stays() -> None:
    assert check_label("SS-Mann", "Ss-Mann", case_unknown=False) == "SS-Mann"


def test_shards_are_not_overwritten(labelled: Path, tmp_path: Path) -> None:
    cut_pages([labelled], tmp_path / "out")
    with pytest.raises(OutputError, match="holds shards already"):
        cut_pages([labelled], tmp_path / "out")

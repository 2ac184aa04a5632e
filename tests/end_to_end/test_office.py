"""An invoice and a receipt, read from their pictures: rows as the paper has them, in every format for tables."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles import REPOSITORY
from openpyxl import load_workbook

from e2eocr.pipeline import load_pipeline
from e2eocr.results import Document
from e2eocr.settings import ReadSettings
from e2eocr.writers import write_document

pytestmark = pytest.mark.slow

GOODS = [
    ["Item", "Qty", "Unit price", "Amount"],
    ["1", "6", "485.00", "2,910.00"],
    ["2", "12", "64.50", "774.00"],
    ["3", "1", "7,250.00", "7,250.00"],
    ["4", "3.5", "560.00", "1,960.00"],
    ["5", "2", "219.00", "438.00"],
    ["6", "1", "900.00", "900.00"],
]
SUMS = [["Subtotal", "14,232.00"], ["VAT 25 %", "3,558.00"], ["Total DKK", "17,790.00"]]
PRICES = ["3,47", "2,80", "3,95", "1,99", "2,94", "6,49", "3,85", "-1,20", "24,29", "1,63", "30,00", "5,71"]


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    pipeline = load_pipeline(ReadSettings(text_layer="ignore"))
    return {name: pipeline.read(REPOSITORY / "samples" / name) for name in ("invoice-en.pdf", "receipt-it.jpg")}


def tables_of_csv(document: Document) -> Iterator[list[list[str]]]:
    for part in write_document(document, "csv").decode("utf-8").strip().split("\r\n\r\n"):
        yield list(csv.reader(io.StringIO(part)))


def without_descriptions(rows: list[list[str]]) -> list[list[str]]:
    """The goods of an invoice without what they are called: their words are another test's."""
    return [row[:1] + row[2:] for row in rows]


def test_the_rows_of_an_invoice(documents: dict[str, Document]) -> None:
    fields, goods, sums = tables_of_csv(documents["invoice-en.pdf"])
    assert [row[0] for row in fields] == ["Invoice no.", "Date", "Due", "Your reference"]
    assert without_descriptions(goods) == GOODS
    assert sums == SUMS


@pytest.mark.parametrize(("format", "mark"), [("txt", "\t"), ("md", " | ")])
def test_an_invoice_as_text_has_a_row_on_a_line(documents: dict[str, Document], format: str, mark: str) -> None:
    text = write_document(documents["invoice-en.pdf"], format).decode("utf-8")
    rows = [line.strip("| ").split(mark) for line in text.splitlines()]
    assert without_descriptions([row for row in rows if len(row) == 5 and "---" not in row]) == GOODS
    assert [row for row in rows if row[0] in dict(SUMS)] == SUMS


def test_the_rows_of_a_receipt(documents: dict[str, Document]) -> None:
    (rows,) = tables_of_csv(documents["receipt-it.jpg"])
    assert [row[-1] for row in rows] == PRICES
    assert {len(row) for row in rows} == {2}


def test_a_workbook_opens_with_numbers(documents: dict[str, Document]) -> None:
    book = load_workbook(io.BytesIO(write_document(documents["invoice-en.pdf"], "xlsx")))
    sheets = [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]
    assert [[row[0], *row[2:]] for row in sheets[1][1:]] == [
        [float(text.replace(",", "")) for text in row] for row in GOODS[1:]
    ]
    assert [row[1] for row in sheets[2]] == [14232.0, 3558.0, 17790.0]


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_workbook_opens_in_libreoffice(documents: dict[str, Document], tmp_path: Path) -> None:
    path = tmp_path / "receipt.xlsx"
    path.write_bytes(write_document(documents["receipt-it.jpg"], "xlsx"))
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    as_csv = "csv:Text - txt - csv (StarCalc):44,34,76"  # commas, quotes, UTF-8
    command = ["soffice", home, "--headless", "--convert-to", as_csv, "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    rows = list(csv.reader((tmp_path / "receipt.csv").read_text(encoding="utf-8").splitlines()))
    # LibreOffice writes numbers with the decimal mark of its own language.
    assert [float(row[1].replace(",", ".")) for row in rows] == [float(price.replace(",", ".")) for price in PRICES]

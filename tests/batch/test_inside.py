"""Files that documents carry: told by name, or read as documents of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from doubles.batch import load_double, make_jobs

from e2eocr.batch import runner
from e2eocr.batch.report import ScanReport
from e2eocr.batch.settings import ScanSettings
from e2eocr.documents import open_document
from e2eocr.documents.pdf import read_attachment
from e2eocr.errors import DocumentError, ExitCode

INSIDE = {"inner.pdf": b"inner one\ninner two", "deep/scan.png": b"scanned"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScanSettings:
    def read(path: Path, name: str, passwords: Sequence[str]) -> bytes:
        return INSIDE[name]

    monkeypatch.setattr("e2eocr.documents.pdf.read_attachment", read)
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial", report=tmp_path / "report.json")


def scan(settings: ScanSettings, **changes: object) -> ScanReport:
    return runner.scan(replace(settings, **changes), load_double)  # type: ignore[arg-type]


def test_files_inside_are_told(settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_jobs(tmp_path, {"a.pdf": "carries inner.pdf notes.docx"})
    assert scan(settings).counts["ok"] == 1
    told = "carries: a.pdf: 2 files, which `--attachments read` reads: inner.pdf, notes.docx"
    assert told in capsys.readouterr().err
    [document] = json.loads((tmp_path / "report.json").read_text())["documents"]
    assert document["attachments"] == ["inner.pdf", "notes.docx"]


def test_files_inside_are_read(settings: ScanSettings, tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"a.pdf": "carries inner.pdf deep/scan.png notes.docx"})
    report = scan(settings, attachments="read")
    assert report.exit_code == ExitCode.OK
    assert [outcome.job.name for outcome in report.outcomes] == ["a.pdf", "a.pdf/inner.pdf", "a.pdf/deep/scan.png"]
    assert (settings.output / "a.pdf/deep/scan.png.txt").read_text() == "scanned\n"
    source = json.loads((settings.output / "a.pdf/inner.pdf.json").read_text())["source"]
    assert source["path"] == "a.pdf/inner.pdf"
    assert [each._asdict() for each in report.found.passed_over] == [
        {"path": f"{job.path}/notes.docx", "reason": "unknown type"}
    ]
    # Afterwards they are known, and gone with their document.
    assert scan(settings, attachments="read").counts["skipped"] == 3
    job.path.unlink()
    make_jobs(tmp_path, {"b.pdf": "plain"})
    assert scan(settings, attachments="read").gone == ("a.pdf", "a.pdf/deep/scan.png", "a.pdf/inner.pdf")


def test_files_inside_are_read_later_too(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.pdf": "carries inner.pdf"})
    scan(settings)
    assert scan(settings, attachments="read").counts == {"ok": 1, "partial": 0, "failed": 0, "skipped": 1}


def test_one_that_cannot_be_read_costs_itself_alone(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.pdf": "carries lost.pdf inner.pdf"})
    report = scan(settings, attachments="read")
    assert {outcome.job.name: outcome.status for outcome in report.outcomes} == {
        "a.pdf": "ok",
        "a.pdf/lost.pdf": "failed",
        "a.pdf/inner.pdf": "ok",
    }


def make_portfolio(path: Path, files: dict[str, bytes]) -> Path:
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(72, 72))
        for key, (name, data) in enumerate(files.items()):
            pdf.attachments[f"{key:04}"] = pikepdf.AttachedFileSpec(pdf, data, filename=name)
        pdf.save(path)
    return path


def test_files_of_a_pdf(tmp_path: Path) -> None:
    files = {"inner.pdf": b"%PDF-1.4", "\u0441\u0447\u0451\u0442.xml": b"<a/>"}
    path = make_portfolio(tmp_path / "a.pdf", files)
    with open_document(path) as opened:
        assert set(opened.attachments) == set(files)
    for name, data in files.items():
        assert read_attachment(path, name, ()) == data
    with pytest.raises(DocumentError, match="the file nobody in it cannot be read"):
        read_attachment(path, "nobody", ())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\nb.pdf", "a_b.pdf"),
        ("./.", "file 1"),
        ("  ", "file 1"),
    ],
)
def test_names_that_lead_out_of_their_folder(tmp_path: Path, name: str, safe: str) -> None:
    path = make_portfolio(tmp_path / "a.pdf", {name: b"content"})
    with open_document(path) as opened:
        assert opened.attachments == (safe,)
    assert read_attachment(path, safe, ()) == b"content"


def test_pictures_carry_nothing(tmp_path: Path, repository: Path) -> None:
    picture = next((repository / "samples").glob("*.png"))
    with open_document(picture) as opened:
        assert opened.attachments == ()

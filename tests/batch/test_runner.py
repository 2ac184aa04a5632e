"""A run as a whole: what it writes, says and ends with."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles.batch import load_double, load_wrong_bundle, make_jobs, refuse_folder

from e2eocr.batch import runner
from e2eocr.batch.finding import FoundJobs
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.journal import JOURNAL
from e2eocr.batch.lock import LOCK
from e2eocr.batch.report import ScanReport, report_json, summary_line
from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import BundleError, ExitCode, NothingToReadError, OutputError
from e2eocr.results import Origins
from e2eocr.settings import ReadSettings
from e2eocr.writers import FORMATS

CONTENTS = {"a.png": "one\ntwo", "b/c.png": "refuse", "b/d.png": "three", "e 10.png": "four", "e 9.png": "five\n!bad"}
GOOD = {"a.png": "one", "b.png": "two\nthree"}


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial")


def scan(settings: ScanSettings) -> ScanReport:
    return runner.scan(settings, load_double)


def files_under(folder: Path) -> dict[str, bytes]:
    """All files but the journal and the lock, by path."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name not in (JOURNAL, LOCK))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_same_bytes_for_one_and_two_workers(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, CONTENTS)
    serial = scan(settings)
    parallel = scan(replace(settings, output=tmp_path / "two", executor="process", workers=2))
    assert files_under(tmp_path / "two") == files_under(tmp_path / "out")
    assert [outcome.job.name for outcome in parallel.outcomes] == [outcome.job.name for outcome in serial.outcomes]
    assert parallel.counts == serial.counts == {"ok": 3, "partial": 1, "failed": 1, "skipped": 0}


def test_failures_and_summary_go_to_stderr(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_jobs(tmp_path, CONTENTS)
    (tmp_path / "in/notes.txt").touch()
    assert scan(settings).exit_code == ExitCode.SOME_FAILED
    captured = capsys.readouterr()
    assert captured.out == ""
    partial_line, failed_line, left_out, summary = captured.err.splitlines()
    assert partial_line == "e2eocr: partial: e 9.png: 1 of 2 pages failed; page 2: is torn"
    assert failed_line == "e2eocr: failed: b/c.png: is torn. Scan it again."
    assert left_out == "e2eocr: left out: 1 unknown type"
    assert summary.startswith("e2eocr: read 4 documents (6 pages) in ")
    assert summary.endswith(f" pages/s; 1 failed, 1 with failed pages; results in {tmp_path / 'out'}")


def test_quiet_says_failures_alone(settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "refuse"})
    scan(replace(settings, quiet=True))
    assert capsys.readouterr().err == "e2eocr: failed: b.png: is torn. Scan it again.\n"


def test_second_run_skips_what_is_done(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, GOOD)
    assert scan(settings).exit_code == ExitCode.OK
    before = files_under(tmp_path / "out")
    report = scan(settings)
    assert report.counts == {"ok": 0, "partial": 0, "failed": 0, "skipped": 2}
    assert report.exit_code == ExitCode.OK
    assert files_under(tmp_path / "out") == before


@pytest.mark.parametrize("output", ["in", "in/b"])  # the input folder itself, and one of its folders
def test_results_are_never_read_as_documents(settings: ScanSettings, tmp_path: Path, output: str) -> None:
    make_jobs(tmp_path, GOOD)
    (tmp_path / output).mkdir(exist_ok=True)
    formats = tuple(name for name, format in FORMATS.items() if not format.needs_source)
    settings = replace(settings, output=tmp_path / output, formats=formats)
    names = [outcome.job.name for outcome in scan(settings).outcomes]
    assert [outcome.job.name for outcome in scan(settings).outcomes] == names == list(GOOD)


def test_all_failed_is_some_failed(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "refuse", "b.png": "memory"})
    assert scan(settings).exit_code == ExitCode.SOME_FAILED
    assert files_under(tmp_path / "out") == {}


@pytest.mark.parametrize("name", ["two\nlines.png", os.fsdecode(b"caf\xe9.png")])
def test_unusual_names(settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    make_jobs(tmp_path, {name: "one", f"bad/{name}": "refuse"})
    report = scan(replace(settings, report=tmp_path / "report.json"))
    assert [outcome.status for outcome in report.outcomes] == ["ok", "failed"]
    assert (tmp_path / "out" / f"{name}.txt").read_text() == "one\n"
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert json.loads((tmp_path / "report.json").read_bytes())["counts"]["ok"] == 1


def read_report(path: Path) -> Any:
    return json.loads(path.read_bytes())


def test_report_accounts_for_every_document(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, CONTENTS)
    path = tmp_path / "reports/today.json"
    scan(replace(settings, report=path, read=ReadSettings(passwords=("secret",))))
    report = read_report(path)
    assert (report["format"], report["exit_code"], report["pages"]) == ("e2eocr-report/1", 1, 6)
    assert report["settings"]["read"]["dpi"] == 200.0
    assert report["settings"]["inputs"] == [str(tmp_path / "in")]
    assert "secret" not in path.read_text()
    failed = next(each for each in report["documents"] if each["name"] == "b/c.png")
    assert failed["path"] == str(tmp_path / "in/b/c.png")
    assert failed["error"] == {"class": "DocumentError", "message": "is torn. Scan it again."}
    assert [each["name"] for each in report["documents"]] == ["a.png", "e 9.png", "e 10.png", "b/c.png", "b/d.png"]
    assert os.listdir(path.parent) == ["today.json"]


def test_wrong_bundle_is_found_before_the_first_document(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, GOOD)
    with pytest.raises(BundleError):
        runner.scan(settings, load_wrong_bundle)
    assert files_under(tmp_path / "out") == {}


def test_nothing_to_read_makes_no_output_folder(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"notes.txt": "one"})
    with pytest.raises(NothingToReadError, match="1 unknown type"):
        scan(settings)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"output": Path("file")},  # the output folder is a file
        {"output": Path("file/out")},  # it is below a file
        {"report": Path("file/report.json")},  # the report is
        {"report": Path("in")},  # the report is a folder
        {"report": Path("r" * 300)},  # its name is too long
    ],
)
def test_what_cannot_be_written_is_found_first(
    settings: ScanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    make_jobs(tmp_path, GOOD)
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="cannot be written"):
        scan(replace(settings, **change))
    assert not (tmp_path / "out").exists() or files_under(tmp_path / "out") == {}


def test_unreadable_folder_is_named(
    settings: ScanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "private/b.png": "two"})
    refuse_folder(monkeypatch, "private")
    assert scan(settings).exit_code == ExitCode.SOME_FAILED
    assert f"e2eocr: cannot list {tmp_path / 'in/private'}: Permission denied" in capsys.readouterr().err


def test_summary_of_one_document(settings: ScanSettings) -> None:
    job = Job(Path("a.png"), "a.png", Path("out/a.png"))
    report = ScanReport(settings, (Outcome("ok", job=job, pages=1),), FoundJobs((job,)), 0.5)
    assert summary_line(report) == f"read 1 document (1 page) in 0.5 s, 2.0 pages/s; results in {settings.output}"


@pytest.mark.parametrize(
    ("unread", "strange", "told"),
    [
        ((3, 0), 0, "3 pages have text that was not read"),
        ((1,), 0, "1 page has text that was not read"),
        ((2, 2), 1, "4 pages have text that was not read, 2 of them in a script without a recognizer"),
    ],
)
def test_the_summary_tells_of_pages_that_were_not_read(
    tmp_path: Path, unread: tuple[int, ...], strange: int, told: str
) -> None:
    settings = ScanSettings((tmp_path,), tmp_path / "out")
    job = Job(tmp_path / "a.png", "a.png", tmp_path / "out/a.png")
    outcomes = tuple(
        Outcome("ok", job=job, pages=5, unread_pages=count, unknown_script_pages=strange) for count in unread
    )
    report = ScanReport(settings, outcomes, FoundJobs((job,)), seconds=1.0)
    assert f"; {told}; " in summary_line(report)
    counts = json.loads(report_json(report))
    assert (counts["unread_pages"], counts["unknown_script_pages"]) == (sum(unread), strange * len(unread))


def test_the_report_tells_where_the_text_came_from(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.pdf": "typeset one\ntypeset two\nread", "b.png": "read", "c.png": "refuse"})
    report = scan(settings)
    a = {"pages": {"ocr": 1, "text-layer": 2, "mixed": 0}, "lines": {"ocr": 1, "text-layer": 2}}
    both = {"pages": {"ocr": 2, "text-layer": 2, "mixed": 0}, "lines": {"ocr": 2, "text-layer": 2}}
    plain = json.loads(report_json(report))
    assert plain["origins"] == both
    assert {each["name"]: each["origins"] for each in plain["documents"]}["a.pdf"] == a
    assert {each["name"]: each["origins"] for each in plain["documents"]}["c.png"] is None
    assert "; 2 pages by the PDF's own text: 2 of 4 lines; " in summary_line(report)
    again = json.loads(report_json(scan(settings)))  # nothing was read, and what was is known still
    assert again["origins"] == Origins().to_plain()
    assert {each["name"]: each["origins"] for each in again["documents"]}["a.pdf"] == a

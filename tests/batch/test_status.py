"""What `status` tells of an output folder, to people and to programs, also while a scan is at work."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.batch import load_double, make_jobs

from e2eocr.batch import runner
from e2eocr.batch.journal import JOURNAL, Journal
from e2eocr.batch.lock import LOCK, hold_folder
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.status import read_status, status_json, status_text
from e2eocr.cli import main
from e2eocr.errors import ExitCode

CONTENTS = {"a.png": "one\ntwo", "b/c.png": "refuse", "d.png": "four\n!bad", "two\nlines.png": "five"}


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    make_jobs(tmp_path, CONTENTS)
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial", quiet=True)


def scan(settings: ScanSettings) -> None:
    runner.scan(settings, load_double)


def test_status_for_people(settings: ScanSettings, tmp_path: Path) -> None:
    scan(settings)
    scan(replace(settings, retry_failed=True))
    (tmp_path / "in/a.png").unlink()
    scan(settings)
    first, gone, run, failed, partial_line, gone_line = status_text(read_status(settings.output)).splitlines()
    assert first == f"{settings.output}: 4 documents, 5 pages: 2 ok, 1 partial, 1 failed"
    assert gone == "1 of them gone from the input; their results are kept"
    assert run.startswith("last run: 20")
    assert run.endswith(" s, exit code 1")
    assert failed.startswith("failed: b/c.png: is torn. Scan it again. (2 attempts, 20")
    assert partial_line.startswith("partial: d.png: 1 of 2 pages failed; page 2: is torn (2 attempts, ")
    assert gone_line.startswith(f"gone: a.png: {tmp_path / 'in/a.png'}, since 20")


def test_status_for_programs(settings: ScanSettings) -> None:
    scan(settings)
    plain = json.loads(status_json(read_status(settings.output)))
    assert plain["format"] == "e2eocr-status/1"
    assert plain["counts"] == {"ok": 2, "partial": 1, "failed": 1}
    assert plain["running"] is False
    assert plain["last_run"]["exit_code"] == 1
    assert plain["last_run"]["counts"] == {"ok": 2, "partial": 1, "failed": 1, "skipped": 0}
    assert [each["name"] for each in plain["failures"]] == ["b/c.png", "d.png"]
    assert plain["failures"][0]["error"] == {"class": "DocumentError", "message": "is torn. Scan it again."}
    assert plain["gone"] == []


def test_status_while_a_scan_is_at_work(settings: ScanSettings, tmp_path: Path) -> None:
    output = settings.output
    output.mkdir()
    with hold_folder(output), Journal(output) as journal:
        journal.begin_run(settings.inputs)
        before = sorted(os.listdir(output))
        status = read_status(output)
        assert status.running
        assert f"a scan is at work since {status.run and status.run.started} (process {os.getpid()} on " in status_text(
            status
        )
        assert sorted(os.listdir(output)) == before


def test_status_after_a_scan_was_killed(settings: ScanSettings) -> None:
    settings.output.mkdir()
    with Journal(settings.output) as journal:
        journal.begin_run(settings.inputs)
    text = status_text(read_status(settings.output))
    assert "ended without finishing (process " in text
    assert text.endswith("the next one goes on where it was\n")


def test_status_before_the_first_run(settings: ScanSettings) -> None:
    settings.output.mkdir()
    Journal(settings.output).close()
    assert status_text(read_status(settings.output)).endswith("no run yet\n")


def test_status_command(settings: ScanSettings, capsys: pytest.CaptureFixture[str]) -> None:
    scan(settings)
    capsys.readouterr()
    assert main(["status", str(settings.output)]) == ExitCode.OK
    shown = capsys.readouterr()
    assert shown.out == status_text(read_status(settings.output))
    assert shown.err == ""
    assert main(["status", "--json", str(settings.output)]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["counts"]["ok"] == 2


def test_status_of_a_folder_without_a_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", str(tmp_path)]) == ExitCode.USAGE
    assert "holds no journal" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def test_journal_and_lock_are_no_documents(settings: ScanSettings, tmp_path: Path) -> None:
    here = replace(settings, output=tmp_path / "in")
    scan(here)
    assert {JOURNAL, LOCK} <= set(os.listdir(tmp_path / "in"))
    scan(here)
    assert len(read_status(tmp_path / "in").entries) == len(CONTENTS)


def test_status_tells_where_the_text_came_from(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "typeset one\ntwo"})
    scan(settings)
    status = read_status(settings.output)
    assert "1 page by the PDF's own text: 1 of 4 lines" in status_text(status).splitlines()
    assert json.loads(status_json(status))["origins"] == {
        "pages": {"ocr": 3, "text-layer": 1, "mixed": 0},
        "lines": {"ocr": 3, "text-layer": 1},
    }

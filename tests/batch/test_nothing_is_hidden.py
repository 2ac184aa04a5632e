"""What a run could not do or left out is told: on stderr, in the report, by the exit code and by `status`."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles.batch import load_double, make_jobs, refuse_folder

from e2eocr.batch import runner
from e2eocr.batch.progress import Log
from e2eocr.batch.report import ScanReport
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import SIGNALS, Interrupted, interruptions
from e2eocr.batch.status import read_status, status_json, status_text
from e2eocr.cli import main
from e2eocr.errors import ExitCode, OCRError
from e2eocr.settings import ReadSettings


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial", report=tmp_path / "report.json")


def scan(settings: ScanSettings, **changes: object) -> ScanReport:
    return runner.scan(replace(settings, **changes), load_double)  # type: ignore[arg-type]


def report_of(settings: ScanSettings) -> dict[str, Any]:
    assert settings.report is not None
    report: dict[str, Any] = json.loads(settings.report.read_text())
    return report


def test_a_folder_that_cannot_be_listed(
    settings: ScanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "private/b.png": "two"})
    refuse_folder(monkeypatch, "private")
    folder = str(tmp_path / "in/private")
    assert scan(settings).exit_code == ExitCode.SOME_FAILED
    assert report_of(settings)["unreadable_folders"] == [f"{folder}: Permission denied"]
    status = read_status(settings.output)
    assert f"cannot list {folder}: Permission denied\n" in status_text(status)
    assert json.loads(status_json(status))["last_run"]["unreadable"] == [f"{folder}: Permission denied"]
    # On the next night it is known.
    assert scan(settings).exit_code == ExitCode.SOME_FAILED
    assert scan(settings, fail_on="new").exit_code == ExitCode.OK


def test_known_failures_need_not_fail_each_night(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one", "bad.png": "refuse"})
    assert scan(settings, fail_on="new").exit_code == ExitCode.SOME_FAILED
    assert scan(settings, fail_on="new").exit_code == ExitCode.OK
    assert scan(settings).exit_code == ExitCode.SOME_FAILED
    make_jobs(tmp_path, {"worse.png": "refuse"})
    assert scan(settings, fail_on="new").exit_code == ExitCode.SOME_FAILED


class ClosedPipe(io.StringIO):
    """A stream whose reader goes away after some lines."""

    def __init__(self, lines: int, error: Exception) -> None:
        super().__init__()
        self._left, self._error = lines, error

    def write(self, text: str) -> int:
        if self._left == 0:
            raise self._error
        self._left -= 1
        return super().write(text)


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
@pytest.mark.parametrize("lines", [0, 2])
@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_log_that_cannot_be_written_does_not_end_the_scan(
    settings: ScanSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    lines: int,
    log_format: str,
) -> None:
    make_jobs(tmp_path, {f"{number}.png": "refuse" if number % 2 else "one" for number in range(9)})
    monkeypatch.setattr(sys, "stderr", ClosedPipe(lines, error))
    assert scan(settings, log_format=log_format).counts == {"ok": 5, "partial": 0, "failed": 4, "skipped": 0}
    assert len(report_of(settings)["documents"]) == 9


def test_a_log_without_a_stream_takes_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    Log().warn("nobody hears that")


@pytest.mark.slow
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2> >(head -c 1)"])
def test_the_command_lives_without_stderr(repository: Path, tmp_path: Path, redirection: str) -> None:
    make_jobs(tmp_path, {f"{number}.png": "no picture" for number in range(3)})
    command = f"'{sys.executable}' cli.py scan '{tmp_path}/in' -o '{tmp_path}/out' --report '{tmp_path}/report.json'"
    done = subprocess.run(["bash", "-c", f"{command} --workers 1 {redirection}"], cwd=repository)
    assert done.returncode == ExitCode.SOME_FAILED
    assert len(json.loads((tmp_path / "report.json").read_text())["documents"]) == 3


def _block(folder: Path) -> None:
    """Have a folder where the lock file goes."""
    make_jobs(folder, {"a.png": ""})
    (folder / "out/.e2eocr-lock").mkdir(parents=True)


@pytest.mark.parametrize(
    ("prepare", "changes", "code"),
    [
        (lambda folder: (folder / "in").mkdir(), {}, ExitCode.NOTHING_TO_READ),
        (lambda folder: None, {}, ExitCode.USAGE),  # no such input
        (_block, {}, ExitCode.CANNOT_WRITE),
        (
            lambda folder: make_jobs(folder, {"a.png": ""}),
            {"read": ReadSettings(recognizer="nobody")},
            ExitCode.BAD_BUNDLE,
        ),
    ],
)
def test_the_report_is_written_at_every_end(
    settings: ScanSettings, tmp_path: Path, prepare: Any, changes: dict[str, Any], code: ExitCode
) -> None:
    (tmp_path / "report.json").write_text('{"format": "e2eocr-report/1", "exit_code": 0}')
    prepare(tmp_path)
    with pytest.raises(OCRError) as caught:
        scan(settings, **changes)
    assert caught.value.exit_code == code
    report = report_of(settings)
    assert (report["exit_code"], report["error"]) == (code, str(caught.value))


def test_the_report_of_a_run_that_was_cut_off(
    settings: ScanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    monkeypatch.setattr("e2eocr.batch.progress.Progress.add", _raise_interrupted)
    with pytest.raises(Interrupted):
        scan(settings)
    report = report_of(settings)
    assert (report["exit_code"], report["interrupted"], report["left"]) == (ExitCode.TERMINATED, True, 1)
    assert [document["name"] for document in report["documents"]] == ["a.png"]


def _raise_interrupted(*_: object) -> None:
    raise Interrupted(signal.SIGTERM)


def test_files_left_out_are_named(settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_jobs(tmp_path, {"a.png": "one", "notes.txt": "no document", "old/b.png": "two"})
    scan(settings, exclude=("old",))
    expected = [
        {"path": str(tmp_path / "in/notes.txt"), "reason": "unknown type"},
        {"path": str(tmp_path / "in/old"), "reason": "excluded"},
    ]
    assert report_of(settings)["left_out_files"] == expected
    assert "notes.txt" not in capsys.readouterr().err
    scan(settings, exclude=("old",), verbose=True)
    assert f"e2eocr: left out: {tmp_path / 'in/notes.txt'}: unknown type" in capsys.readouterr().err
    scan(settings, exclude=("old",), log_format="json")
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    named = [{key: event[key] for key in ("path", "reason")} for event in events if event["event"] == "left out file"]
    assert named == expected


def test_what_is_gone_is_told_once_and_then_counted(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    scan(settings)
    jobs[0].path.unlink()
    capsys.readouterr()
    scan(settings)
    assert "gone: a.png: no longer in the input" in capsys.readouterr().err
    scan(settings)
    told = capsys.readouterr().err
    assert "gone: a.png" not in told
    assert "1 gone from the input" in told


def test_one_bad_argument_of_many_costs_itself_alone(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    report = scan(settings, inputs=(tmp_path / "nowhere.png", tmp_path / "in/a.png"))
    assert report.exit_code == ExitCode.SOME_FAILED
    named = {document["path"]: document["status"] for document in report_of(settings)["documents"]}
    assert named == {str(tmp_path / "in/a.png"): "ok", str(tmp_path / "nowhere.png"): "failed"}


# --- being asked to end ---------------------------------------------------------------------------------------------


@pytest.fixture
def heard() -> Iterator[None]:
    """Whatever this process was started with, it heeds signals."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize(
    ("signals", "first", "last"),
    [
        ([signal.SIGTERM, signal.SIGTERM], signal.SIGTERM, signal.SIGTERM),
        ([signal.SIGHUP, signal.SIGHUP], signal.SIGTERM, signal.SIGTERM),
        ([signal.SIGINT, signal.SIGTERM], signal.SIGINT, signal.SIGTERM),
    ],
)
def test_signals(signals: Sequence[signal.Signals], first: int, last: int) -> None:
    with pytest.raises(Interrupted) as caught, interruptions() as stop:
        for number in signals:
            os.kill(os.getpid(), number)
    assert (stop.signal_number, caught.value.signal_number) == (first, last)


def test_a_scan_under_nohup_outlives_its_terminal() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptions() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
        assert not stop.requested
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_sigterm_gives_its_own_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(settings: ScanSettings) -> None:
        raise Interrupted(signal.SIGTERM)

    monkeypatch.setattr("e2eocr.batch.runner.scan", interrupted)
    assert main(["scan", str(tmp_path), "-o", str(tmp_path / "out")]) == ExitCode.TERMINATED


@pytest.mark.parametrize(
    "arguments", [["scan", "in", "-o", "out", "--wrong"], ["scan", "in"], ["scan", "in", "-o", "out", "--dpi", "1"]]
)
def test_wrong_usage_is_an_object_for_programs(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--log-format", "json"]) == ExitCode.USAGE
    told = json.loads(capsys.readouterr().err)
    assert (told["level"], told["event"]) == ("error", "error")

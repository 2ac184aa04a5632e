"""A folder that is watched: what comes in is read once it is whole, and it stops when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles.batch import load_double, make_jobs

from e2eocr.batch import runner
from e2eocr.batch.report import ScanReport
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.watching import watch
from e2eocr.cli import main
from e2eocr.errors import ExitCode, OutputLockedError, UsageError

PATIENCE = 30.0  # seconds; far more than is ever needed


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    (tmp_path / "in").mkdir()
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial", settle=0.3, quiet=True)


def scan(settings: ScanSettings) -> ScanReport:
    return runner.scan(settings, load_double)


@contextmanager
def watched(
    settings: ScanSettings, run_scan: Callable[[ScanSettings], ScanReport] = scan, *, poll: bool = False
) -> Iterator[None]:
    """Watch in the background while the block runs."""
    stop, ends = threading.Event(), list[object]()

    def run() -> None:
        ends.append(watch(settings, poll=poll, run_scan=run_scan, stop=stop))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert ends == [ExitCode.OK]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.mark.parametrize("poll", [False, True])
def test_what_is_there_and_what_comes_in_is_read(settings: ScanSettings, tmp_path: Path, poll: bool) -> None:
    make_jobs(tmp_path, {"before.png": "there before"})
    with watched(settings, poll=poll):
        wait_for((settings.output / "before.png.txt").exists)
        make_jobs(tmp_path, {"deep/after.png": "came in"})
        wait_for((settings.output / "deep/after.png.txt").exists)
    assert (settings.output / "deep/after.png.txt").read_text() == "came in\n"


def test_a_file_that_is_written_slowly_is_read_once_and_whole(settings: ScanSettings, tmp_path: Path) -> None:
    read: list[str] = []

    def scan_and_note(settings: ScanSettings) -> ScanReport:
        report = scan(settings)
        read.extend(outcome.job.name for outcome in report.outcomes if not outcome.earlier)
        return report

    with watched(settings, scan_and_note):
        with (tmp_path / "in/slow.png").open("w") as file:
            for number in range(10):
                file.write(f"line {number}\n")
                file.flush()
                time.sleep(0.1)
        wait_for((settings.output / "slow.png.txt").exists)
    assert read == ["slow.png"]
    assert (settings.output / "slow.png.txt").read_text().split("\f")[-1].strip() == "line 9"


def test_results_in_the_input_folder_start_no_further_scan(settings: ScanSettings, tmp_path: Path) -> None:
    settings = ScanSettings(settings.inputs, tmp_path / "in/out", executor="serial", settle=settings.settle, quiet=True)
    scans: list[ScanReport] = []

    def scan_and_count(settings: ScanSettings) -> ScanReport:
        scans.append(scan(settings))
        return scans[-1]

    make_jobs(tmp_path, {"a.png": "one"})
    os.utime(tmp_path / "in/a.png", (1, 1))
    with watched(settings, scan_and_count):
        wait_for((settings.output / "a.png.txt").exists)
        time.sleep(1.0)
    assert len(scans) == 1


def test_another_scan_is_waited_for(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    refused: list[None] = []

    def scan_at_the_second_try(settings: ScanSettings) -> ScanReport:
        if not refused:
            refused.append(None)
            raise OutputLockedError("another scan holds it")
        return scan(settings)

    with watched(settings, scan_at_the_second_try):
        wait_for((settings.output / "a.png.txt").exists)


def test_a_file_cannot_be_watched(tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one"})
    with pytest.raises(UsageError, match=r"a\.png: is no folder that can be watched"):
        watch(ScanSettings((job.path,), tmp_path / "out"))


def test_the_command_passes_its_options_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[ScanSettings, bool]] = []

    def note(settings: ScanSettings, *, poll: bool) -> ExitCode:
        seen.append((settings, poll))
        return ExitCode.OK

    monkeypatch.setattr("e2eocr.batch.watching.watch", note)
    assert main(["watch", str(tmp_path), "-o", "out"]) == ExitCode.OK
    assert main(["watch", str(tmp_path), "-o", "out", "--poll", "--settle", "9", "--format", "md"]) == ExitCode.OK
    assert [(settings.settle, poll) for settings, poll in seen] == [(2.0, False), (9.0, True)]
    assert seen[1][0].formats == ("md",)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it(repository: Path, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "in").mkdir()
    command = [sys.executable, "cli.py", "watch", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=repository, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "watching" in process.stderr.readline()
        process.send_signal(number)
        assert process.wait(PATIENCE) == ExitCode.OK

"""Several runs into one folder: the next one goes on where the last one ended, however that was."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.batch import FILE_SIZE_LIMIT, DoubleReader, load_double, make_jobs

from e2eocr.batch import runner
from e2eocr.batch.journal import JOURNAL
from e2eocr.batch.lock import LOCK, hold_folder
from e2eocr.batch.report import ScanReport
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.status import read_status
from e2eocr.batch.workers.pool import work_folder
from e2eocr.cli import main
from e2eocr.errors import ExitCode, OutputError
from e2eocr.settings import ReadSettings

RUN = """
import os, sys
from functools import partial
from pathlib import Path
from doubles.batch import load_double
from e2eocr.batch import runner
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.batch.settings import ScanSettings

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    settings = ScanSettings((folder / "in",), folder / "out", workers=2, quiet=True, report=folder / "report.json")
    sys.exit(runner.scan(settings, load_double).exit_code)
"""


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial")


def scan(settings: ScanSettings) -> ScanReport:
    return runner.scan(settings, load_double)


def results_under(folder: Path) -> dict[str, bytes]:
    """All files but the journal and the lock, by path; temporary ones among them."""
    ours = (JOURNAL, f"{JOURNAL}-wal", f"{JOURNAL}-shm", LOCK)
    found = (path for path in folder.rglob("*") if path.is_file() and path.name not in ours)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@contextmanager
def scan_process(folder: Path, repository: Path) -> Iterator[subprocess.Popen[bytes]]:
    script = folder / "run.py"
    script.write_text(RUN)
    path = os.pathsep.join([str(repository), str(repository / "tests")])
    command = [sys.executable, str(script), str(folder)]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_results(folder: Path, more_than: int) -> None:
    """Wait until so many results are there."""
    for _ in range(6000):
        if len(list(folder.rglob("*.json"))) > more_than:
            return
        time.sleep(0.01)
    raise TimeoutError(f"no results in {folder}")


@pytest.mark.slow
@pytest.mark.parametrize(("signal_number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_reports_and_the_next_goes_on(
    tmp_path: Path, repository: Path, settings: ScanSettings, signal_number: int, code: int
) -> None:
    make_jobs(tmp_path, {f"{number}.png": "!nap\n" * 5 + str(number) for number in range(40)})
    with scan_process(tmp_path, repository) as process:
        wait_for_results(tmp_path / "out", 0)
        process.send_signal(signal_number)
        assert process.wait(60) == code
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert (report["exit_code"], report["interrupted"]) == (code, True)
    assert report["counts"]["ok"] == len(report["documents"])
    assert report["left"] + len(report["documents"]) == 40
    assert 0 < report["left"] < 40
    assert {name for name in results_under(tmp_path / "out")} == {
        f"{each['name']}.{suffix}" for each in report["documents"] for suffix in ("txt", "json")
    }
    assert scan(settings).counts["skipped"] == len(report["documents"])


def test_nothing_to_do_starts_no_worker(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "refuse"})
    scan(settings)

    def no_worker(settings: ReadSettings) -> DoubleReader:
        raise AssertionError("there is nothing to do")

    report = runner.scan(settings, no_worker)
    assert report.counts == {"ok": 0, "partial": 0, "failed": 1, "skipped": 1}
    assert report.exit_code == ExitCode.SOME_FAILED


def test_known_failures_are_told_again(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "refuse"})
    scan(settings)
    capsys.readouterr()
    report = scan(replace(settings, report=tmp_path / "report.json"))
    failed, summary = capsys.readouterr().err.splitlines()
    assert failed == "e2eocr: failed: b.png: is torn. Scan it again."
    assert "1 failed, 1 skipped; 1 of these failures are known from earlier runs, --retry-failed tries" in summary
    assert summary.startswith("e2eocr: read 0 documents (0 pages) in ")
    assert report.pages == 0
    [skipped, known] = json.loads((tmp_path / "report.json").read_bytes())["documents"]
    assert (skipped["status"], skipped["earlier"], skipped["pages"]) == ("skipped", True, 1)
    assert (known["status"], known["earlier"], known["attempts"]) == ("failed", True, 1)


def test_what_is_gone_is_in_the_report(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    scan(settings)
    (tmp_path / "in/a.png").unlink()
    capsys.readouterr()
    report = scan(replace(settings, report=tmp_path / "report.json"))
    assert "e2eocr: gone: a.png: no longer in the input; its results are kept" in capsys.readouterr().err
    plain = json.loads((tmp_path / "report.json").read_bytes())
    assert plain["gone"] == ["a.png"] == list(report.gone)
    assert plain["started"] <= plain["finished"]
    assert (tmp_path / "out/a.png.txt").exists()


def test_the_second_of_two_runs_exits_at_once(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    settings.output.mkdir()
    with hold_folder(settings.output):
        code = main(["scan", str(tmp_path / "in"), "-o", str(settings.output), "--executor", "serial"])
    assert code == ExitCode.LOCKED
    message = f"e2eocr: error: {settings.output}: another scan holds this output folder: process {os.getpid()} on "
    assert capsys.readouterr().err.startswith(message)
    assert results_under(settings.output) == {}


def test_errors_are_objects_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["scan", str(tmp_path / "no"), "-o", str(tmp_path / "out"), "--log-format", "json"]
    assert main(arguments) == ExitCode.USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["level"] == "error"
    assert "No such file or directory" in json.loads(line)["message"]


def test_a_damaged_journal_is_told_and_made_anew(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    settings.output.mkdir()
    (settings.output / JOURNAL).write_bytes(b"nothing" * 1000)
    scan(settings)
    assert f"{JOURNAL} was no journal of e2eocr, or damaged: it is now {JOURNAL}.broken-1" in capsys.readouterr().err
    assert scan(settings).counts["skipped"] == 1


def test_files_that_are_still_written_are_no_trouble(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    report = scan(replace(settings, settle=1000))
    assert (report.exit_code, report.found.left_out, report.outcomes) == (ExitCode.OK, {"still changing": 1}, ())
    assert scan(settings).counts["ok"] == 1


def test_full_disk_ends_the_run_and_the_next_goes_on(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"1.png": "one", "2.png": "two", "3.png": "three"})
    scan(replace(settings, inputs=(tmp_path / "in/1.png",)))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = (settings.output / JOURNAL).stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size - FILE_SIZE_LIMIT, before[1]))
        with pytest.raises(OutputError, match="Free some space"):
            scan(settings)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert sorted(results_under(settings.output)) == ["1.png.json", "1.png.txt"]
    assert scan(settings).counts == {"ok": 2, "partial": 0, "failed": 0, "skipped": 1}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if (
        shutil.which("mount") is None
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)], capture_output=True
        ).returncode
    ):
        pytest.skip("mounting a file system is for root")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_loses_nothing(settings: ScanSettings, tmp_path: Path, small_disk: Path) -> None:
    make_jobs(tmp_path, {f"{number}.png": f"{number}\n" + "a line of text\n" * 100 for number in range(20)})
    settings = replace(settings, output=small_disk / "out")
    with pytest.raises(OutputError, match=r"cannot be written: .*Free some space"):
        scan(settings)
    left = results_under(settings.output)
    assert 0 < len(left) < 40
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    report = scan(settings)
    assert report.counts["ok"] + report.counts["skipped"] == 20
    assert report.counts["skipped"] >= len(left) // 2
    after = results_under(settings.output)
    assert len(after) == 40
    assert {name: after[name] for name in left} == left


def test_folder_that_cannot_be_written_any_more(settings: ScanSettings, tmp_path: Path, small_disk: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    settings = replace(settings, output=small_disk / "out")
    scan(settings)
    before = results_under(settings.output)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(OutputError, match=r"out: cannot be written: Read-only file system\. .*choose another place"):
        scan(settings)
    assert results_under(settings.output) == before
    assert read_status(settings.output).counts["ok"] == 1


def test_pages_that_a_killed_run_left_are_removed(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    scan(settings)
    folder = work_folder(settings.output)
    folder.mkdir()
    (folder / "page").write_bytes(b"half a page")
    assert scan(settings).counts["skipped"] == 1
    assert not folder.exists()


def test_passwords_are_nowhere_in_the_output_folder(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "refuse"})
    scan(replace(settings, read=ReadSettings(passwords=("sesame",)), report=settings.output / "report.json"))
    assert [path for path in settings.output.rglob("*") if path.is_file() and b"sesame" in path.read_bytes()] == []

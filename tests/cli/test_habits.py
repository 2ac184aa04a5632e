"""What people expect of such a command: streams, lists of inputs, the environment, dry runs."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, cast

import pytest
from doubles.batch import load_double, make_jobs
from doubles.writer_documents import make_document, make_page

from e2eocr.batch import runner
from e2eocr.batch.settings import ScanSettings
from e2eocr.cli import main
from e2eocr.cli.options import say_progress
from e2eocr.errors import ExitCode, UsageError
from e2eocr.settings import ReadSettings, choose_pages
from e2eocr.writers import write_document


def stream(data: bytes = b"") -> io.TextIOWrapper:
    """A stream of text over one of bytes, as stdin and stdout are."""
    return io.TextIOWrapper(io.BytesIO(data))


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[ScanSettings]:
    """The settings of the scans that are started, in place of scans."""
    seen: list[ScanSettings] = []

    def scan(settings: ScanSettings) -> SimpleNamespace:
        seen.append(settings)
        return SimpleNamespace(exit_code=ExitCode.OK)

    monkeypatch.setattr("e2eocr.batch.runner.scan", scan)
    return seen


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents are read by the double."""
    monkeypatch.setattr("e2eocr.batch.workers.worker.load_reader", load_double)


@pytest.mark.usefixtures("double")
def test_a_document_from_stdin_goes_to_stdout(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stream(b"one\ntwo"))
    assert main(["scan", "-", "--page-furniture", "leave-out", "--dehyphenate"]) == ExitCode.OK
    assert capsysbinary.readouterr().out.split() == [b"one", b"two"]


@pytest.mark.usefixtures("double")
def test_a_file_goes_to_stdout(capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one\n!bad"})
    assert main(["scan", str(job.path), "-o", "-", "--format", "json"]) == ExitCode.SOME_FAILED
    document = json.loads(capsysbinary.readouterr().out)
    assert (document["source"]["path"], document["status"]) == ("a.png", "partial")


def test_a_folder_does_not_go_to_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(tmp_path), "-o", "-"]) == ExitCode.USAGE
    assert "is a folder, and `-` goes with one document" in capsys.readouterr().err


class Disk(io.BufferedIOBase):
    """A file on a disk that is full, until somebody frees some space."""

    full = True

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return len(data)


@pytest.mark.parametrize("arguments", [["scan", "IN", "-o", "-"], ["scan", "IN", "-o", "OUT", "--dry-run"], ["models"]])
@pytest.mark.usefixtures("double")
def test_a_stdout_that_takes_nothing_is_told(
    tmp_path: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one"})
    places = {"IN": str(job.path), "OUT": str(tmp_path / "out")}
    disk = Disk()
    stdout = io.TextIOWrapper(cast(IO[bytes], disk))
    monkeypatch.setattr(sys, "stdout", stdout)
    assert main([places.get(each, each) for each in arguments]) == ExitCode.CANNOT_WRITE
    assert sys.stdout is not stdout  # Python would try it again at its end
    disk.full = False
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("e2eocr: error: stdout: cannot be written: No space left on device. Free some space")


@pytest.mark.usefixtures("double")
def test_a_stdout_that_is_closed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one"})
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["scan", str(job.path), "-o", "-"]) == ExitCode.CANNOT_WRITE
    assert "stdout is closed" in capsys.readouterr().err


def test_long_work_goes_on_without_a_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    say_progress("half of it is done")
    assert sys.stdout is not None


@pytest.mark.usefixtures("double")
def test_what_cannot_be_read_from_stdin_is_told(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", stream(b"refuse"))
    assert main(["scan", "-"]) == ExitCode.SOME_FAILED
    assert capsysbinary.readouterr() == (b"", b"e2eocr: error: stdin: is torn. Scan it again.\n")


@pytest.mark.parametrize("from_stdin", [True, False])
def test_a_result_is_converted_to_stdout(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_stdin: bool
) -> None:
    document = make_document(make_page(300, 200, "har-", "bour"))
    path = tmp_path / "a.png.json"
    path.write_bytes(write_document(document, "json"))
    monkeypatch.setattr(sys, "stdin", stream(path.read_bytes()))
    arguments = ["-"] if from_stdin else [str(path), "-o", "-"]
    assert main(["convert", *arguments, "--format", "md"]) == ExitCode.OK
    assert capsysbinary.readouterr().out == write_document(document, "md")


@pytest.mark.parametrize("separator", [b"\n", b"\0", b"\r\n"])
@pytest.mark.parametrize("from_stdin", [True, False])
def test_inputs_from_a_list(
    seen: list[ScanSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, separator: bytes, from_stdin: bool
) -> None:
    path = tmp_path / "list"
    path.write_bytes(separator.join([b"a b.png", b"caf\xe9.png", b""]))
    monkeypatch.setattr(sys, "stdin", stream(path.read_bytes()))
    assert main(["scan", "c.png", "-o", "out", "--files-from", "-" if from_stdin else str(path)]) == ExitCode.OK
    assert seen[0].inputs == (Path("c.png"), Path("a b.png"), Path("caf\udce9.png"))


@pytest.mark.parametrize(
    ("variables", "arguments", "check"),
    [
        ({"E2EOCR_DPI": "300"}, [], lambda settings: settings.read.dpi == 300.0),
        ({"E2EOCR_FORMAT": "json,md"}, [], lambda settings: settings.formats == ("json", "md")),
        ({"E2EOCR_RETRY_FAILED": "1"}, [], lambda settings: settings.retry_failed),
        ({"E2EOCR_MAX_PIXELS": "5"}, [], lambda settings: settings.read.max_pixels == 5),
        ({"E2EOCR_PASSWORD": "sesame"}, [], lambda settings: settings.read.passwords == ("sesame",)),
        # The command line wins.
        ({"E2EOCR_WORKERS": "3"}, ["--workers", "2"], lambda settings: settings.workers == 2),
    ],
)
def test_options_from_the_environment(
    seen: list[ScanSettings],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    arguments: list[str],
    check: Callable[[ScanSettings], bool],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert main(["scan", "in", "-o", "out", *arguments]) == ExitCode.OK
    assert check(seen[0])


def test_the_environment_wins_over_the_settings_file(
    seen: list[ScanSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "scan.toml").write_text("workers = 4\nforce = true\n")
    monkeypatch.setenv("E2EOCR_WORKERS", "3")
    main(["scan", "in", "-o", "out", "--config", str(tmp_path / "scan.toml")])
    assert (seen[0].workers, seen[0].force) == (3, True)


def test_paths_of_a_settings_file_are_from_its_own_folder(seen: list[ScanSettings], tmp_path: Path) -> None:
    (tmp_path / "scan.toml").write_bytes(
        b'\xef\xbb\xbfinputs = ["scans", "/srv/more"]\noutput = "text"\nreport = "run.json"\n'  # with a byte order mark
        b'[read]\ndetector = "./mine"\nrecognizer = "alphabetic"\n'
    )
    assert main(["scan", "--config", str(tmp_path / "scan.toml")]) == ExitCode.OK
    [settings] = seen
    assert settings.inputs == (tmp_path / "scans", Path("/srv/more"))
    assert (settings.output, settings.report) == (tmp_path / "text", tmp_path / "run.json")
    assert (settings.read.detector, settings.read.recognizer) == (str(tmp_path / "mine"), "alphabetic")


def test_a_dry_run_names_what_would_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b/c.png": "two"})
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out")
    assert main(["scan", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--dry-run"]) == ExitCode.OK
    told = capsys.readouterr()
    assert told.out == "a.png\nb/c.png\n"
    assert told.err == "e2eocr: would read 2 documents; 0 done\n"
    assert not settings.output.exists()


def test_a_dry_run_tells_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    runner.plan_only(ScanSettings((tmp_path / "in", tmp_path / "nowhere.png"), tmp_path / "out"))
    assert "e2eocr: failed: " in capsys.readouterr().err


def test_a_dry_run_knows_what_was_read_and_writes_nothing(tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial")
    runner.scan(settings, load_double)
    make_jobs(tmp_path, {"b.png": "two"})
    before = {path: path.stat().st_mtime_ns for path in settings.output.rglob("*")}
    assert [job.name for job in runner.plan_only(settings).todo] == ["b.png"]
    assert {path: path.stat().st_mtime_ns for path in settings.output.rglob("*")} == before


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_goes_to_a_file_too(tmp_path: Path, log_format: str) -> None:
    make_jobs(tmp_path, {"a.png": "refuse"})
    log = tmp_path / "logs/run.log"
    settings = ScanSettings(
        (tmp_path / "in",), tmp_path / "out", executor="serial", log_file=log, log_format=log_format
    )
    for _ in range(2):
        runner.scan(settings, load_double)
    lines = log.read_text().splitlines()
    assert sum("failed: a.png: is torn" in line for line in lines) == 2
    assert all(line.startswith("20" if log_format == "text" else "{") for line in lines)


@pytest.mark.parametrize(
    ("pages", "count", "chosen"),
    [
        (None, 3, [0, 1, 2]),
        ("2", 3, [1]),
        ("1-2,4", 5, [0, 1, 3]),
        ("4, 1 - 2, 2", 5, [0, 1, 3]),
        ("3-", 5, [2, 3, 4]),
        ("7-9", 5, []),  # beyond the end
    ],
)
def test_pages(pages: str | None, count: int, chosen: list[int]) -> None:
    assert choose_pages(pages, count) == chosen


@pytest.mark.parametrize("pages", ["", "0", "3-1", "a", "1,", "-3", "1-2-3"])
def test_pages_that_are_none(pages: Any) -> None:
    with pytest.raises(UsageError, match="Expected pages such as 1-3,7 or 5-"):
        ReadSettings(pages=pages)


def test_another_detectors_package_in_the_current_folder_does_no_harm(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "detectors").mkdir()
    (tmp_path / "detectors/__init__.py").write_text("raise RuntimeError('not ours')")
    command = [sys.executable, "-m", "e2eocr", "models"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(repository)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["scan", "watch"])
def test_a_system_without_process_groups_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    monkeypatch.delattr(os, "setpgid")
    assert main([command, str(tmp_path), "-o", str(tmp_path / "out")]) == ExitCode.USAGE
    assert "On Windows use WSL" in capsys.readouterr().err

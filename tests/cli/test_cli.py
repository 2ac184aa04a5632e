"""The command line: what it passes on, what it prints where, and what it ends with."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from e2eocr import __version__, errors
from e2eocr.batch.settings import ScanSettings
from e2eocr.cli import main
from e2eocr.errors import DocumentError, ExitCode, OCRError
from e2eocr.settings import ReadSettings


class FakeScan:
    """Stands for `e2eocr.batch.runner.scan`: keeps the settings, and ends as it is told."""

    def __init__(self) -> None:
        self.settings: ScanSettings | None = None
        self.exit_code = ExitCode.OK
        self.error: BaseException | None = None

    def __call__(self, settings: ScanSettings) -> SimpleNamespace:
        self.settings = settings
        if self.error is not None:
            raise self.error
        return SimpleNamespace(exit_code=self.exit_code)


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch) -> FakeScan:
    fake = FakeScan()
    monkeypatch.setattr("e2eocr.batch.runner.scan", fake)
    return fake


PLAIN = ScanSettings(inputs=(Path("in"),), output=Path("out"))


@pytest.mark.parametrize(
    ("arguments", "changes", "read_changes"),
    [
        # Nothing but what must be: all defaults.
        ([], {}, {}),
        # Repeatable options; the default is replaced, not added to.
        (["--format", "json"], {"formats": ("json",)}, {}),
        (["--format", "json", "--format", "txt"], {"formats": ("json", "txt")}, {}),
        # With commas, each once, in capitals.
        (["--format", "JSON,txt", "--format", "txt"], {"formats": ("json", "txt")}, {}),
        (["--executor", "SERIAL"], {"executor": "serial"}, {}),
        # Every option of the run.
        (["--workers", "3"], {"workers": 3}, {}),
        (["--executor", "serial"], {"executor": "serial"}, {}),
        (["--workers", "auto"], {}, {}),
        (["--force"], {"force": True}, {}),
        (["--retry-failed"], {"retry_failed": True}, {}),
        (["--settle", "60"], {"settle": 60.0}, {}),
        (["--wait", "1.5"], {"wait": 1.5}, {}),
        (["--log-format", "json"], {"log_format": "json"}, {}),
        (["--report", "run.json"], {"report": Path("run.json")}, {}),
        (["-q"], {"quiet": True}, {}),
        (["-v"], {"verbose": True}, {}),
        (["--log-file", "run.log"], {"log_file": Path("run.log")}, {}),
        (["--include", "*.pdf", "--exclude", "old"], {"include": ("*.pdf",), "exclude": ("old",)}, {}),
        (["--fail-on", "new"], {"fail_on": "new"}, {}),
        # Every option of reading.
        (["--detector", "whole-image"], {}, {"detector": "whole-image"}),
        (["--recognizer", "some/folder"], {}, {"recognizer": "some/folder"}),
        (["--dpi", "300"], {}, {"dpi": 300.0}),
        (["--text-layer", "ignore"], {}, {"text_layer": "ignore"}),
        (["--pdf-engine", "pdfium"], {}, {"pdf_engine": "pdfium"}),
        (["--order", "rows"], {}, {"order": "rows"}),
        (["--min-legibility", "0.5"], {}, {"min_legibility": 0.5}),
        (["--threads", "2"], {}, {"threads": 2}),
        (["--pages", "1-3,7"], {}, {"pages": "1-3,7"}),
        (["--max-pixels", "1000"], {}, {"max_pixels": 1000}),
        (["--password", "a", "--password", "b c"], {}, {"passwords": ("a", "b c")}),
    ],
)
def test_scan_options(
    scan: FakeScan, arguments: list[str], changes: dict[str, Any], read_changes: dict[str, Any]
) -> None:
    assert main(["scan", "in", "-o", "out", *arguments]) == ExitCode.OK
    read = dataclasses.replace(PLAIN.read, **read_changes)
    assert scan.settings == dataclasses.replace(PLAIN, **changes, read=read)


def test_several_inputs(scan: FakeScan) -> None:
    main(["scan", "a", "b.pdf", "--output", "out"])
    assert scan.settings is not None
    assert scan.settings.inputs == (Path("a"), Path("b.pdf"))


def test_password_file(scan: FakeScan, tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    path.write_text("open sesame\n\nschlüssel\n", encoding="utf-8")
    main(["scan", "in", "-o", "out", "--password", "first", "--password-file", str(path)])
    assert scan.settings is not None
    assert scan.settings.read.passwords == ("first", "open sesame", "schlüssel")


def test_options_win_over_the_settings_file(scan: FakeScan, tmp_path: Path) -> None:
    path = tmp_path / "scan.toml"
    path.write_text('inputs = ["a"]\noutput = "b"\nworkers = 3\nforce = true\n[read]\ndpi = 300\norder = "rows"\n')
    assert main(["scan", "--config", str(path), "--workers", "1", "--dpi", "100"]) == ExitCode.OK
    assert scan.settings == ScanSettings(
        inputs=(tmp_path / "a",),
        output=tmp_path / "b",
        workers=1,
        force=True,
        read=ReadSettings(dpi=100.0, order="rows"),
    )


def test_workers_may_be_auto_in_the_settings_file(scan: FakeScan, tmp_path: Path) -> None:
    path = tmp_path / "scan.toml"
    path.write_text('workers = "auto"\n')
    assert main(["scan", "in", "-o", "out", "--config", str(path)]) == ExitCode.OK
    assert scan.settings == PLAIN
    path.write_text("workers = 3\n")
    main(["scan", "in", "-o", "out", "--config", str(path), "--workers", "auto"])
    assert scan.settings == PLAIN


def test_an_option_at_its_default_wins_too(scan: FakeScan, tmp_path: Path) -> None:
    path = tmp_path / "scan.toml"
    path.write_text("[read]\ndpi = 300\n")
    main(["scan", "in", "-o", "out", "--config", str(path), "--dpi", "200"])
    assert scan.settings == PLAIN


@pytest.mark.parametrize("code", ExitCode)
def test_the_report_decides_the_exit_code(scan: FakeScan, code: ExitCode) -> None:
    scan.exit_code = code
    assert main(["scan", "in", "-o", "out"]) == code


@pytest.mark.parametrize(
    "kind", [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OCRError)]
)
def test_every_error_is_one_line_and_its_exit_code(
    scan: FakeScan, capsys: pytest.CaptureFixture[str], kind: type[OCRError]
) -> None:
    parts = ("b.pdf", "is torn. Glue it.") if issubclass(kind, DocumentError) else ("b.pdf: is torn. Glue it.",)
    scan.error = kind(*parts)
    assert main(["scan", "in", "-o", "out"]) == kind.exit_code
    output = capsys.readouterr()
    assert output.err == "e2eocr: error: b.pdf: is torn. Glue it.\n"
    assert output.out == ""


def test_interrupted(scan: FakeScan, capsys: pytest.CaptureFixture[str]) -> None:
    scan.error = KeyboardInterrupt()
    assert main(["scan", "in", "-o", "out"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err.strip() == "e2eocr: error: interrupted"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        # Nothing to do, nowhere to put it.
        (["scan"], "Nothing to scan. Name files or folders"),
        (["scan", "in"], "No folder for the results"),
        # A slip in a name or value: the known ones are told.
        (["scna"], "No such command"),
        (["scan", "in", "-o", "out", "--worker", "2"], "--workers"),
        (["scan", "in", "-o", "out", "--format", "doc"], "'txt', 'json'"),
        (["scan", "in", "-o", "out", "--executor", "threads"], "'process', 'serial'"),
        (["scan", "in", "-o", "out", "--workers", "two"], "not a valid integer"),
        # In the form of a number, but out of range.
        (["scan", "in", "-o", "out", "--workers", "0"], "Invalid `workers`"),
        (["scan", "in", "-o", "out", "--dpi", "9000"], "Invalid `dpi`"),
        (["scan", "in", "-o", "out", "--settle", "-1"], "Invalid `settle`. Expected 0 or more seconds"),
        (["scan", "in", "-o", "out", "--wait", "inf"], "Invalid `wait`"),
        (["scan", "in", "-o", "out", "--log-format", "xml"], "'text', 'json'"),
        (["scan", "in", "-o", "out", "--pages", "3-1"], "Expected pages such as 1-3,7 or 5-"),
        # Options of other programs: ours are named.
        (["scan", "in", "-o", "out", "-l", "eng"], "No language is named"),
        (["scan", "in", "-o", "out", "--language", "eng"], "`--recognizer NAME` chooses one"),
        (["scan", "in", "-o", "out", "-j", "4"], "Use `--workers N`."),
        # What does not go with a stream.
        (["scan", "-", "b.png"], "`-` goes with one document and one format"),
        (["scan", "-", "--format", "txt,json"], "`-` goes with one document and one format"),
        (["scan", "-", "-o", "out"], "`-` goes with one document and one format"),
        (["scan", "-", "--workers", "2"], "--workers: does not go with `-`"),
        (["scan", "--files-from", "no.txt", "-o", "out"], "no.txt: cannot be read"),
        (["status"], "Missing argument 'OUT'"),
        # Files that are not there.
        (["scan", "in", "-o", "out", "--config", "no.toml"], "no.toml: cannot be read"),
        (["scan", "in", "-o", "out", "--password-file", "no.txt"], "no.txt: passwords cannot be read"),
        (["evaluate"], "Missing argument 'FOLDER'"),
    ],
)
def test_wrong_usage(scan: FakeScan, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(arguments) == ExitCode.USAGE
    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""
    assert scan.settings is None


@pytest.mark.parametrize("read", ["3", '"fast"'])
def test_settings_file_with_a_read_that_is_no_table(
    scan: FakeScan, capsys: pytest.CaptureFixture[str], tmp_path: Path, read: str
) -> None:
    path = tmp_path / "scan.toml"
    path.write_text(f"read = {read}\n")
    assert main(["scan", "in", "-o", "out", "--dpi", "300", "--config", str(path)]) == ExitCode.USAGE
    assert f"{path}: `read`: expected a table" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failed", "code"),
    [((), ExitCode.OK), ((("a.png", "is torn"),), ExitCode.SOME_FAILED)],
)
def test_evaluate(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failed: tuple[tuple[str, str], ...],
    code: ExitCode,
) -> None:
    calls = []

    def evaluate_folder(folder: Path, output: Path | None, read: ReadSettings, *, worst: int) -> SimpleNamespace:
        calls.append((folder, output, read, worst))
        return SimpleNamespace(table=lambda: "the table", failed=failed)

    monkeypatch.setattr("e2eocr.truth.evaluate.evaluate_folder", evaluate_folder)
    assert main(["evaluate", "dev", "-o", "out", "--worst", "3", "--text-layer", "ignore"]) == code
    assert calls == [(Path("dev"), Path("out"), ReadSettings(text_layer="ignore"), 3)]
    assert capsys.readouterr().out == "the table\n"


def test_models(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    bundles = [
        SimpleNamespace(name="projection", kind="detector", description="Ink by rows"),
        SimpleNamespace(name="latin", kind="recognizer", description=""),
    ]
    monkeypatch.setattr("e2eocr.models.bundles.list_bundles", lambda: bundles)
    assert main(["models"]) == ExitCode.OK
    assert capsys.readouterr().out == "projection  detector    Ink by rows\nlatin       recognizer\n"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == ExitCode.OK
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("command", [["cli.py"], ["-m", "e2eocr"]])
def test_all_doors_lead_to_the_command(repository: Path, command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command, "scan"], cwd=repository, capture_output=True, text=True)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("e2eocr: error: Nothing to scan.")


def test_help_and_wrong_options_answer_without_heavy_imports(repository: Path) -> None:
    script = "import sys, e2eocr.cli; e2eocr.cli.main(['scan', '--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "--text-layer" in done.stdout
    assert loaded.isdisjoint({"numpy", "cv2", "PIL", "onnxruntime", "pypdfium2", "tqdm", "e2eocr.pipeline"})

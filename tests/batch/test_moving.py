"""Documents that were moved, renamed or copied: nothing is read twice, and nothing of theirs is lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.batch import DoubleReader, load_double, make_jobs

from e2eocr.batch import runner
from e2eocr.batch.report import ScanReport
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.status import forget_gone, read_status
from e2eocr.cli import main
from e2eocr.errors import ExitCode, UsageError
from e2eocr.settings import ReadSettings


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out", formats=("txt", "json", "hocr"), executor="serial")


def scan(settings: ScanSettings, **changes: object) -> ScanReport:
    return runner.scan(replace(settings, **changes), load_double)  # type: ignore[arg-type]


def never_load(settings: ReadSettings) -> DoubleReader:
    raise AssertionError("nothing is to be read")


def results(settings: ScanSettings) -> dict[str, bytes]:
    found = (path for path in settings.output.rglob("*.png.*") if path.is_file())
    return {path.relative_to(settings.output).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("move", [Path.rename, shutil.copy2])
def test_a_document_that_has_another_name_is_not_read_again(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str], move: object
) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one\ntwo"})
    scan(settings)
    (tmp_path / "in/2026").mkdir()
    move(job.path, tmp_path / "in/2026/letter.png")  # type: ignore[operator]
    report = runner.scan(settings, never_load)
    assert report.exit_code == ExitCode.OK
    assert "moved: 2026/letter.png: known as a.png" in capsys.readouterr().err
    assert report.gone == ()
    # The files are those that reading it gives.
    fresh = replace(settings, output=tmp_path / "fresh")
    scan(fresh)
    assert results(settings) == results(fresh)
    assert runner.scan(settings, never_load).counts["skipped"] == len(report.outcomes)


def test_corrections_by_hand_are_taken_along_and_stay_known(settings: ScanSettings, tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one"})
    scan(settings)
    (settings.output / "a.png.txt").write_text("one, corrected\n")
    job.path.rename(tmp_path / "in/b.png")
    runner.scan(settings, never_load)
    text = settings.output / "b.png.txt"
    assert text.read_text() == "one, corrected\n"
    [outcome] = scan(settings, read=ReadSettings(dpi=300)).outcomes
    assert (outcome.kept, text.read_text()) == (("b.png.txt",), "one, corrected\n")


def test_a_name_that_goes_to_another_document_takes_nothing_with_it(settings: ScanSettings, tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"scan.png": "first"})
    scan(settings)
    job.path.rename(tmp_path / "in/letter.png")
    make_jobs(tmp_path, {"scan.png": "second"})
    scan(settings)
    texts = {name: data for name, data in results(settings).items() if name.endswith(".txt")}
    assert texts == {"letter.png.txt": b"first\n", "scan.png.txt": b"second\n"}


@pytest.mark.parametrize(
    "change",
    [
        {"read": ReadSettings(dpi=300)},  # other settings: the results would be others
        {"formats": ("txt", "json", "md")},  # one that is not there
    ],
)
def test_what_is_not_known_in_full_is_read(settings: ScanSettings, tmp_path: Path, change: dict[str, object]) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one"})
    scan(settings)
    job.path.rename(tmp_path / "in/b.png")
    assert scan(settings, **change).counts["ok"] == 1


def test_a_place_that_is_taken_is_not_written(settings: ScanSettings, tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one"})
    scan(settings)
    job.path.rename(tmp_path / "in/b.png")
    (settings.output / "b.png.txt").write_text("mine")
    assert scan(settings).counts["failed"] == 1
    assert (settings.output / "b.png.txt").read_text() == "mine"
    assert (settings.output / "a.png.txt").read_text() == "one\n"


@pytest.mark.parametrize("prune", [True, False])
def test_gone_documents_are_forgotten(settings: ScanSettings, tmp_path: Path, prune: bool) -> None:
    jobs = make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    scan(settings)
    jobs[0].path.unlink()
    scan(settings)
    assert [entry.name for entry in read_status(settings.output).gone] == ["a.png"]
    option = "--prune" if prune else "--forget-gone"
    assert main(["status", str(settings.output), option]) == ExitCode.OK
    assert read_status(settings.output).gone == []
    left = sorted(path.name for path in settings.output.glob("a.png.*"))
    aside = sorted(path.name for path in settings.output.glob("e2eocr-aside/*"))
    names = ["a.png.1.hocr", "a.png.1.json", "a.png.1.txt"]
    assert (left, aside) == (([], names) if prune else ([name.replace("1.", "") for name in names], []))


def test_forgetting_makes_no_journal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no journal"):
        forget_gone(tmp_path)
    assert list(tmp_path.iterdir()) == []

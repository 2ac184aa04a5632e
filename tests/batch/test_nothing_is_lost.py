"""What a person has put into a folder, or changed there, is never replaced, and never taken for a result."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.batch import load_double, make_jobs

from e2eocr.batch import runner
from e2eocr.batch.jobs import Outcome
from e2eocr.batch.journal import JOURNAL, read_journal
from e2eocr.batch.plan import Recorder
from e2eocr.batch.report import ScanReport
from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import ExitCode, OutputError
from e2eocr.settings import ReadSettings

OTHER_DPI = ReadSettings(dpi=300.0)


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out", executor="serial")


def scan(settings: ScanSettings, **changes: object) -> ScanReport:
    return runner.scan(replace(settings, **changes), load_double)  # type: ignore[arg-type]


def forget(settings: ScanSettings) -> None:
    (settings.output / JOURNAL).unlink()


# --- files of others ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["out", "in"])
@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("suffix", ["json", "txt"])
def test_a_file_of_somebody_else_is_never_replaced(
    settings: ScanSettings, tmp_path: Path, place: str, force: bool, suffix: str
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    mine = tmp_path / place / f"a.png.{suffix}"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text('{"my": "own words"}')
    report = scan(settings, output=tmp_path / place, force=force)
    assert mine.read_text() == '{"my": "own words"}'
    outcomes = {outcome.job.name: outcome for outcome in report.outcomes}
    assert (outcomes["a.png"].status, outcomes["a.png"].error_class) == ("failed", "PlaceTakenError")
    assert f"{mine} is there already, and e2eocr did not write it" in str(outcomes["a.png"].message)
    assert outcomes["b.png"].status == "ok"
    assert report.exit_code == ExitCode.SOME_FAILED
    assert sorted(path.name for path in mine.parent.glob("a.png.*")) == [mine.name]


def test_when_it_is_moved_away_the_document_is_read(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    settings.output.mkdir()
    mine = settings.output / "a.png.txt"
    mine.write_text("mine")
    scan(settings)
    mine.rename(tmp_path / "elsewhere.txt")
    assert scan(settings).counts["ok"] == 1


def test_a_document_that_is_named_like_a_result_is_read(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one", "a.png.pdf": "my own PDF"})
    settings = replace(settings, output=tmp_path / "in")
    report = scan(settings)
    assert {outcome.job.name: outcome.status for outcome in report.outcomes} == {"a.png": "ok", "a.png.pdf": "ok"}
    assert (tmp_path / "in/a.png.pdf.txt").read_text() == "my own PDF\n"
    assert scan(settings).counts == {"ok": 0, "partial": 0, "failed": 0, "skipped": 2}


@pytest.mark.parametrize("put", [os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_file_is_not_replaced(settings: ScanSettings, tmp_path: Path, put: Callable[[Path], object]) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    place = tmp_path / "out/a.png.txt"
    place.parent.mkdir()
    put(place)
    [outcome] = scan(settings).outcomes
    assert outcome.error_class == "PlaceTakenError"
    assert not place.is_file() and os.path.lexists(place)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n a picture", b"bought today: e2eocr\n", b'{"my": "own"}'])
def test_a_log_is_added_to_logs_alone(settings: ScanSettings, tmp_path: Path, content: bytes) -> None:
    make_jobs(tmp_path, {"a.png": "refuse"})
    place = tmp_path / "letter.png"
    place.write_bytes(content)
    with pytest.raises(OutputError, match=r"letter\.png: cannot be written: it is there, and is no log of e2eocr"):
        scan(settings, log_file=place)
    assert place.read_bytes() == content
    place.write_bytes(b"")
    scan(settings, log_file=place)
    scan(settings, log_file=place, log_format="json")
    scan(settings, log_file=place)
    assert place.read_text().count("a.png") >= 3


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n a picture", b'{"format": "other/1"}', b""])
def test_a_report_replaces_reports_alone(settings: ScanSettings, tmp_path: Path, content: bytes) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    place = tmp_path / "letter.png"
    place.write_bytes(content)
    with pytest.raises(OutputError, match=r"letter\.png: cannot be written: it is there, and is no report of e2eocr"):
        scan(settings, report=place)
    assert place.read_bytes() == content
    place.unlink()
    scan(settings, report=place)
    scan(settings, report=place)


# --- a name that is used again --------------------------------------------------------------------------------------


def move_away_and_put_another(folder: Path) -> None:
    (folder / "in/scan.png").rename(folder / "letter.png")
    (folder / "in/scan.png").write_text("another letter")


def rescan(folder: Path) -> None:
    (folder / "in/scan.png").write_text("the same letter, better")


@pytest.mark.parametrize("change", [move_away_and_put_another, rescan])
@pytest.mark.parametrize("journal", [True, False])
def test_results_of_an_earlier_document_of_the_name_are_set_aside(
    settings: ScanSettings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], None],
    journal: bool,
) -> None:
    make_jobs(tmp_path, {"scan.png": "a letter"})
    scan(settings)
    before = {path.name: path.read_bytes() for path in settings.output.glob("scan.png.*")}
    if not journal:
        forget(settings)
    change(tmp_path)
    assert scan(settings).exit_code == ExitCode.OK
    aside = settings.output / "e2eocr-aside"
    kept = {path.name.replace("scan.png.1.", "scan.png."): path.read_bytes() for path in aside.iterdir()}
    assert kept == before
    assert "a letter" not in (settings.output / "scan.png.txt").read_text()
    assert f"replaced: scan.png: another document has this name now; the results of the earlier one are in {aside}" in (
        capsys.readouterr().err
    )


def test_each_of_several_is_set_aside(settings: ScanSettings, tmp_path: Path) -> None:
    for text in ("one", "two", "three"):
        make_jobs(tmp_path, {"a/scan.png": text})
        scan(settings, formats=("txt",))
    aside = settings.output / "e2eocr-aside/a"
    assert {path.name: path.read_text() for path in aside.iterdir()} == {
        "scan.png.1.txt": "one\n",
        "scan.png.2.txt": "two\n",
    }


def test_what_was_set_aside_in_the_input_folder_is_not_read(settings: ScanSettings, tmp_path: Path) -> None:
    settings = replace(settings, output=tmp_path / "in")
    for text in ("one", "two"):
        make_jobs(tmp_path, {"scan.png": text})
        scan(settings, formats=("txt",))
    shutil.copy(tmp_path / "in/scan.png", tmp_path / "in/e2eocr-aside/scan.png.1.pdf")
    assert scan(settings, formats=("txt",)).counts["skipped"] == 1


# --- text corrected by hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("journal", [True, False])
def test_a_text_corrected_by_hand_is_kept_and_told(
    settings: ScanSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str], journal: bool
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    scan(settings)
    (settings.output / "a.png.txt").write_text("one, corrected\n")
    if not journal:
        forget(settings)
    report = scan(settings, read=OTHER_DPI)
    assert (settings.output / "a.png.txt").read_text() == "one, corrected\n"
    assert report.exit_code == ExitCode.OK
    assert [outcome.kept for outcome in report.outcomes] == [("a.png.txt",), ()]
    assert "kept: a.png: changed by hand since, and not replaced: a.png.txt" in capsys.readouterr().err
    assert b'"dpi":300' in (settings.output / "a.png.json").read_bytes()
    # It stays kept, run after run, and nothing is read for it again.
    assert scan(settings, read=OTHER_DPI).counts["skipped"] == 2
    scan(settings)
    assert (settings.output / "a.png.txt").read_text() == "one, corrected\n"


def test_force_replaces_what_was_changed_by_hand(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one"})
    scan(settings)
    (settings.output / "a.png.txt").write_text("one, corrected\n")
    scan(settings, force=True)
    assert (settings.output / "a.png.txt").read_text() == "one\n"


def test_results_of_a_journal_without_checksums_are_known_by_their_json(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    scan(settings)
    (settings.output / "b.png.txt").write_text("two, corrected\n")
    with sqlite3.connect(settings.output / JOURNAL) as database:  # as the first version made it
        database.executescript(
            "ALTER TABLE documents DROP COLUMN written; ALTER TABLE documents DROP COLUMN attachments; "
            "ALTER TABLE documents DROP COLUMN origins; "
            "ALTER TABLE runs DROP COLUMN unreadable; "
            "PRAGMA user_version = 1"
        )
    database.close()
    assert len(read_journal(settings.output)[0]) == 2
    report = scan(settings, read=OTHER_DPI)
    assert [(outcome.status, outcome.kept) for outcome in report.outcomes] == [("ok", ()), ("ok", ("b.png.txt",))]


# --- folders and files that change in the run -----------------------------------------------------------------------


@pytest.mark.parametrize("executor", ["serial", "process"])
def test_an_output_folder_that_is_moved_in_the_run_ends_it(
    settings: ScanSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    make_jobs(tmp_path, {"a.png": "one", "b.png": "two", "c.png": "three"})
    record = Recorder.record

    def record_and_move(self: Recorder, outcome: Outcome) -> Outcome:
        result = record(self, outcome)
        if settings.output.exists():
            settings.output.rename(tmp_path / "moved")
        return result

    monkeypatch.setattr(Recorder, "record", record_and_move)
    with pytest.raises(OutputError, match="no longer the folder that this scan writes into"):
        scan(settings, executor=executor, workers=1)
    left = [path.name for path in settings.output.rglob("*.txt")] if settings.output.exists() else []
    assert left == []
    assert (tmp_path / "moved/a.png.txt").exists()


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(settings: ScanSettings, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "old\n!replace-once\n"})
    report = scan(settings)
    assert report.counts["ok"] == 1
    assert (settings.output / "a.png.txt").read_text().startswith("new\n")


def test_a_file_that_changes_all_the_time_is_left_for_the_next_run(settings: ScanSettings, tmp_path: Path) -> None:
    [job] = make_jobs(tmp_path, {"a.png": "one\n!touch\n"})
    [outcome] = scan(settings).outcomes
    assert outcome.message == "the file has changed while it was read. The next run reads it again."
    assert not (settings.output / "a.png.txt").exists()
    job.path.write_text("one, at rest")
    os.utime(job.path, (1, 1))
    assert scan(settings).counts["ok"] == 1

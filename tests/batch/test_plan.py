"""What is read again and what is not: by content, settings, results that are there, and what happened before."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from doubles.batch import DoubleReader, load_double, make_jobs

from e2eocr.batch.finding import find_jobs
from e2eocr.batch.jobs import Outcome
from e2eocr.batch.journal import JOURNAL, Entry, Journal, read_journal
from e2eocr.batch.plan import Plan, Recorder, plan_run, run_fingerprint
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers.executors import SerialExecutor
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.errors import DocumentError
from e2eocr.models.engine import identify_engine
from e2eocr.pipeline import load_pipeline
from e2eocr.settings import ReadSettings

NAME = "a/b.png"


@dataclass
class Batch:
    """An output folder into which runs are made, without executor, lock and report."""

    folder: Path

    @property
    def document(self) -> Path:
        return self.folder / "in" / NAME

    def result(self, suffix: str) -> Path:
        return self.folder / "out" / f"{NAME}.{suffix}"

    def settings(self, **changes: object) -> ScanSettings:
        return replace(ScanSettings((self.folder / "in",), self.folder / "out"), **changes)  # type: ignore[arg-type]

    def run(self, **changes: object) -> dict[str, Outcome]:
        """Plan, read and record; the outcomes by name."""
        settings = self.settings(**changes)
        engine = DoubleReader(settings.read).engine
        settings.output.mkdir(exist_ok=True)
        with Journal(settings.output) as journal:
            plan = plan_run(settings, engine, find_jobs(settings.inputs, settings.output), journal.entries)
            journal.learn(plan.learned)
            recorder, worker = Recorder(journal, settings, engine), DocumentWorker(settings, load_double)
            read = [recorder.record(outcome) for outcome in SerialExecutor().run(lambda: worker, plan.todo)]
        return {outcome.job.name: outcome for outcome in (*plan.outcomes, *read)}

    def plan(self, **changes: object) -> Plan:
        """Plan alone."""
        settings = self.settings(**changes)
        with Journal(settings.output) as journal:
            found = find_jobs(settings.inputs, settings.output)
            return plan_run(settings, DoubleReader(settings.read).engine, found, journal.entries)

    def entry(self, name: str = NAME) -> Entry:
        entries, _ = read_journal(self.folder / "out")
        return next(entry for entry in entries if entry.name == name)


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    make_jobs(tmp_path, {NAME: "one\ntwo"})
    return Batch(tmp_path)


def forget(batch: Batch) -> None:
    (batch.folder / "out" / JOURNAL).unlink()


def forget_and_change(batch: Batch) -> None:
    forget(batch)
    batch.document.write_text("other")


def forget_text_of_other_settings(batch: Batch) -> None:
    """The text is of a run with other settings than the JSON file, and nothing else tells so."""
    batch.run(read=ReadSettings(dpi=100))
    text = batch.result("txt").read_bytes()
    batch.run(formats=("json",))
    batch.result("txt").write_bytes(text)
    os.utime(batch.result("txt"), (1, 1))
    forget(batch)


def change_within_the_same_size(batch: Batch) -> None:
    batch.document.write_text("one\nTWO")
    os.utime(batch.document, (1, 1))


def change_back(batch: Batch) -> None:
    """Other content was read in between."""
    content = batch.document.read_text()
    batch.document.write_text("other")
    batch.run()
    batch.document.write_text(content)


def nothing(batch: Batch) -> None:
    pass


DPI = {"read": ReadSettings(dpi=100)}
MODEL = {"read": ReadSettings(recognizer="other")}
MORE = {"formats": ("txt", "json", "tsv")}


@pytest.mark.parametrize(
    ("prepare", "changes", "status"),
    [
        (nothing, {}, "skipped"),
        (lambda batch: batch.document.touch(), {}, "skipped"),  # the same content, a newer file
        (lambda batch: batch.result("txt").write_text("corrected by hand"), {}, "skipped"),
        (lambda batch: batch.document.write_text("other"), {}, "ok"),
        (change_within_the_same_size, {}, "ok"),
        (change_back, {}, "ok"),
        (lambda batch: batch.result("txt").unlink(), {}, "ok"),
        (lambda batch: batch.result("json").unlink(), {}, "ok"),
        (nothing, {"force": True}, "ok"),
        (nothing, {"formats": ("json",)}, "skipped"),  # fewer formats
        (nothing, {"formats": ("txt",)}, "skipped"),
        (nothing, MORE, "ok"),
        (nothing, {"read": ReadSettings(threads=2)}, "skipped"),  # the same text comes out
        (nothing, {"workers": 7, "quiet": True, "settle": 0.0}, "skipped"),
        (nothing, DPI, "ok"),
        (nothing, MODEL, "ok"),
        # Without the journal, results in JSON tell how they were made.
        (forget, {}, "skipped"),
        (forget, {"formats": ("txt",)}, "skipped"),
        (forget, DPI, "ok"),
        (forget_and_change, {}, "ok"),
        (forget_text_of_other_settings, {}, "ok"),
        # They do not tell by which options a text was written.
        (forget, {"dehyphenate": True}, "ok"),
        (forget, {"page_furniture": "leave-out"}, "ok"),
        (forget, {"page_furniture": "leave-out", "formats": ("json",)}, "skipped"),
    ],
)
def test_what_is_done_is_skipped(
    batch: Batch, prepare: Callable[[Batch], object], changes: dict[str, object], status: str
) -> None:
    assert batch.run()[NAME].status == "ok"
    prepare(batch)
    outcome = batch.run(**changes)[NAME]
    assert (outcome.status, outcome.earlier) == (status, status == "skipped")
    assert outcome.pages == len(batch.document.read_text().splitlines())
    # Whatever it was, then it is done.
    assert batch.run(**{**changes, "force": False})[NAME].status == "skipped"


def test_size_and_time_spare_the_hashing(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.run()
    hashed: list[Path] = []

    def hash_file(path: Path) -> tuple[str, int]:
        hashed.append(path)
        return "0", 0

    monkeypatch.setattr("e2eocr.batch.plan.digest_file", hash_file)
    assert batch.run()[NAME].status == "skipped"
    assert hashed == []
    batch.document.touch()
    batch.run()
    assert hashed == [batch.document]


def test_a_touched_file_is_hashed_once(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    batch.run()
    batch.document.touch()
    batch.run()
    monkeypatch.setattr("e2eocr.batch.plan.digest_file", None)
    assert batch.run()[NAME].status == "skipped"


def test_formats_that_lack_are_made_and_no_others(batch: Batch) -> None:
    batch.run()
    batch.result("txt").write_text("corrected by hand")
    [job] = batch.plan(**MORE).todo
    assert job.formats == ("tsv",)
    batch.run(**MORE)
    assert batch.result("txt").read_text() == "corrected by hand"
    assert batch.result("tsv").read_text().startswith("level\t")
    assert batch.entry().formats == "json tsv txt"


def test_formats_of_other_settings_do_not_count(batch: Batch) -> None:
    batch.run()
    batch.run(formats=("json",), **DPI)
    assert batch.entry().formats == "json"
    [job] = batch.plan(**DPI).todo
    assert job.formats == ("txt",)


@pytest.mark.parametrize(("content", "status"), [("refuse", "failed"), ("one\n!bad", "partial")])
def test_failures_stand_until_something_changes(batch: Batch, content: str, status: str) -> None:
    batch.document.write_text(content)
    first = batch.run()[NAME]
    assert (first.status, first.attempts, first.earlier) == (status, 1, False)
    again = batch.run()[NAME]
    assert (again.status, again.attempts, again.earlier) == (status, 1, True)
    assert (again.message, again.error_class, again.failed_pages) == (
        first.message,
        first.error_class,
        first.failed_pages,
    )
    batch.document.touch()
    assert batch.run()[NAME].earlier
    retried = batch.run(retry_failed=True)[NAME]
    assert (retried.status, retried.attempts, retried.earlier) == (status, 2, False)
    assert batch.entry().attempts == 2
    # Other settings begin anew, as does other content.
    assert batch.run(**DPI)[NAME].attempts == 1
    batch.document.write_text("one")
    assert batch.run(**DPI)[NAME].status == "ok"


def test_a_failure_is_known_by_its_content(batch: Batch) -> None:
    batch.document.write_text("refuse")
    batch.run()
    assert batch.entry().sha256 is not None
    assert batch.entry().error_class == "DocumentError"


def test_other_formats_may_save_a_failure(batch: Batch) -> None:
    batch.document.write_text("refuse")
    batch.run()
    assert not batch.run(formats=("txt",))[NAME].earlier


def test_partial_results_that_were_removed_are_made_again(batch: Batch) -> None:
    batch.document.write_text("one\n!bad")
    batch.run()
    batch.result("txt").unlink()
    assert not batch.run()[NAME].earlier
    assert batch.result("txt").exists()


def test_a_password_is_tried_on_what_lacked_one(batch: Batch) -> None:
    batch.run()
    with Journal(batch.folder / "out") as journal:
        journal.write([replace(batch.entry(), status="failed", error_class="PasswordError", message="is locked")])
    assert batch.run()[NAME].earlier
    assert batch.run(read=ReadSettings(passwords=("sesame",)))[NAME].status == "ok"


def test_a_file_that_could_not_be_opened_is_tried_when_it_can_be(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are given without a change of the file: nobody would think of `--retry-failed` then."""
    monkeypatch.setattr("e2eocr.batch.plan.digest_file", _refused)
    batch.document.write_text("refuse")
    assert batch.run()[NAME].attempts == 1
    monkeypatch.undo()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert batch.run()[NAME].earlier
    monkeypatch.undo()
    assert not batch.run()[NAME].earlier
    assert batch.run()[NAME].earlier  # now its content is known


def _refused(path: Path) -> tuple[str, int]:
    raise DocumentError(path, "cannot be read: Permission denied.")


def test_a_run_keeps_no_checksums(batch: Batch) -> None:
    """There may be a million outcomes to keep until the report is written."""
    outcome = batch.run()[NAME]
    assert (outcome.sha256, outcome.written) == (None, "")
    assert batch.entry().sha256 and batch.entry().written


def test_file_that_changes_while_it_fails_is_tried_again(batch: Batch) -> None:
    batch.document.write_text("refuse")
    settings = batch.settings()
    settings.output.mkdir()
    engine = DoubleReader(settings.read).engine
    [job] = find_jobs(settings.inputs, settings.output).jobs
    batch.document.write_text("one, and more of it")
    with Journal(settings.output) as journal:
        Recorder(journal, settings, engine).record(Outcome("failed", job=job, message="is torn"))
    assert batch.entry().sha256 is None
    assert batch.run()[NAME].status == "ok"


def test_what_is_gone_is_told_and_kept(batch: Batch) -> None:
    make_jobs(batch.folder, {"c.png": "three"})
    batch.run()
    batch.document.unlink()
    assert batch.plan().gone == (NAME,)
    batch.run()
    since = batch.entry().gone
    assert since is not None
    assert batch.result("txt").exists()
    batch.run()
    assert (batch.plan().gone, batch.entry().gone) == ((NAME,), since)
    make_jobs(batch.folder, {NAME: "one\ntwo"})
    assert batch.run()[NAME].status == "skipped"
    assert batch.entry().gone is None


def test_two_input_folders_on_different_nights(batch: Batch) -> None:
    other = batch.folder / "other"
    other.mkdir()
    (other / "c.png").write_text("three")
    for _ in range(2):
        assert set(batch.run()) == {NAME}
        assert batch.plan(inputs=(other,)).gone == ()
        assert set(batch.run(inputs=(other,))) == {"c.png"}
    assert {outcome.status for outcome in (batch.run() | batch.run(inputs=(other,))).values()} == {"skipped"}
    assert [entry.gone for entry in read_journal(batch.folder / "out")[0]] == [None, None]


def test_results_of_another_file_are_not_replaced(batch: Batch) -> None:
    batch.run()
    moved = batch.folder / "other"
    (moved / "a").mkdir(parents=True)
    (moved / NAME).write_text("something else")
    before = batch.result("txt").read_bytes()
    outcome = batch.run(inputs=(moved,))[NAME]
    assert (outcome.status, outcome.error_class) == ("failed", "UsageError")
    assert str(outcome.message).startswith(f"its results would replace those of {batch.document}. Scan the two into")
    assert batch.result("txt").read_bytes() == before
    assert batch.run()[NAME].status == "skipped"
    assert batch.run(inputs=(moved,), force=True)[NAME].status == "ok"


@pytest.mark.parametrize("keep", [True, False], ids=["copied", "moved"])
def test_input_folder_that_was_moved(batch: Batch, keep: bool) -> None:
    batch.run()
    moved = batch.folder / "moved"
    (moved / "a").mkdir(parents=True)
    (moved / NAME).write_text(batch.document.read_text())
    if not keep:
        batch.document.unlink()
    assert batch.run(inputs=(moved,))[NAME].status == "skipped"
    assert batch.entry().path == str(moved / NAME)


def test_input_folder_by_another_path(batch: Batch) -> None:
    batch.run()
    (batch.folder / "link").symlink_to(batch.folder / "in")
    batch.document.write_text("changed")
    assert batch.run(inputs=(batch.folder / "link",))[NAME].status == "ok"


def test_folder_that_cannot_be_looked_at_is_not_gone(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    make_jobs(batch.folder, {"c.png": "three"})
    batch.run()
    look = os.lstat

    def refuse(path: str) -> os.stat_result:
        if str(path).endswith(NAME):
            raise PermissionError(13, "Permission denied")
        return look(path)

    batch.document.rename(batch.folder / "elsewhere")
    monkeypatch.setattr(os, "lstat", refuse)
    assert batch.plan().gone == ()


def test_what_a_killed_run_left_is_removed(batch: Batch) -> None:
    batch.run()
    left = [batch.folder / "out" / place / f".e2eocr-{'0' * 16}.tmp" for place in (".", "a")]
    others = [batch.folder / "out/a" / name for name in (".e2eocr-1.tmp", ".other.tmp", "x.tmp")]
    elsewhere = batch.folder / f".e2eocr-{'0' * 16}.tmp"
    for path in (*left, *others, elsewhere):
        path.touch()
    make_jobs(batch.folder, {"c.png": "three"})
    batch.document.unlink()
    batch.run()
    assert [path.exists() for path in left] == [False, False]
    assert all(path.exists() for path in (*others, elsewhere))


def test_fingerprint_tells_what_changes_results() -> None:
    def fingerprint(read: ReadSettings, **writing: Any) -> str:
        scan = ScanSettings(inputs=(Path("in"),), output=Path("out"), read=read, **writing)
        return run_fingerprint(scan, DoubleReader(read).engine)

    changed = [
        ReadSettings(),
        ReadSettings(dpi=100),
        ReadSettings(recognizer="other"),
        ReadSettings(detector="other"),
        ReadSettings(text_layer="ignore"),
    ]
    assert len({fingerprint(settings) for settings in changed}) == len(changed)
    for writing in ({"dehyphenate": True}, {"page_furniture": "leave-out"}):
        assert fingerprint(ReadSettings(), **writing) not in set(map(fingerprint, changed))
    same = [ReadSettings(), ReadSettings(threads=3), ReadSettings(passwords=("a",))]
    assert len({fingerprint(settings) for settings in same}) == 1


@pytest.mark.parametrize("detector", ["projection", "whole-image"])
def test_the_engine_is_known_without_loading_it(detector: str) -> None:
    settings = ReadSettings(detector=detector, dpi=150)
    assert identify_engine(settings) == load_pipeline(settings).engine


def test_without_journal_and_json_nothing_says_that_a_file_is_a_result(batch: Batch) -> None:
    batch.run()
    forget(batch)
    batch.result("json").write_text("{")
    outcome = batch.run()[NAME]
    assert (outcome.status, outcome.error_class) == ("failed", "PlaceTakenError")
    assert batch.result("json").read_text() == "{"

"""What a worker leaves on the disk: whole results or none, and nothing twice without need."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.batch import load_double, make_jobs

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.errors import OutputError
from e2eocr.files import digest_file
from e2eocr.settings import ReadSettings

NAME = "a/b.png"


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_jobs(tmp_path, {NAME: "one\ntwo"})[0]


def outcome_of(settings: ScanSettings, job: Job) -> Outcome:
    outcome = DocumentWorker(settings, load_double).read(job)
    assert isinstance(outcome, Outcome)
    return outcome


def read(settings: ScanSettings, job: Job) -> str:
    return outcome_of(settings, job).status


def result_names(job: Job) -> list[str]:
    folder = job.output.parent
    return sorted(os.listdir(folder)) if folder.exists() else []


def test_results_are_written(settings: ScanSettings, job: Job) -> None:
    assert read(settings, job) == "ok"
    assert result_names(job) == ["b.png.json", "b.png.txt"]
    assert job.output_path("txt").read_text() == "one\n\ftwo\n"


def test_results_obey_the_umask(settings: ScanSettings, job: Job) -> None:
    before = os.umask(0o027)
    try:
        read(settings, job)
    finally:
        os.umask(before)
    assert job.output_path("txt").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        ("refuse", "failed", "is torn. Scan it again."),  # as a whole
        ("!bad\n!bad", "failed", "2 of 2 pages failed; page 1: is torn"),  # every page
        ("", "failed", "the document has no pages. Make it again, or leave it out."),  # no page
        ("one\n!bad", "partial", "1 of 2 pages failed; page 2: is torn"),  # a page
    ],
)
def test_faults_of_a_document(settings: ScanSettings, job: Job, content: str, status: str, message: str) -> None:
    job.path.write_text(content)
    outcome = outcome_of(settings, job)
    assert (outcome.status, outcome.message) == (status, message)
    assert result_names(job) == ([] if status == "failed" else ["b.png.json", "b.png.txt"])


def test_failed_document_keeps_earlier_results(settings: ScanSettings, job: Job) -> None:
    read(settings, job)
    job.path.write_text("refuse")
    assert read(settings, job) == "failed"
    assert job.output_path("txt").read_text() == "one\n\ftwo\n"


def test_unreadable_document_is_an_outcome(settings: ScanSettings, job: Job) -> None:
    job.path.unlink()
    assert read(settings, job) == "failed"


def test_formats_of_the_job_win_over_those_of_the_run(settings: ScanSettings, job: Job) -> None:
    assert read(settings, replace(job, formats=("txt",))) == "ok"
    assert result_names(job) == ["b.png.txt"]


def test_outcome_tells_what_was_read(settings: ScanSettings, job: Job) -> None:
    outcome = outcome_of(settings, job)
    assert outcome.sha256 == digest_file(job.path)[0]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_fault_while_writing_leaves_nothing(
    settings: ScanSettings, job: Job, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OutputError, match=r"b\.png\.txt: cannot be written: No space left on device\. Free some space"):
        read(settings, job)
    assert result_names(job) == []


def test_fault_while_rendering_leaves_nothing(
    settings: ScanSettings, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object, format: str, source: object, **_options: object) -> bytes:
        if format == "json":
            raise ValueError("not finite")
        return b"text"

    monkeypatch.setattr("e2eocr.batch.workers.worker.write_document", fail)
    outcome = outcome_of(settings, job)
    assert (outcome.status, outcome.error_class, outcome.message) == ("failed", "ValueError", "ValueError: not finite")
    assert result_names(job) == []


@pytest.mark.parametrize(
    ("name", "obstacle"),
    [
        ("x" * 250 + ".png", None),  # a result's name would be too long
        ("a.png", "a.png.txt/"),  # a folder has the name of the result
        ("b/a.png", "b"),  # a file has the name of the result's folder
    ],
)
def test_name_that_cannot_be_written_fails_the_document(
    settings: ScanSettings, tmp_path: Path, name: str, obstacle: str | None
) -> None:
    job = make_jobs(tmp_path, {name: "one"})[0]
    (tmp_path / "out").mkdir()
    if obstacle is not None and obstacle.endswith("/"):
        (tmp_path / "out" / obstacle).mkdir()
    elif obstacle is not None:
        (tmp_path / "out" / obstacle).touch()
    outcome = outcome_of(settings, job)
    assert (outcome.status, outcome.error_class) == ("failed", "DocumentError")
    assert "cannot be written" in str(outcome.message)


def test_a_file_that_is_gone_is_told(settings: ScanSettings, job: Job) -> None:
    job.path.unlink()
    outcome = outcome_of(settings, job)
    assert outcome.message == "cannot be read: No such file or directory. Check that it is still there."


def test_threads_are_limited(settings: ScanSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {**os.environ, "OMP_NUM_THREADS": "64"})
    DocumentWorker(replace(settings, read=ReadSettings(threads=3)), load_double)
    assert os.environ["OMP_NUM_THREADS"] == "3"

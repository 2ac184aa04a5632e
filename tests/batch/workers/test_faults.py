"""What documents do to their workers, through the door that every run takes: each costs itself alone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from doubles.batch import await_end, load_double, load_models_too, make_jobs

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Stop
from e2eocr.batch.workers.executors import SerialExecutor
from e2eocr.batch.workers.limits import Limits
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.batch.workers.worker import DocumentWorker, limit_threads
from e2eocr.results import Page
from e2eocr.settings import ReadSettings
from e2eocr.writers import read_json


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process, no temporary file and no folder for pages outlives a run."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield
    assert not multiprocessing.active_children()
    assert list(temporary.iterdir()) == []
    assert [path.name for path in (tmp_path / "out").rglob(".*")] == []


def run(folder: Path, contents: dict[str, str], limits: Limits | None = None, workers: int = 2) -> dict[str, Outcome]:
    """The outcomes by name of the document."""
    return run_jobs(folder, make_jobs(folder, contents), limits, workers)


def run_jobs(folder: Path, jobs: Sequence[Job], limits: Limits | None = None, workers: int = 2) -> dict[str, Outcome]:
    settings = ScanSettings((folder / "in",), folder / "out")
    executor = ProcessExecutor(workers, limits, folder / "out/.e2eocr-pages")
    outcomes = list(executor.run(partial(DocumentWorker, settings, load_double), jobs))
    assert sorted(outcome.job.name for outcome in outcomes) == sorted(job.name for job in jobs)
    return {outcome.job.name: outcome for outcome in outcomes}


def pages_of(folder: Path, name: str) -> list[Page]:
    return list(read_json((folder / "out" / f"{name}.json").read_bytes()).pages)


def lines(count: int, **faults: str) -> str:
    """A document of so many pages, with faults on some: `p3="!kill"` is one on the third."""
    pages = [f"page {number}" for number in range(1, count + 1)]
    for place, fault in faults.items():
        pages[int(place.removeprefix("p")) - 1] = fault
    return "\n".join(pages)


# fault, what it is told as
FAULTS = [
    ("!kill", "the worker process was ended by SIGKILL, perhaps for lack of memory, while it read this page"),
    ("!crash", "the worker process was ended by SIGSEGV while it read this page"),
    ("!exit", "the worker process ended with exit code 3 while it read this page"),
    ("!hang", "the page took longer than 0.5 s (`--page-timeout`)"),
    ("!eat", "the page took more than 400 MiB of memory (`--memory-limit`)"),
    ("!memory", "not enough memory to read it: use fewer workers, or a lower dpi"),
    ("!panic", "Panic: out of wits"),
    ("!refuse", "is torn. Scan it again."),
]
LIMITS = {"hang": Limits(page_timeout=0.5), "eat": Limits(memory=400)}


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[fault for fault, _ in FAULTS])
def test_a_page_with_a_fault_costs_itself_alone(tmp_path: Path, fault: str, reason: str) -> None:
    contents = {"a.png": "one", "bad.png": lines(3, p2=fault), "lone.png": fault, "z.png": "two"}
    outcomes = run(tmp_path, contents, LIMITS.get(fault.strip("!")))
    assert [outcomes[name].status for name in contents] == ["ok", "partial", "failed", "ok"]
    assert [(page.status, page.error) for page in pages_of(tmp_path, "bad.png")] == [
        *(("ok", None), ("failed", reason)),
        ("ok", None),
    ]
    assert outcomes["bad.png"].message == f"1 of 3 pages failed; page 2: {reason}"
    assert outcomes["lone.png"].message == f"1 of 1 pages failed; page 1: {reason}"
    assert not (tmp_path / "out/lone.png.txt").exists()


# fault, class of error, what it is told as
WHOLE = [
    ("kill", "WorkerDied", "the worker process was ended by SIGKILL, perhaps for lack of memory, while it opened"),
    ("crash", "WorkerDied", "the worker process was ended by SIGSEGV while it opened the document"),
    ("hang", "PageTimeout", "the document took longer than 0.5 s to open (`--page-timeout`)"),
    ("eat", "MemoryLimit", "the document took more than 400 MiB of memory (`--memory-limit`)"),
    ("memory", "MemoryError", "not enough memory to read it: use fewer workers, or a lower dpi"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "error_class", "message"), WHOLE, ids=[fault for fault, _, _ in WHOLE])
def test_a_document_with_a_fault_costs_itself_alone(tmp_path: Path, fault: str, error_class: str, message: str) -> None:
    contents = {"a.png": "one", "bad.png": fault, "c.png": "two", "d.png": "three"}
    outcomes = run(tmp_path, contents, LIMITS.get(fault.strip("!")))
    assert [outcomes[name].status for name in contents] == ["ok", "failed", "ok", "ok"]
    assert outcomes["bad.png"].error_class == error_class
    assert str(outcomes["bad.png"].message).startswith(message)
    assert sorted(os.listdir(tmp_path / "out")) == [
        f"{name}.{kind}" for name in ["a.png", "c.png", "d.png"] for kind in ("json", "txt")
    ]


def test_what_goes_well_at_the_second_attempt_is_no_failure(tmp_path: Path) -> None:
    outcomes = run(tmp_path, {"a.png": "one", "bad.png": lines(2, p2="!kill-once")})
    assert (outcomes["bad.png"].status, outcomes["bad.png"].attempts) == ("ok", 2)
    assert (outcomes["a.png"].status, outcomes["a.png"].attempts) == ("ok", 1)


@pytest.mark.slow
def test_a_large_document_loses_only_the_page_that_hangs(tmp_path: Path) -> None:
    outcomes = run(tmp_path, {"large.png": lines(40, p18="!hang"), "b.png": "one"}, Limits(page_timeout=0.5))
    pages = pages_of(tmp_path, "large.png")
    assert [page.index for page in pages if page.status == "failed"] == [17]
    assert [page.lines[0].text for page in pages if page.lines] == [
        f"page {number}" for number in range(1, 41) if number != 18
    ]
    assert (outcomes["large.png"].status, outcomes["large.png"].attempts) == ("partial", 2)


@pytest.mark.slow
def test_a_document_that_takes_too_long_keeps_what_was_read(tmp_path: Path) -> None:
    text = "\n".join(["page 1", *["!nap"] * 400])
    outcomes = run(tmp_path, {"long.png": text, "b.png": "one"}, Limits(document_timeout=1.0))
    assert (outcomes["long.png"].status, outcomes["b.png"].status) == ("partial", "ok")
    pages = pages_of(tmp_path, "long.png")
    assert (pages[0].status, pages[-1].status, len(pages)) == ("ok", "failed", 401)
    assert pages[-1].error == "the document took longer than 1 s (`--document-timeout`)"


@pytest.mark.slow
def test_nothing_is_left_of_a_worker_that_dies(tmp_path: Path) -> None:
    """Neither a program that it has started nor a file that it was writing: see also `nothing_left`."""
    outcomes = run(tmp_path, {"a.png": "one", "bad.png": "!rubbish"})
    assert (outcomes["bad.png"].status, outcomes["bad.png"].attempts) == ("ok", 2)
    await_end(int((tmp_path / "in/bad.pid").read_text()))


def test_a_program_that_hangs_ends_with_its_page(tmp_path: Path) -> None:
    outcomes = run(tmp_path, {"a.png": "one", "bad.png": "one\n!program"}, Limits(page_timeout=0.5))
    assert (outcomes["a.png"].status, outcomes["bad.png"].status) == ("ok", "partial")
    for process in (tmp_path / "in/bad.pid").read_text().split():
        await_end(int(process))


def test_pieces_give_the_same_bytes(tmp_path: Path) -> None:
    contents = {"large.png": lines(30, p7="!bad", p20="!panic"), "b.png": "one", "c.png": lines(9)}
    jobs = make_jobs(tmp_path, contents)
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out")
    serial = {
        outcome.job.name: outcome
        for outcome in SerialExecutor().run(partial(DocumentWorker, settings, load_double), jobs)
    }
    expected = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for workers in (1, 2, 4):
        for path in (tmp_path / "out").iterdir():
            path.unlink()
        outcomes = run_jobs(tmp_path, jobs[:: 1 if workers == 2 else -1], workers=workers)
        assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == expected
        for name, outcome in outcomes.items():
            assert (outcome.status, outcome.message, outcome.pages, outcome.lines, outcome.sha256) == (
                *(serial[name].status, serial[name].message, serial[name].pages, serial[name].lines),
                serial[name].sha256,
            )


def test_workers_are_replaced_after_some_pages(tmp_path: Path) -> None:
    contents = {f"{number}.png": "who" for number in range(6)}
    run(tmp_path, contents, Limits(recycle_pages=2), workers=1)
    readers = [(tmp_path / "in" / f"{number}.who").read_text() for number in range(6)]
    assert readers[0] == readers[1] and readers[2] == readers[3] and readers[4] == readers[5]
    assert len(set(readers)) == 3


def test_a_file_that_changes_while_it_is_read_fails(tmp_path: Path) -> None:
    outcomes = run(tmp_path, {"large.png": lines(12, p12="!touch")})
    assert outcomes["large.png"].message == "the file has changed while it was read. The next run reads it again."


@pytest.mark.parametrize("executor", [SerialExecutor(), ProcessExecutor(1)], ids=["serial", "process"])
def test_a_signal_lets_the_pages_at_work_finish(tmp_path: Path, executor: SerialExecutor | ProcessExecutor) -> None:
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out")
    jobs = make_jobs(tmp_path, {"a.png": "one", "b.png": lines(4), "c.png": "two", "d.png": "three"})
    stop = Stop()
    outcomes = executor.run(partial(DocumentWorker, settings, load_double), jobs, stop)
    assert next(outcomes).job.name == "a.png"
    stop.signal_number = signal.SIGTERM
    rest = [outcome.job.name for outcome in outcomes]
    # The worker process has been given its next document before it is asked to stop, this process has not.
    assert rest in ([], ["b.png"])
    assert (tmp_path / "out/b.png.txt").exists() == bool(rest)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_worker_keeps_to_its_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out", read=ReadSettings(threads=threads))
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        monkeypatch.setenv(variable, "16")
    limit_threads(threads)
    jobs = make_jobs(tmp_path, {"a.png": "!threads"})
    list(ProcessExecutor(1).run(partial(DocumentWorker, settings, load_models_too), jobs))
    # Beside the main thread, one waits for the end of the parent and one is ONNX Runtime's own; both sleep. OpenCV,
    # ONNX Runtime and BLAS each have as many more as they were given, of which those of one library work at a time.
    assert int((tmp_path / "in/a.threads").read_text()) <= 3 + 3 * (threads - 1)

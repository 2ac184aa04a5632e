"""Every executor does every job, whatever the documents do. The process executor also outlives dead workers."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from doubles.batch import die_loading, load_double, load_wrong_bundle, make_jobs

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers.executors import Executor, SerialExecutor
from e2eocr.batch.workers.messages import WorkerFactory
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.errors import BundleError, OCRError, OutputError

EXECUTORS = [SerialExecutor(), ProcessExecutor(2)]
all_executors = pytest.mark.parametrize("executor", EXECUTORS, ids=["serial", "process"])


@pytest.fixture(autouse=True)
def no_process_left() -> Iterator[None]:
    yield
    assert not multiprocessing.active_children()


@pytest.fixture
def factory(tmp_path: Path) -> WorkerFactory:
    return partial(DocumentWorker, scan_settings(tmp_path), load_double)


def scan_settings(folder: Path) -> ScanSettings:
    return ScanSettings((folder / "in",), folder / "out")


def run(executor: Executor, factory: WorkerFactory, jobs: list[Job]) -> dict[str, Outcome]:
    """The outcomes by name of the job, each job once."""
    outcomes = list(executor.run(factory, jobs))
    assert sorted(outcome.job.name for outcome in outcomes) == sorted(job.name for job in jobs)
    return {outcome.job.name: outcome for outcome in outcomes}


@all_executors
def test_every_job_has_its_outcome(executor: Executor, factory: WorkerFactory, tmp_path: Path) -> None:
    contents = {
        "a.png": "one\ntwo",
        "b.png": "refuse",
        "c.png": "memory",
        "d.png": "panic",
        "e.png": "one\n!bad",
        "f.png": "recursion",
        "g.png": "leave",
        "h.png": "three",
    }
    jobs = make_jobs(tmp_path, contents)
    outcomes = run(executor, factory, jobs)
    assert {name: outcome.status for name, outcome in outcomes.items()} == {
        name: {"a.png": "ok", "e.png": "partial", "h.png": "ok"}.get(name, "failed") for name in contents
    }
    assert outcomes["b.png"].error_class == "DocumentError"
    assert outcomes["b.png"].message == "is torn. Scan it again."
    assert (outcomes["a.png"].pages, outcomes["a.png"].lines) == (2, 2)
    assert {id(outcome.job) for outcome in outcomes.values()} == set(map(id, jobs))  # no copies, which take memory


@all_executors
def test_no_jobs(executor: Executor, factory: WorkerFactory) -> None:
    assert list(executor.run(factory, [])) == []


@all_executors
def test_worker_that_cannot_be_made_ends_the_run(executor: Executor, tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, {"a.png": "one", "b.png": "two", "c.png": "three"})
    with pytest.raises(BundleError, match=r"charset\.txt is missing"):
        list(executor.run(partial(DocumentWorker, scan_settings(tmp_path), load_wrong_bundle), jobs))


@all_executors
def test_full_disk_ends_the_run(executor: Executor, factory: WorkerFactory, tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, {f"{number}.png": "full" for number in range(3)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OutputError, match=r"cannot be written: File too large\. Free some space"):
            list(executor.run(factory, jobs))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "out").iterdir()) == []


@all_executors
def test_closing_early_ends_the_workers(executor: Executor, factory: WorkerFactory, tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, {"a.png": "one", "b.png": "wait", "c.png": "three"})
    outcomes = executor.run(factory, jobs)
    assert next(outcomes).job.name == "a.png"
    outcomes.close()


def test_dead_worker_costs_its_document(factory: WorkerFactory, tmp_path: Path) -> None:
    contents = {"a.png": "one", "b.png": "exit", "c.png": "kill", "d.png": "kill", "e.png": "two"}
    outcomes = run(ProcessExecutor(2), factory, make_jobs(tmp_path, contents))
    assert [outcomes[name].status for name in contents] == ["ok", "failed", "failed", "failed", "ok"]
    assert outcomes["b.png"].error_class == outcomes["c.png"].error_class == "WorkerDied"
    assert outcomes["b.png"].message == "the worker process ended with exit code 3 while it opened the document"
    assert [outcomes[name].attempts for name in contents] == [1, 2, 2, 2, 1]
    assert "was ended by SIGKILL" in str(outcomes["c.png"].message)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        *("a.png.json", "a.png.txt"),
        *("e.png.json", "e.png.txt"),
    ]


def test_worker_that_dies_while_loading_ends_the_run(tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, {"a.png": "one", "b.png": "two"})
    with pytest.raises(OCRError, match="ended with exit code 7 while it loaded its models"):
        list(ProcessExecutor(2).run(partial(DocumentWorker, scan_settings(tmp_path), die_loading), jobs))


def test_process_executor_refuses_no_workers() -> None:
    with pytest.raises(ValueError, match="Invalid `workers`"):
        ProcessExecutor(0)


INTERRUPTED_RUN = """
import signal
import sys
from functools import partial
from pathlib import Path
from doubles.batch import load_double
from e2eocr.batch.jobs import Job
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.batch.settings import ScanSettings

# A shell starts what runs in its background with the signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
folder = Path(sys.argv[1])
settings = ScanSettings((folder / "in",), folder / "out")
jobs = [Job(folder / "in" / name, name, folder / "out" / name) for name in ("a.png", "b.png")]
try:
    list(ProcessExecutor(2).run(partial(DocumentWorker, settings, load_double), jobs))
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_interrupt_ends_the_workers(repository: Path, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "wait", "b.png": "wait"})
    path = os.pathsep.join([str(repository), str(repository / "tests")])
    command = [sys.executable, "-c", INTERRUPTED_RUN, str(tmp_path)]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        workers = [wait_for_number(tmp_path / "in" / name) for name in ("a.pid", "b.pid")]
        # As a terminal does it: to all processes of the group.
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == b""
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def wait_for_number(path: Path) -> int:
    """The process number in a file that another process is about to write."""
    for _ in range(3000):
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    raise TimeoutError(f"{path} was not written")

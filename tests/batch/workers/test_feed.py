"""Jobs that come while others are done: all are done, in their order, and the end comes when it is asked for."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from doubles.batch import load_double, make_jobs

from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Stopped
from e2eocr.batch.workers.feed import Feed
from e2eocr.batch.workers.limits import Limits
from e2eocr.batch.workers.messages import Lost, Message, PageBegun, ReadDocument, Ready, Task
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.batch.workers.schedule import Schedule
from e2eocr.batch.workers.worker import DocumentWorker


def job_of(name: str) -> Job:
    return Job(Path("in", name), name, Path("out", name))


def names(schedule: Schedule) -> list[str]:
    """What the schedule would have begun, in order."""
    found = []
    while (task := schedule.next_task(0)) is not None:
        found.append(task.job.name)
    return found


def test_jobs_come_out_in_their_order_and_those_that_hurry_first(tmp_path: Path) -> None:
    feed, schedule = Feed(), Schedule((), tmp_path, endless=True)
    for name in ("a", "b"):
        assert feed.put(job_of(name))
    assert feed.put(job_of("c"), first=True)
    assert feed.signal.poll()
    feed.fill(schedule)
    assert not feed.signal.poll()
    assert names(schedule) == ["c", "a", "b"]


def test_a_closed_feed_takes_nothing_and_is_done_when_it_is_empty(tmp_path: Path) -> None:
    feed = Feed()
    assert feed.put(job_of("a"))
    feed.close()
    feed.close()
    assert not feed.put(job_of("b"))
    assert not feed.is_done
    schedule = Schedule((), tmp_path, endless=True)
    feed.fill(schedule)
    assert feed.is_done and names(schedule) == ["a"]


def test_many_threads_may_put_more_than_a_pipe_holds(tmp_path: Path) -> None:
    feed, schedule = Feed(), Schedule((), tmp_path, endless=True)

    def put(letter: str) -> None:
        for number in range(3000):
            feed.put(job_of(f"{letter}{number}"))

    threads = [threading.Thread(target=put, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    feed.fill(schedule)
    found = names(schedule)
    assert len(found) == 12000
    for letter in "abcd":
        assert [name for name in found if name[0] == letter] == [f"{letter}{number}" for number in range(3000)]


def test_an_aborted_feed_ends_the_pool(tmp_path: Path) -> None:
    feed = Feed()
    feed.put(job_of("a"))
    feed.abort()
    with pytest.raises(Stopped):
        feed.fill(Schedule((), tmp_path, endless=True))


def test_jobs_are_done_as_they_come_and_what_workers_say_is_told(tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, {"a": "one\ntwo", "b": "kill", "c": "three"})
    feed, heard = Feed(), list[tuple[Task | None, Message]]()
    settings = ScanSettings((tmp_path / "in",), tmp_path / "out")
    executor = ProcessExecutor(1, Limits(), tmp_path / "pages")
    worker = partial(DocumentWorker, settings, load_double)
    outcomes: dict[str, Outcome] = {}
    assert feed.put(jobs[0])
    for outcome in executor.serve(worker, feed, lambda task, message: heard.append((task, message))):
        outcomes[outcome.job.name] = outcome
        if outcome.job is jobs[0]:
            assert feed.put(jobs[1]) and feed.put(jobs[2])
            feed.close()
    assert {name: outcome.status for name, outcome in outcomes.items()} == {"a": "ok", "b": "failed", "c": "ok"}
    assert outcomes["b"].error_class == "WorkerDied" and outcomes["b"].attempts == 2
    pages = [message for _, message in heard if isinstance(message, PageBegun)]
    assert pages == [PageBegun(0, 2), PageBegun(1, 2), PageBegun(0, 1)]
    lost = [task for task, message in heard if isinstance(message, Lost)]
    assert [task.job.name for task in lost if isinstance(task, ReadDocument)] == ["b", "b"]
    assert sum(isinstance(message, Ready) for _, message in heard) >= 3
    assert not (tmp_path / "pages").exists()

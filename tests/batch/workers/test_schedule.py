"""Who comes next: fair to small documents, patient with large ones, careful with those that bring workers down."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from e2eocr.batch.jobs import Job, JobStatus, Outcome, Stamp
from e2eocr.batch.workers.messages import Loss, PageCount, ReadDocument, ReadPages, Task, WriteDocument, keep_pages
from e2eocr.batch.workers.schedule import MAX_LOSSES, PIECE_PAGES, Schedule
from e2eocr.results import Page

LOSS = Loss("WorkerDied", "the worker process ended")
STAMP = Stamp(1, 2)

Survives = Callable[[Task], bool]


def job_of(name: str) -> Job:
    return Job(Path("in", name), name, Path("out", name))


class Play:
    """Does what a schedule says, one task at a time, with documents of known sizes.

    Attributes:
        order: What was done, as text.
        outcomes: By name of the document.
        pages: What was written, by name of the document.
    """

    def __init__(self, folder: Path, sizes: dict[str, int], document_timeout: float = 0.0) -> None:
        self.schedule = Schedule([job_of(name) for name in sizes], folder, document_timeout)
        self.sizes = sizes
        self.order: list[str] = []
        self.outcomes: dict[str, Outcome] = {}
        self.pages: dict[str, list[Page]] = {}
        self.folder = folder

    def go_on(self, survives: Survives = lambda task: True, seconds: float = 1.0, tasks: int = 1000) -> None:
        for _ in range(tasks):
            task = self.schedule.next_task(0)
            if task is None:
                assert self.schedule.waiting(0) == 0
                return
            self.order.append(describe(task))
            if survives(task):
                outcome = self.schedule.done(task, self.do(task), seconds)
            else:
                outcome = self.schedule.lost(task, LOSS, seconds)
            if outcome is not None:
                assert outcome.job.name not in self.outcomes
                self.outcomes[outcome.job.name] = outcome

    def do(self, task: Task) -> Outcome | PageCount | None:
        size = self.sizes[task.job.name]
        if isinstance(task, ReadPages):
            keep_pages(task.page_file, tuple(Page(index, 1, 1) for index in range(task.start, task.stop)))
            return None
        if isinstance(task, ReadDocument):
            return PageCount(size, STAMP) if size > task.max_pages else Outcome("ok", job=task.job, pages=size)
        assert (task.stamp, task.page_count) == (STAMP, size)
        pages = [page for path in task.page_files for page in pickle.loads(path.read_bytes())]
        self.pages[task.job.name] = pages
        failed = sum(page.status == "failed" for page in pages)
        status: JobStatus = "failed" if failed == size else "partial" if failed else "ok"
        return Outcome(status, size, failed, error_class="PageError" if failed else None, job=task.job)


def describe(task: Task) -> str:
    if isinstance(task, ReadPages):
        return f"{task.job.name} {task.start + 1}-{task.stop}"
    if isinstance(task, WriteDocument):
        return f"write {task.job.name}"
    return task.job.name


def test_small_documents_are_read_whole_in_their_order(tmp_path: Path) -> None:
    play = Play(tmp_path, {"a": 1, "b": PIECE_PAGES, "c": 3})
    play.go_on()
    assert play.order == ["a", "b", "c"]
    assert [outcome.status for outcome in play.outcomes.values()] == ["ok"] * 3


def test_a_large_document_takes_turns_with_those_behind_it(tmp_path: Path) -> None:
    play = Play(tmp_path, {"large": 20, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1})
    play.go_on()
    assert play.order == [
        *("large", "large 1-8", "b", "large 9-16", "c", "large 17-20", "write large"),
        *("d", "e", "f"),
    ]
    assert [page.index for page in play.pages["large"]] == list(range(20))
    assert play.outcomes["large"].seconds == 5.0
    assert list(tmp_path.iterdir()) == []


def test_large_documents_are_read_one_after_the_other(tmp_path: Path) -> None:
    play = Play(tmp_path, {"a": 16, "b": 16})
    play.go_on()
    assert play.order == ["a", "a 1-8", "b", "a 9-16", "write a", "b 1-8", "b 9-16", "write b"]


def test_pieces_of_one_document_may_be_at_work_together(tmp_path: Path) -> None:
    play = Play(tmp_path, {"large": 16})
    counting = play.schedule.next_task(0)
    assert counting is not None
    play.schedule.done(counting, play.do(counting), 1.0)
    assert play.schedule.waiting(0) == 2
    first, second = play.schedule.next_task(0), play.schedule.next_task(1)
    assert first is not None and second is not None
    assert play.schedule.next_task(2) is None
    for task in (second, first):  # whichever is done first
        play.schedule.done(task, play.do(task), 1.0)
    play.go_on()
    assert [page.index for page in play.pages["large"]] == list(range(16))


def test_what_was_lost_is_tried_once_more_at_the_end_and_alone(tmp_path: Path) -> None:
    play = Play(tmp_path, {"a": 1, "bad": 2, "c": 1})
    play.go_on(lambda task: describe(task) != "bad", tasks=2)
    last = play.schedule.next_task(0)
    assert last is not None and last.job.name == "c"
    assert (play.schedule.next_task(1), play.schedule.waiting(1)) == (None, 0)  # not beside another
    play.schedule.done(last, play.do(last), 1.0)
    again = play.schedule.next_task(0)
    assert again is not None and again.job.name == "bad"
    assert play.schedule.alone
    assert (play.schedule.next_task(0), play.schedule.waiting(0)) == (None, 0)  # none beside it
    play.schedule.done(again, play.do(again), 1.0)
    play.go_on()
    assert play.order == ["a", "bad", "bad 1-1", "bad 2-2", "write bad"]
    assert (play.outcomes["bad"].status, play.outcomes["bad"].attempts) == ("ok", 2)


def test_a_document_that_cannot_even_be_opened_fails(tmp_path: Path) -> None:
    play = Play(tmp_path, {"bad": 2, "b": 1})
    play.go_on(lambda task: task.job.name != "bad")
    assert play.order == ["bad", "b", "bad"]
    outcome = play.outcomes["bad"]
    assert (outcome.status, outcome.error_class, outcome.message, outcome.attempts) == (
        *("failed", "WorkerDied", LOSS.message),
        2,
    )
    assert play.outcomes["b"].attempts == 1


@pytest.mark.parametrize("size", [3, 20])
def test_a_page_that_cannot_be_survived_costs_itself_alone(tmp_path: Path, size: int) -> None:
    play = Play(tmp_path, {"bad": size})
    play.go_on(lambda task: not covers(task, 1))
    assert [page.index for page in play.pages["bad"]] == list(range(size))
    assert [(page.index, page.error) for page in play.pages["bad"] if page.status == "failed"] == [(1, LOSS.message)]
    outcome = play.outcomes["bad"]
    assert (outcome.status, outcome.attempts, outcome.error_class) == ("partial", 2, "PageError")


def covers(task: Task, page: int) -> bool:
    if isinstance(task, ReadPages):
        return task.start <= page < task.stop
    return isinstance(task, ReadDocument) and task.max_pages > 0 and task.job.name == "bad"


def test_a_document_of_one_page_that_cannot_be_survived_says_so(tmp_path: Path) -> None:
    play = Play(tmp_path, {"bad": 1})
    play.go_on(lambda task: not covers(task, 0))
    assert (play.outcomes["bad"].status, play.outcomes["bad"].error_class) == ("failed", "WorkerDied")


def test_a_document_may_not_cost_workers_without_end(tmp_path: Path) -> None:
    play = Play(tmp_path, {"bad": 800, "b": 1})
    play.go_on(lambda task: not isinstance(task, ReadPages))
    assert len([text for text in play.order if "-" in text]) == 2 * MAX_LOSSES
    assert play.outcomes["bad"].failed_pages == 800
    last = play.pages["bad"][-1]
    assert last.error == "not tried, because 5 pages were each lost with their worker"
    assert play.outcomes["b"].status == "ok"


def test_a_document_that_cannot_be_written_fails(tmp_path: Path) -> None:
    play = Play(tmp_path, {"large": 16})
    play.go_on(lambda task: not isinstance(task, WriteDocument))
    assert play.order[-2:] == ["write large", "write large"]
    assert (play.outcomes["large"].status, play.outcomes["large"].message) == ("failed", LOSS.message)
    assert list(tmp_path.iterdir()) == []


def test_a_document_has_its_time(tmp_path: Path) -> None:
    play = Play(tmp_path, {"long": 80}, document_timeout=2.5)
    play.go_on()
    assert play.order == ["long", "long 1-8", "long 9-16", "write long"]
    assert [page.status for page in play.pages["long"]] == ["ok"] * 16 + ["failed"] * 64
    assert play.pages["long"][-1].error == "the document took longer than 2.5 s (`--document-timeout`)"
    assert (play.outcomes["long"].status, play.outcomes["long"].attempts) == ("partial", 1)


def test_time_left(tmp_path: Path) -> None:
    play = Play(tmp_path, {"a": 3, "long": 80}, document_timeout=10.0)
    first = play.schedule.next_task(0)
    assert first is not None
    assert play.schedule.seconds_left(first) == 10.0
    play.schedule.lost(first, LOSS, 9.0)
    play.go_on(seconds=3.0, tasks=2)
    piece = play.schedule.next_task(0)
    assert isinstance(piece, ReadPages)
    assert play.schedule.seconds_left(piece) == 4.0
    play.schedule.lost(piece, LOSS, 5.0)  # its time is over: there is no second attempt
    play.go_on(seconds=3.0)
    assert play.pages["long"][0].status == "ok"
    assert {page.status for page in play.pages["long"][8:]} == {"failed"}
    assert play.outcomes["a"].status == "ok"  # which had all its time again


def test_no_limit_of_time(tmp_path: Path) -> None:
    schedule = Schedule([job_of("a")], tmp_path)
    task = schedule.next_task(0)
    assert task is not None
    assert schedule.seconds_left(task) == float("inf")


def test_stopping_begins_nothing_more_but_writes_what_is_read(tmp_path: Path) -> None:
    play = Play(tmp_path, {"large": 16, "b": 1, "c": 1})
    play.go_on(tasks=3)
    last_piece = play.schedule.next_task(0)
    assert isinstance(last_piece, ReadPages)
    play.schedule.stop()
    play.schedule.done(last_piece, play.do(last_piece), 1.0)
    play.go_on()
    assert play.order == ["large", "large 1-8", "b", "write large"]
    assert sorted(play.outcomes) == ["b", "large"]


def test_without_an_end_what_was_lost_is_tried_again_at_once_and_beside_others(tmp_path: Path) -> None:
    schedule = Schedule([job_of("a")], tmp_path, endless=True)
    first = schedule.next_task(0)
    assert first is not None and schedule.lost(first, LOSS, 1.0) is None
    schedule.add(job_of("b"))
    assert schedule.waiting(3) == 2
    again, other = schedule.next_task(3), schedule.next_task(3)
    assert again is not None and other is not None
    assert (again.job.name, other.job.name) == ("a", "b")
    assert not schedule.alone
    assert schedule.done(other, Outcome("ok", job=other.job), 1.0) is not None
    outcome = schedule.lost(again, LOSS, 1.0)
    assert outcome is not None and (outcome.status, outcome.error_class) == ("failed", "WorkerDied")


def test_without_an_end_a_page_that_cannot_be_survived_costs_itself_alone(tmp_path: Path) -> None:
    play = Play(tmp_path, {"a": 20})
    play.schedule = Schedule([job_of("a")], tmp_path, endless=True)
    play.go_on(lambda task: not (isinstance(task, ReadPages) and covers(task, 9)))
    assert play.outcomes["a"].status == "partial"
    assert [page.index for page in play.pages["a"] if page.status == "failed"] == [9]

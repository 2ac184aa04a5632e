"""The desk: bounded, each document alone with what it does, and nothing left behind."""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from doubles.batch import load_wrong_bundle
from doubles.serving import PATIENCE, finish, open_desk, statuses, texts, uploads

from e2eocr.errors import BundleError
from e2eocr.serving import desk as desk_module
from e2eocr.serving.desk import BusyError, ClosingError
from e2eocr.serving.folders import PREFIX, own_folder
from e2eocr.serving.orders import Order, Ticket, Upload
from e2eocr.serving.worker import ConversionJob


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No process and no file outlives a desk."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield
    assert not multiprocessing.active_children()
    assert list(temporary.iterdir()) == []


def files(order: Order) -> list[str]:
    return sorted(path.name for path in order.folder.rglob("*") if path.is_file())


def await_files(folder: Path, present: bool) -> None:
    """Wait until a folder is there, or gone."""
    for _ in range(1000):
        if folder.exists() == present:
            return
        time.sleep(0.01)
    raise TimeoutError(f"{folder} stays as it is")


def test_documents_are_read_and_forgotten() -> None:
    with open_desk() as desk:
        order = finish(desk, desk.take(uploads("one", "two\nthree")))
        assert statuses(order) == ["ok", "ok"]
        assert texts(order) == ["one\n", "two\n\fthree\n"]
        assert [ticket.pages for ticket in order.tickets] == [1, 2]
        assert desk.find(order.id) is order and desk.stored() > 0
        assert (desk.counts.pages, desk.counts.documents) == (3, {"ok": 2})
        desk.drop(order)
        assert desk.find(order.id) is None and desk.stored() == 0 and not order.folder.exists()
        with desk.visit(uploads("four")) as visit:
            finish(desk, visit)
        assert not visit.folder.exists()


@pytest.mark.slow
def test_what_a_document_does_costs_itself_alone() -> None:
    faults = ["kill", "exit", "panic", "leave", "memory", "recursion", "!bad", "hang"]
    with open_desk(page_timeout=2.0, workers=2) as desk:
        order = finish(desk, desk.take(uploads(*[part for fault in faults for part in (fault, f"good {fault}")])))
        assert statuses(order) == ["failed", "ok"] * len(faults)
        good = [ticket for ticket in order.tickets if ticket.has_results]
        assert [ticket.job.output_path("txt").read_text() for ticket in good] == [f"good {each}\n" for each in faults]
        causes = [ticket.outcome.error_class for ticket in order.tickets if ticket.outcome and not ticket.has_results]
        assert causes == [
            *("WorkerDied", "WorkerDied", "Panic", "SystemExit", "MemoryError", "RecursionError"),
            *("PageError", "PageTimeout"),
        ]
        assert desk.counts.losses == {"WorkerDied": 4, "PageTimeout": 2}  # each is tried twice
        assert desk.failure is None


def test_more_than_may_wait_is_refused_and_taken_later() -> None:
    with open_desk(max_waiting=2, max_files=2) as desk:
        order = desk.take(uploads("!hang", "b"))
        with pytest.raises(BusyError, match="2 documents are waiting") as caught:
            desk.take(uploads("c"))
        assert 1 <= caught.value.retry_after <= 60
        desk.drop(order)
        assert desk.waiting() == 0


def test_a_document_that_is_dropped_while_it_is_read_leaves_nothing() -> None:
    with open_desk() as desk:
        order = desk.take(uploads("first\n" + "!nap\n" * 6 + "last", "next"))
        assert desk.wait(lambda: order.tickets[0].begun > 0, PATIENCE)
        desk.drop(order)
        assert texts(finish(desk, desk.take(uploads("other")))) == ["other\n"]
        await_files(order.folder, False)


def test_results_expire() -> None:
    with open_desk(keep=1.0) as desk:
        order = finish(desk, desk.take(uploads("one")))
        desk.sweep()
        assert desk.find(order.id) is order
        order.finished = time.monotonic() - 1.5
        desk.sweep()
        assert desk.find(order.id) is None and not order.folder.exists()


def test_the_oldest_results_go_where_room_is_short() -> None:
    with open_desk(max_stored=1) as desk:
        old, new = (finish(desk, desk.take(uploads("x" * 250_000))) for _ in range(2))
        desk.sweep()
        assert desk.find(old.id) is None and desk.find(new.id) is new
        new.size = 2 << 20
        desk.sweep()
        assert desk.find(new.id) is new  # its client has not even seen it


def test_a_document_for_which_there_is_no_room_is_refused() -> None:
    with open_desk(max_stored=1) as desk:
        with pytest.raises(BusyError, match="room for documents is full"):
            desk.take(uploads("x" * 1_100_000))
        assert desk.waiting() == 0 and desk.stored() == 0


def test_an_upload_that_breaks_off_leaves_nothing() -> None:
    def break_off(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError("gone")

    with open_desk() as desk:
        with pytest.raises(OSError, match="gone"):
            desk.take([*uploads("one"), Upload("b.png", break_off)])
        assert desk.waiting() == 0
        assert [path.name for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/*") if path.is_dir()] == []


def test_a_full_disk_costs_what_is_read_then_alone() -> None:
    with open_desk() as desk:
        order = finish(desk, desk.take(uploads("full", "text that is longer than sixteen bytes", "kill", "good")))
        causes = [ticket.outcome.error_class for ticket in order.tickets if ticket.outcome]
        assert causes[1] == "OutputError" and statuses(order)[3] == "ok"
        assert desk.failure is None


def conversion(ticket: Ticket, format: str) -> ConversionJob:
    job = ticket.job
    return ConversionJob(job.path, f"{job.name}#{format}", job.output, format=format)


def test_a_format_is_made_when_it_is_asked_for_and_once_for_all_who_ask_together() -> None:
    with open_desk() as desk:
        order = finish(desk, desk.take(uploads("one")))
        job = conversion(order.tickets[0], "md")
        errands = [desk.run_errand(order, job) for _ in range(3)]
        assert errands[1] is errands[0] and errands[2] is errands[0]
        assert desk.waiting() == 0  # it is no document
        assert desk.wait(lambda: errands[0].outcome is not None, PATIENCE)
        assert job.target.read_text() == "one\n"
        assert desk.counts.documents == {"ok": 1}


def test_an_errand_that_fails_says_why() -> None:
    with open_desk() as desk:
        order = finish(desk, desk.take(uploads("one")))
        ticket = desk.run_errand(order, conversion(order.tickets[0], "pdf"))  # the double's file is no picture
        assert desk.wait(lambda: ticket.outcome is not None, PATIENCE)
        assert ticket.outcome is not None and ticket.outcome.status == "failed"
        assert "not a kind of file we read" in (ticket.outcome.message or "")


def test_a_closed_desk_finishes_what_it_has_and_takes_no_more() -> None:
    with open_desk() as desk:
        order = desk.take(uploads("!nap\none", "two"))
        desk.close()
        with pytest.raises(ClosingError):
            desk.take(uploads("three"))
        finish(desk, order)
        assert statuses(order) == ["ok", "ok"]
        desk._thread.join(PATIENCE)
        assert desk.is_idle


def test_an_order_that_is_being_saved_while_the_desk_closes_is_done() -> None:
    saving, closing = threading.Event(), threading.Event()

    def save(path: Path) -> None:
        saving.set()
        assert closing.wait(PATIENCE)
        path.write_text("saved late")

    taken: list[Order] = []
    with open_desk() as desk:
        threads = [
            threading.Thread(target=lambda: taken.append(desk.take([Upload("a.png", save)]))),
            threading.Thread(target=desk.close),
        ]
        threads[0].start()
        assert saving.wait(PATIENCE)
        threads[1].start()
        while not desk.is_closing:
            time.sleep(0.01)
        with pytest.raises(ClosingError):
            desk.take(uploads("too late"))
        closing.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert texts(finish(desk, taken[0])) == ["saved late\n"]


def test_a_desk_that_is_left_lets_what_it_has_fail() -> None:
    with open_desk() as desk:
        order = desk.take(uploads("!hang", "two"))
        assert desk.wait(lambda: order.tickets[0].begun > 0, PATIENCE)
    assert statuses(order) == ["failed", "failed"]


def test_a_wrong_bundle_ends_the_reading_with_its_message() -> None:
    with open_desk(load_wrong_bundle) as desk:
        desk._thread.join(PATIENCE)
        assert isinstance(desk.failure, BundleError)
        with pytest.raises(ClosingError):
            desk.take(uploads("one"))
        assert not desk.wait(lambda: False, PATIENCE)


def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path: Path) -> None:
    temporary = Path(tempfile.gettempdir())
    with own_folder() as mine:
        abandoned = temporary / f"{PREFIX}abandoned"
        abandoned.mkdir()
        (abandoned / ".e2eocr-lock").write_bytes((mine / ".e2eocr-lock").read_bytes())
        other = temporary / f"{PREFIX}of-somebody-else"
        other.mkdir()
        with own_folder() as next_one:
            assert mine.exists() and next_one != mine
            assert not abandoned.exists() and other.exists()
    other.rmdir()


def test_waiting_ends_for_a_client_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "_TICK_SECONDS", 0.01)
    with open_desk() as desk:
        asked = iter((False, False, True))
        assert not desk.wait(lambda: False, PATIENCE, lambda: next(asked))


def test_many_threads_get_each_their_own() -> None:
    with open_desk(max_waiting=40, max_files=1, workers=2) as desk:
        found: dict[int, str] = {}

        def visit(number: int) -> None:
            with desk.visit(uploads(f"text {number}")) as order:
                found[number] = texts(finish(desk, order))[0]

        threads = [threading.Thread(target=visit, args=(number,)) for number in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == {number: f"text {number}\n" for number in range(40)}
        assert desk.stored() == 0

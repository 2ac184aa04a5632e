"""Names of clients are names alone, and tickets say how far they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2eocr.batch.jobs import Outcome
from e2eocr.serving.orders import MAX_NAME, Upload, clean_name, new_order


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\scans\\a b.tif", "a b.tif"),
        ("..", "document"),
        ("", "document"),
        (" \t", "document"),
        ("folder/", "document"),
        ("a\0b\n.png", "ab.png"),
        ("Résumé № 7.pdf", "Résumé № 7.pdf"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),  # escaped where it is shown
        ("x" * 500 + ".jpeg", "x" * (MAX_NAME - 5) + ".jpeg"),
    ],
)
def test_a_name_is_a_name_alone(given_name: str, clean: str) -> None:
    assert clean_name(given_name) == clean


@given(st.text())
def test_no_name_leads_anywhere(name: str) -> None:
    clean = clean_name(name)
    assert clean and "/" not in clean and "\\" not in clean and clean.strip(".") and clean.isprintable()
    assert len(clean) <= MAX_NAME + 1
    assert clean_name(clean) == clean


def test_files_lie_where_no_client_says(tmp_path: Path) -> None:
    order = new_order(tmp_path, ["../../../x.png", "x.png"], ())
    paths = [ticket.job.path for ticket in order.tickets]
    assert paths == [tmp_path / order.id / "1" / "source", tmp_path / order.id / "2" / "source"]
    assert [ticket.job.client_name for ticket in order.tickets] == ["x.png", "x.png"]
    assert len({ticket.job.name for ticket in order.tickets}) == 2


def test_passwords_are_in_no_message(tmp_path: Path) -> None:
    assert "sesame" not in repr(new_order(tmp_path, ["a.pdf"], ("open sesame",)))


def test_a_ticket_counts_its_pages(tmp_path: Path) -> None:
    [ticket] = new_order(tmp_path, ["a.pdf"], ()).tickets
    assert (ticket.status, ticket.pages) == ("waiting", None)
    for begun in (1, 2, 2, 2):  # tried again, a page is no further one
        ticket.begin_page(2)
        assert (ticket.status, ticket.begun, ticket.pages) == ("reading", begun, 2)
    ticket.finish(Outcome("partial", 2, 1, error_class="PageError", message="1 of 2 pages failed", job=ticket.job))
    assert ticket.to_plain() == {
        "number": 1,
        "name": "a.pdf",
        "status": "partial",
        "pages": 2,
        "pages_begun": 2,
        "failed_pages": 1,
        "error": {"code": "PageError", "message": "1 of 2 pages failed"},
    }


def test_an_order_is_done_when_all_its_documents_are(tmp_path: Path) -> None:
    order = new_order(tmp_path, ["a", "b"], ())
    assert order.to_plain(60)["status"] == "waiting"
    for ticket, status in zip(order.tickets, ("reading", "done"), strict=True):
        ticket.finish(Outcome("ok", 1, job=ticket.job))
        order.note_end()
        assert order.to_plain(60)["status"] == status
    assert 0 < order.to_plain(60)["expires_in"] <= 60


def test_the_size_of_an_order_is_that_of_its_files(tmp_path: Path) -> None:
    order = new_order(tmp_path, ["a"], ())
    upload = Upload("a", lambda path: None)
    assert upload.name == "a"
    order.tickets[0].job.path.parent.mkdir(parents=True)
    order.tickets[0].job.path.write_bytes(b"x" * 1000)
    order.measure()
    assert 1000 <= order.size < 20000
    order.discard()
    assert not order.folder.exists()

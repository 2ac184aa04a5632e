"""What clients have asked for: an order is what came with one request, a ticket each document of it."""

from __future__ import annotations

import math
import os
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from e2eocr.batch.jobs import Outcome
from e2eocr.serving.worker import ClientJob, Errand

MAX_NAME = 120  # characters of the name of a document
SOURCE, RESULT = "source", "result"
TicketStatus = Literal["waiting", "reading", "ok", "partial", "failed"]
OrderStatus = Literal["waiting", "reading", "done"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request. `name` is what the client calls it, `save` writes it to a path."""

    name: str
    save: Callable[[Path], None]


@dataclass(slots=True, eq=False)
class Ticket:
    """One document of an order, or one errand for it.

    Attributes:
        job: What is to do.
        number: Its place in the order, from 1.
        pages: How many pages it has, once that is known; `begun`, how many of them were begun.
        outcome: What became of it, once that is known.
    """

    job: ClientJob | Errand
    number: int = 0
    pages: int | None = None
    begun: int = 0
    outcome: Outcome | None = None

    @property
    def status(self) -> TicketStatus:
        if self.outcome is not None:
            return "ok" if self.outcome.status == "skipped" else self.outcome.status
        return "reading" if self.begun else "waiting"

    @property
    def has_results(self) -> bool:
        return self.status in ("ok", "partial")

    def begin_page(self, pages: int) -> None:
        """Take note of a page that is begun; one that is tried again is no further page."""
        self.pages, self.begun = pages, min(pages, self.begun + 1)

    def finish(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.pages = self.begun = outcome.pages

    def to_plain(self) -> dict[str, Any]:
        """What clients are told of it."""
        error = self.outcome.error() if self.outcome is not None else None
        return {
            "number": self.number,
            "name": self.job.client_name,
            "status": self.status,
            "pages": self.pages,
            "pages_begun": self.begun,
            "failed_pages": self.outcome.failed_pages if self.outcome is not None else 0,
            "error": error and {"code": error["class"], "message": error["message"]},
        }


@dataclass(slots=True, eq=False)
class Order:
    """The documents of one request.

    Attributes:
        id: Nobody can guess it.
        folder: Where its files lie.
        tickets: Its documents.
        finished: When all were read, on the clock of `time.monotonic`.
        size: Bytes of its files.
    """

    id: str
    folder: Path
    tickets: list[Ticket] = field(default_factory=list)
    finished: float | None = None
    size: int = 0

    @property
    def is_finished(self) -> bool:
        return self.finished is not None

    @property
    def status(self) -> OrderStatus:
        if self.is_finished:
            return "done"
        return "reading" if any(ticket.status != "waiting" for ticket in self.tickets) else "waiting"

    def note_end(self) -> None:
        """Take note of it if all its documents are done."""
        if self.finished is None and all(ticket.outcome is not None for ticket in self.tickets):
            self.finished = time.monotonic()

    def measure(self) -> None:
        """Take note of how much its files take."""
        sizes = [_size_of(path) for path in self.folder.rglob("*")]
        self.size = sum(sizes)

    def discard(self) -> None:
        """Remove all its files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def to_plain(self, keep: float) -> dict[str, Any]:
        """What clients are told of it, given the seconds for which results are kept."""
        left = None if self.finished is None else max(0, math.ceil(self.finished + keep - time.monotonic()))
        documents = [ticket.to_plain() for ticket in self.tickets]
        return {"id": self.id, "status": self.status, "expires_in": left, "documents": documents}


def new_order(root: Path, names: list[str], passwords: tuple[str, ...]) -> Order:
    """An order for documents that clients call so. On disk they have names of ours."""
    id = secrets.token_urlsafe(16)
    order = Order(id, root / id)
    for number, given in enumerate(names, 1):
        folder = order.folder / str(number)
        job = ClientJob(folder / SOURCE, f"{id}/{number}/{clean_name(given)}", folder / RESULT, passwords=passwords)
        order.tickets.append(Ticket(job, number))
    return order


def clean_name(given: str) -> str:
    """A client's name of a file as a name alone: no folders, nothing that does not print, not too long."""
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = "".join(each for each in unicodedata.normalize("NFC", last) if each.isprintable()).strip()
    if plain.strip(".") == "":
        return "document"
    stem, suffix = os.path.splitext(plain)
    return stem[: max(1, MAX_NAME - len(suffix))] + suffix[:MAX_NAME]


def _size_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0

"""Servers for tests: the desk with doubles for workers, and the application on a socket of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doubles.batch import load_double
from e2eocr.batch.workers.worker import Load
from e2eocr.serving.desk import Desk
from e2eocr.serving.folders import own_folder
from e2eocr.serving.orders import Order, Upload
from e2eocr.serving.running import listen
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.app import create_app
from e2eocr.serving.web.listening import WebServer

PATIENCE = 120.0


def uploads(*texts: str, name: str = "a.png") -> list[Upload]:
    """Documents with these texts as their content, which tell the doubles what shall happen."""

    def upload(text: str) -> Upload:
        def save(path: Path) -> None:
            path.write_text(text)

        return Upload(name, save)

    return [upload(text) for text in texts]


@contextmanager
def open_desk(load: Load = load_double, **settings: Any) -> Iterator[Desk]:
    """A desk with one worker, unless told otherwise."""
    with own_folder() as folder, Desk(ServeSettings(**{"workers": 1, **settings}), folder, load) as desk:
        yield desk


def finish(desk: Desk, order: Order) -> Order:
    """Wait until all documents of an order are read."""
    assert desk.wait(lambda: order.is_finished, PATIENCE)
    return order


def statuses(order: Order) -> list[str]:
    return [ticket.status for ticket in order.tickets]


def texts(order: Order) -> Sequence[str]:
    """What was read of each document of an order."""
    return [ticket.job.output_path("txt").read_text() for ticket in order.tickets]


@dataclass(frozen=True)
class RunningServer:
    """A server on a socket of this machine."""

    desk: Desk
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def run_server(load: Load = load_double, **options: Any) -> Iterator[RunningServer]:
    """Serve on any free port, from a thread of this process, until the block ends."""
    settings = ServeSettings(**{"workers": 1, "port": 0, **options})
    with own_folder() as folder, Desk(settings, folder, load) as desk, listen(settings) as listener:
        server = WebServer(create_app(settings, desk), listener, settings)
        ended = threading.Event()

        def turn() -> None:
            while not ended.is_set():
                server.turn()
                desk.sweep()

        thread = threading.Thread(target=turn, daemon=True)
        thread.start()
        try:
            assert desk.wait(lambda: desk.is_ready, PATIENCE)
            yield RunningServer(desk, listener.getsockname()[1])
        finally:
            ended.set()
            thread.join()
            server.close()

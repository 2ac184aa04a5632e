"""A server from its start to its end: its socket, its threads, and the signals that end it."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from e2eocr.batch.jobs import Outcome
from e2eocr.batch.progress import Log, say_outcome
from e2eocr.batch.signals import Stop, interruptions
from e2eocr.batch.workers.worker import Load, limit_threads, load_reader
from e2eocr.errors import ExitCode, MissingDependencyError, UsageError
from e2eocr.serving.desk import Desk
from e2eocr.serving.folders import own_folder
from e2eocr.serving.settings import ServeSettings

if TYPE_CHECKING:
    from e2eocr.serving.web.listening import WebServer

_BACKLOG = 1024
_SWEEP_SECONDS = 1.0


def serve(settings: ServeSettings, load: Load = load_reader) -> ExitCode:
    """Serve until a signal ends it. The first lets documents under way be finished, the second ends it at once.

    Args:
        settings: The server.
        load: Loads what reads documents, in each worker; picklable.

    Returns:
        `OK`: a server that was asked to end has done all that it had to do.

    Raises:
        UsageError: If the address cannot be listened on.
        MissingDependencyError: If the extra `serve` is not installed.
        OCRError: If a bundle is wrong, or reading has ended for good.
    """
    limit_threads(settings.read.threads)

    # Imported when the thread limit is set, as the libraries beneath read it once; and Flask only here.
    from e2eocr.models.engine import identify_engine

    web = _load_web()
    if load is load_reader:
        identify_engine(settings.read)
    log = Log(settings.log_format, quiet=settings.quiet, verbose=settings.verbose, file=settings.log_file)
    try:
        with (
            listen(settings) as listener,
            own_folder() as folder,
            Desk(settings, folder, load, partial(_tell, log)) as desk,
        ):
            _run(web(settings, desk, listener, log), settings, desk, log)
    finally:
        log.close()
    return ExitCode.OK


def _load_web() -> Callable[[ServeSettings, Desk, socket.socket, Log], WebServer]:
    """What makes the server itself, of packages that only serving needs.

    Raises:
        MissingDependencyError: If they are not installed.
    """
    try:
        from e2eocr.serving.web.app import create_app
        from e2eocr.serving.web.listening import WebServer
    except ImportError as error:
        raise MissingDependencyError(f"Serving needs {error.name}: pip install 'e2eocr[serve]'") from error
    logging.getLogger("waitress").setLevel(logging.ERROR)  # it warns of each request that waits for a thread

    def make(settings: ServeSettings, desk: Desk, listener: socket.socket, log: Log) -> WebServer:
        return WebServer(create_app(settings, desk, log), listener, settings)

    return make


def _run(server: WebServer, settings: ServeSettings, desk: Desk, log: Log) -> None:
    try:
        with interruptions() as stop:
            log.note(f"listening on {server.url}", event="listening", url=server.url)
            _turn(server, desk, stop)
            if desk.failure is None:
                log.note("asked to end; documents under way are finished", event="ending")
                _wind_up(server, desk, time.monotonic() + settings.grace)
    finally:
        server.close()
    if desk.failure is not None:
        raise desk.failure


def _tell(log: Log, outcome: Outcome) -> None:
    """Tell what became of a document; what it carries is for those who scan."""
    say_outcome(log, replace(outcome, attachments=""))


def _turn(server: WebServer, desk: Desk, stop: Stop) -> None:
    """Take requests until it is to end."""
    next_sweep = 0.0
    while not stop.requested and desk.failure is None:
        server.turn()
        if time.monotonic() >= next_sweep:
            desk.sweep()
            next_sweep = time.monotonic() + _SWEEP_SECONDS


def _wind_up(server: WebServer, desk: Desk, end: float) -> None:
    """Answer what was asked, and refuse the rest."""
    desk.close()
    while time.monotonic() < end and not (desk.is_idle and server.is_idle):
        server.turn()


def listen(settings: ServeSettings) -> socket.socket:
    """A socket that listens.

    Raises:
        UsageError: If there is no such address, or it is taken.
    """
    place = f"{settings.host}:{settings.port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or "it is no address").partition(" (while")[0]
        advice = "Name another by `--port`, or any that is free by `--port 0`; `--host` names the address."
        raise UsageError(f"Cannot listen on {place}: {reason}. {advice}") from error

"""The settings of a server. What it shares with a scan is declared there and taken over here."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import UsageError
from e2eocr.settings import ReadSettings, check_options, option

DEFAULT_PORT = 8080
RESULTS = ("txt", "json")  # written for each document; other formats are made of the JSON when they are asked for
MEBIBYTE = 1 << 20
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_SCAN_FIELDS = {each.name: each for each in dataclasses.fields(ScanSettings)}


def _as_for_scan(name: str, **other: Any) -> Any:
    """An option of `scan`, with another default where one is given."""
    known = _SCAN_FIELDS[name]
    return field(default=other.get("default", known.default), metadata=known.metadata)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """One server.

    Attributes:
        host: Name or address of the interface to listen on.
        port: Its port; 0 for any that is free.
        token: What clients must show as `Authorization: Bearer …`; None for no token.
        allow_host: Names by which requests may call the server, beside those of this machine's own loopback.
        cors: Origins whose pages may use the server, such as `https://example.org`, or `*`.
        max_waiting: Documents that wait or are read at one time; more are refused.
        max_upload: MiB of a request.
        max_files: Files of a request.
        keep: Seconds for which results are kept.
        max_stored: MiB that uploads and results take together; the oldest results go first.
        answer_timeout: Seconds that a client waits for an answer that needs reading.
        client_timeout: Seconds of silence after which a client that has not sent its whole request is given up.
        grace: Seconds that documents under way are given when the server is asked to end.
        read: How each document is read.

    The others are as in `ScanSettings`.

    Raises:
        UsageError: If a value is out of its range.
    """

    host: str = option("Where to listen; 0.0.0.0 for every interface.", "127.0.0.1", metavar="ADDRESS")
    port: int = option("The port to listen on; 0: any that is free.", DEFAULT_PORT, low=0, high=65535, metavar="N")
    token: str | None = option("Ask clients for this token.", None, secret=True, metavar="TEXT")
    allow_host: tuple[str, ...] = option("Name by which clients may call the server; repeat it.", (), metavar="NAME")
    cors: tuple[str, ...] = option(
        "Origin whose pages may use the server, such as https://example.org, or *; repeat it.", (), metavar="ORIGIN"
    )
    max_waiting: int = option("Refuse documents while so many wait or are read.", 64, low=1, metavar="N")
    max_upload: int = option("Largest request.", 100, low=1, high=1 << 20, unit="MiB", metavar="MIB")
    max_files: int = option("Files of a request, at most.", 50, low=1, metavar="N")
    keep: float = option("Keep results so long.", 3600.0, low=1, unit="seconds", metavar="SECONDS")
    max_stored: int = option(
        "Let uploads and results take so much disk; the oldest results go first.", 4096, low=1, metavar="MIB"
    )
    answer_timeout: float = option(
        "Have a client wait no longer for an answer.", 300.0, low=1, unit="seconds", metavar="SECONDS"
    )
    client_timeout: float = option(
        "Give up a client that is silent for so long amid its request.", 60.0, low=1, unit="seconds", metavar="SECONDS"
    )
    grace: float = option(
        "Finish documents for so long when asked to end.", 30.0, low=0, unit="seconds", metavar="SECONDS"
    )
    workers: int | None = _as_for_scan("workers")
    page_timeout: float = _as_for_scan("page_timeout", default=60.0)
    document_timeout: float = _as_for_scan("document_timeout", default=600.0)
    memory_limit: int = _as_for_scan("memory_limit")
    recycle_pages: int = _as_for_scan("recycle_pages")
    quiet: bool = _as_for_scan("quiet")
    verbose: bool = _as_for_scan("verbose")
    log_file: Path | None = _as_for_scan("log_file")
    log_format: str = _as_for_scan("log_format")
    read: ReadSettings = field(default_factory=ReadSettings)

    def __post_init__(self) -> None:
        check_options(self)
        if self.token is not None and not self.token:
            raise UsageError("Invalid `token`. Expected at least one character. Received: none")
        if self.max_files > self.max_waiting:
            raise UsageError(
                f"Invalid `max_files`. Expected at most `max_waiting`, {self.max_waiting}. "
                f"Received: max_files={self.max_files}"
            )

    @property
    def max_upload_bytes(self) -> int:
        """Bytes of a request."""
        return self.max_upload * MEBIBYTE

    @property
    def known_hosts(self) -> tuple[str, ...] | None:
        """The names that requests may be addressed to; None for any.

        A page of another host can have a browser send requests to this machine under that host's name. So a server
        that listens to this machine alone answers to its names alone.
        """
        listens_here = self.host in ("localhost", "127.0.0.1", "::1")
        return (*_LOOPBACK, *self.allow_host) if listens_here or self.allow_host else None

    def for_workers(self, folder: Path) -> ScanSettings:
        """What the workers of a batch are to know, to read documents that lie in a folder."""
        shared = ("workers", "page_timeout", "document_timeout", "memory_limit", "recycle_pages")
        return ScanSettings(
            (folder,), folder, formats=RESULTS, read=self.read, **{name: getattr(self, name) for name in shared}
        )

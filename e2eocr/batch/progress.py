"""What a run says on stderr while it goes on: lines for people, or JSON objects for programs."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, cast

from tqdm import tqdm

from e2eocr.batch.jobs import Outcome
from e2eocr.batch.lock import now_text
from e2eocr.files import check_replaceable, give_up, output_error
from e2eocr.writers.characters import one_line, valid_unicode

LINE_SECONDS = 30.0
# How a line begins in a file of the log, in text and in JSON.
_OWN_LINE = re.compile(rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ e2eocr: |\{"time": "')
_BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} documents [{elapsed}<{remaining}{postfix}]"


class _LenientStream:
    """A stream that may fail, as a pipe does that nobody reads any more: from then on it takes what comes silently."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._try(lambda stream: stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._try(lambda stream: stream.flush())

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _try(self, do: Callable[[TextIO], Any]) -> None:
        if self._stream is None:
            return
        try:
            do(self._stream)
        except (OSError, ValueError):
            if self._stream is sys.stderr:
                give_up("stderr")
            self._stream = None


class Log:
    """Says what happens, a line each.

    Args:
        format: `text`, or `json` for an object a line with `time`, `level`, `event`, `message` and what belongs to it.
        quiet: Whether to keep back what is no trouble.
        verbose: Whether to tell people, too, of each single thing.
        stream: Where to write; stderr when not given.
        file: A file to add the lines to as well, each with the time.

    Raises:
        OutputError: If that file cannot be written, or is no log.
    """

    def __init__(
        self,
        format: str = "text",
        *,
        quiet: bool = False,
        verbose: bool = False,
        stream: TextIO | None = None,
        file: Path | None = None,
    ) -> None:
        self.stream: TextIO = cast(TextIO, _LenientStream(stream or sys.stderr))
        self.quiet, self.verbose = quiet, verbose
        self._file = None if file is None else _LenientStream(_open_to_append(file))
        self.plain = format == "text"

    def note(self, message: str, event: str = "note", **fields: Any) -> None:
        """Say what is no trouble."""
        if not self.quiet:
            self._say("info", event, message, fields)

    def detail(self, message: str, event: str, **fields: Any) -> None:
        """Say what people want to know only if they ask for it; programs are always told."""
        if self.verbose or not self.plain:
            self.note(message, event, **fields)

    def warn(self, message: str, event: str = "warning", **fields: Any) -> None:
        """Say what a person should look at."""
        self._say("warning", event, message, fields)

    def fail(self, message: str) -> None:
        """Say what ends the run."""
        self._say("error", "error", message, {})

    def close(self) -> None:
        """Close the file of the log, if there is one."""
        if self._file is not None:
            self._file.close()

    def _say(self, level: str, event: str, message: str, fields: dict[str, Any]) -> None:
        time = now_text()
        if self.plain:
            line = one_line(f"e2eocr: {'error: ' if level == 'error' else ''}{message}")
            # Above the bar, if there is one.
            tqdm.write(line, file=self.stream)
            line = f"{time} {line}"
        else:
            plain = {"time": time, "level": level, "event": event, "message": message, **fields}
            line = valid_unicode(json.dumps(plain, ensure_ascii=False))
            self.stream.write(f"{line}\n")
            self.stream.flush()
        if self._file is not None:
            self._file.write(f"{line}\n")
            self._file.flush()


def _open_to_append(path: Path) -> TextIO:
    if path.is_file():
        check_replaceable(path, lambda head: not head or _OWN_LINE.match(head) is not None, "log")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="utf-8", errors="replace")
    except OSError as error:
        raise output_error(path, error) from error


class Progress:
    """A bar on a terminal, now and then a line elsewhere, and a line for each document that failed.

    Args:
        log: Where lines go.
        total: Documents to come.
    """

    def __init__(self, log: Log, total: int) -> None:
        self._log, self._total = log, total
        self._documents = self._pages = self._failed = 0
        self._start = self._last_line = time.monotonic()
        hidden = log.quiet or not log.plain or not log.stream.isatty() or not total
        self._bar = tqdm(total=total, file=log.stream, disable=hidden, dynamic_ncols=True, bar_format=_BAR)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def add(self, outcome: Outcome) -> None:
        """Count a document that was read, and say so where that is of interest."""
        self._documents += 1
        self._pages += outcome.pages
        self._failed += outcome.status != "ok"
        say_outcome(self._log, outcome)
        pace = f"{self._pace():.1f}"
        self._bar.set_postfix({"pages": self._pages, "pages/s": pace, "failed": self._failed}, refresh=False)
        self._bar.update()
        if self._bar.disable:
            self._say_sometimes()

    def _pace(self) -> float:
        """Pages a second."""
        return self._pages / max(time.monotonic() - self._start, 1e-9)

    def _say_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._last_line < LINE_SECONDS:
            return
        self._last_line = now
        left = (now - self._start) / self._documents * (self._total - self._documents)
        self._log.note(
            f"{self._documents:,} of {self._total:,} documents, {self._pages:,} pages, {self._pace():.1f} pages/s, "
            f"{self._failed:,} failed, {_duration(left)} left",
            event="progress",
            documents=self._documents,
            total=self._total,
            pages=self._pages,
            pages_per_second=round(self._pace(), 2),
            failed=self._failed,
            seconds_left=round(left),
        )


def say_outcome(log: Log, outcome: Outcome) -> None:
    """Name a document of which something failed; programs are told of every one that was read."""
    fields = {
        "name": outcome.job.name,
        "status": outcome.status,
        "pages": outcome.pages,
        "failed_pages": outcome.failed_pages,
        "seconds": round(outcome.seconds, 3),
        "attempts": outcome.attempts,
        "earlier": outcome.earlier,
        "kept": outcome.kept,
        "error_class": outcome.error_class,
    }
    if outcome.attachments and not outcome.earlier:
        names = outcome.attachments.splitlines()
        log.note(
            f"carries: {outcome.job.name}: {len(names):,} files, which `--attachments read` reads: {', '.join(names)}",
            event="carries",
            name=outcome.job.name,
            files=names,
        )
    if outcome.status in ("failed", "partial"):
        log.warn(f"{outcome.status}: {outcome.job.name}: {outcome.message}", event="document", **fields)
    elif outcome.kept:
        kept = ", ".join(outcome.kept)
        log.warn(
            f"kept: {outcome.job.name}: changed by hand since, and not replaced: {kept}", event="document", **fields
        )
    elif not log.plain and not outcome.earlier:
        log.note(f"{outcome.status}: {outcome.job.name}", event="document", **fields)


def _duration(seconds: float) -> str:
    """`2 h 05 min`, `5 min` or `40 s`."""
    minutes = round(seconds / 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min" if minutes >= 2 else f"{round(seconds)} s"

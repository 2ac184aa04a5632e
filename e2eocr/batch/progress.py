"""What a run says on stderr while it goes on."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from tqdm import tqdm

from e2eocr.batch.jobs import Outcome
from e2eocr.writers.characters import one_line

LINE_SECONDS = 30.0


class Progress:
    """A bar on a terminal, now and then a line elsewhere, and a line for each document that failed.

    Args:
        total: Documents to come.
        quiet: Whether to show failures alone.
        stream: Where to write; stderr when not given.
    """

    def __init__(self, total: int, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._total, self._quiet = total, quiet
        self._documents = self._pages = self._failed = 0
        self._last_line = time.monotonic()
        hidden = quiet or not self._stream.isatty()
        self._bar = tqdm(total=total, unit="doc", file=self._stream, disable=hidden, dynamic_ncols=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def add(self, outcome: Outcome) -> None:
        """Count a document that is done, and name it if it, or a page of it, failed."""
        self._documents += 1
        self._pages += outcome.pages
        if outcome.status in ("failed", "partial"):
            self._failed += 1
            self.say(f"{outcome.status}: {outcome.job.name}: {outcome.message}")
        self._bar.set_postfix(pages=self._pages, failed=self._failed, refresh=False)
        self._bar.update()
        if self._bar.disable and not self._quiet:
            self._say_sometimes()

    def say(self, text: str) -> None:
        """Write a line, above the bar if there is one."""
        tqdm.write(one_line(f"e2eocr: {text}"), file=self._stream)

    def _say_sometimes(self) -> None:
        now = time.monotonic()
        if now - self._last_line >= LINE_SECONDS:
            self._last_line = now
            self.say(f"{self._documents} of {self._total} documents, {self._pages} pages, {self._failed} failed")

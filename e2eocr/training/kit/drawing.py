"""Samples drawn by other processes while a training runs."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from e2eocr.errors import DataError
from e2eocr.training.engine.machine import cores
from e2eocr.training.kit.plan import KINDS, Due, Plan

log = logging.getLogger(__name__)


class Drawing:
    """The stores of one training: the first one is waited for, the next ones come as they are whole.

    Attributes:
        stores: Those that are whole.
    """

    def __init__(self, plan: Plan, due: Due, folder: Path, out: Path) -> None:
        """Take those that are there from an earlier time.

        Args:
            plan: Whose text, fonts and faces are drawn with.
            due: For which training.
            folder: Of the list.
            out: Where the stores go.
        """
        self._plan, self._due, self._folder, self._out = plan, due, folder, out
        self._process: subprocess.Popen[bytes] | None = None
        out.mkdir(parents=True, exist_ok=True)
        self.stores = tuple(sorted(path.parent for path in out.glob("*/manifest.json")))

    def draw_first(self) -> None:
        """Draw the first store, unless it is there.

        Raises:
            DataError: If it cannot be drawn.
        """
        if not self.stores:
            process, store = self._start(self._due.first, cores())
            if process.wait() != 0:
                raise DataError(f"{store}: cannot be drawn, as told above. Check text, fonts and options of the list.")
            self.stores = (store,)

    def draw_more(self, then: Callable[[], None]) -> None:
        """Begin the next store; `then` is called from a thread once it is whole."""
        if not self._due.more or self._process is not None:
            return
        self._process, store = self._start(self._due.more, self._due.workers)

        def wait(process: subprocess.Popen[bytes]) -> None:
            if process.wait() == 0:
                self.stores = (*self.stores, store)
                self._process = None
                then()

        threading.Thread(target=wait, args=(self._process,), daemon=True).start()

    def stop(self) -> None:
        """End what is being drawn; it is lost."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def _start(self, samples: int, workers: int) -> tuple[subprocess.Popen[bytes], Path]:
        number = len(self.stores)
        store = self._out / f"{number:03d}-{samples}"
        what = KINDS[self._due.kind][1]
        command = [sys.executable, "-m", "e2eocr", "synth", what, "-o", str(store), f"--{what}", str(samples)]
        command += ["--seed", str(self._due.seed + number), "--workers", str(workers), *self._due.options]
        for option in ("text", "fonts", "faces"):
            if value := getattr(self._plan, option):
                command += [f"--{option}", str(self._folder / value)]
        log.info("drawing %d %s", samples, what)
        return subprocess.Popen(command), store

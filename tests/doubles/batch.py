"""Doubles that worker processes can import: a reader for documents whose content says what shall happen."""

from __future__ import annotations

import ctypes
import faulthandler
import hashlib
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from e2eocr.batch.jobs import Job
from e2eocr.batch.workers.worker import load_reader
from e2eocr.errors import BundleError, DocumentError
from e2eocr.results import Document, Engine, Line, LineOrigin, Page, Source
from e2eocr.settings import ReadSettings

if TYPE_CHECKING:
    import pytest

QUAD = ((0.0, 0.0), (9.0, 0.0), (9.0, 5.0), (0.0, 5.0))
FILE_SIZE_LIMIT = 16


class Panic(BaseException):
    """What an extension raises that knows nothing of `Exception`."""


class DoubleReader:
    """Takes a file as text: a page a line. A page `!bad` fails; a file or page that is the name of a fault has it.

    A page that begins with `typeset` carries its text.
    """

    def __init__(self, settings: ReadSettings) -> None:
        self.engine = Engine("1", settings.detector, (settings.recognizer,), settings.fingerprint_fields())

    @contextmanager
    def open(self, path: Path, name: str) -> Iterator[DoubleReading]:
        yield DoubleReading(self.engine, path, name)


class DoubleReading:
    """A file that is open; see `DoubleReader`."""

    def __init__(self, engine: Engine, path: Path, name: str) -> None:
        self._engine, self._path, self._name = engine, path, name
        self._data = path.read_bytes()
        text = self._data.decode()
        if text in FAULTS:
            FAULTS[text](path)
        self._lines = text.splitlines()
        self.page_count = len(self._lines)
        self.attachments = tuple(self._lines[0].split()[1:]) if text.startswith("carries ") else ()

    def read_page(self, index: int) -> Page:
        line = self._lines[index]
        if line == "!bad":
            return Page(index, 10, 10, status="failed", error="is torn")
        if line.startswith("!"):
            FAULTS[line.removeprefix("!")](self._path)
        origin: LineOrigin = "text-layer" if line.startswith("typeset") else "ocr"
        return Page(index, 10, 10, origin=origin, lines=(Line(line, 0.9, QUAD, origin=origin),))

    def document(self, pages: Iterable[Page]) -> Document:
        source = Source(self._name, hashlib.sha256(self._data).hexdigest(), len(self._data), "image/png")
        return Document(source, self._engine, tuple(pages))


def _refuse(path: Path) -> None:
    raise DocumentError(path, "is torn. Scan it again.")


def _panic(path: Path) -> None:
    raise Panic("out of wits")


def _leave(path: Path) -> None:
    raise SystemExit("good bye")


def _lack_memory(path: Path) -> None:
    raise MemoryError


def _recurse(path: Path) -> None:
    _recurse(path)


def _exit(path: Path) -> None:
    os._exit(3)


def _kill(path: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_once(path: Path) -> None:
    """Kill the worker at the first of two attempts."""
    marker = path.with_suffix(".killed")
    if not marker.exists():
        marker.touch()
        _kill(path)


def _crash(path: Path) -> None:
    faulthandler.disable()  # it would tell of the crash on stderr
    ctypes.string_at(0)


def _replace_once(path: Path) -> None:
    """Put other content in the place of the file, the first time it is read."""
    marker = path.with_suffix(".replaced")
    if not marker.exists():
        marker.touch()
        path.write_text("new\n!replace-once\n")


def _hang(path: Path) -> None:
    time.sleep(60)


def _nap(path: Path) -> None:
    time.sleep(0.02)


def _eat_memory(path: Path) -> None:
    """Take 1 GiB, which is more than any limit of a test, in an instant or so."""
    eaten = []
    for _ in range(128):
        eaten.append(b"x" * (8 << 20))
        time.sleep(0.005)
    del eaten


def _tell_who(path: Path) -> None:
    path.with_suffix(".who").write_text(str(os.getpid()))


def _run_program(path: Path) -> None:
    """Wait for a program that does not end, with a temporary file, and tell the numbers of both processes."""
    Path(tempfile.gettempdir(), "page.ppm").write_bytes(b"half a page")
    with subprocess.Popen(["sleep", "60"]) as program:
        path.with_suffix(".pid").write_text(f"{os.getpid()} {program.pid}\n")


def _count_threads(path: Path) -> None:
    """Have the numeric libraries work, and tell how many threads this process has then."""
    import cv2
    import numpy as np

    square = np.ones((500, 500), np.float32)
    cv2.GaussianBlur(square @ square, (9, 9), 0)
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("Threads:")]
    path.with_suffix(".threads").write_text(line.split()[1])


def _leave_rubbish(path: Path) -> None:
    """Die with a program running, and with files half written."""
    Path(tempfile.gettempdir(), "page.ppm").write_bytes(b"half a page")
    program = subprocess.Popen(["sleep", "60"])
    path.with_suffix(".pid").write_text(f"{program.pid}\n")
    _kill_while_writing(path)


def _kill_while_writing(path: Path) -> None:
    def die(source: Path, target: Path) -> None:
        _kill(path)

    os.replace = die  # type: ignore[assignment]


def _fill_disk(path: Path) -> None:
    """From now on no file of this process may grow beyond a few bytes."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE_LIMIT, hard))


def _wait(path: Path) -> None:
    """Say who waits, then wait to be ended."""
    path.with_suffix(".pid").write_text(f"{os.getpid()}\n")
    time.sleep(60)


FAULTS: dict[str, Callable[[Path], None]] = {
    "refuse": _refuse,
    "panic": _panic,
    "leave": _leave,
    "memory": _lack_memory,
    "recursion": _recurse,
    "exit": _exit,
    "kill": _kill,
    "full": _fill_disk,
    "wait": _wait,
    "kill-once": _kill_once,
    "crash": _crash,
    "hang": _hang,
    "nap": _nap,
    "touch": Path.touch,
    "replace-once": _replace_once,
    "program": _run_program,
    "threads": _count_threads,
    "who": _tell_who,
    "eat": _eat_memory,
    "rubbish": _leave_rubbish,
}


def load_double(settings: ReadSettings) -> DoubleReader:
    return DoubleReader(settings)


def load_models_too(settings: ReadSettings) -> DoubleReader:
    """Load the real pipeline beside the double, for what it does to the process."""
    from recognizers.base import Recognizer

    pipeline = load_reader(settings)
    recognizer: Recognizer = pipeline.recognizer  # type: ignore[attr-defined]
    recognizer.read([np.full((32, 320), 255, np.uint8)])
    return DoubleReader(settings)


def load_wrong_bundle(settings: ReadSettings) -> DoubleReader:
    raise BundleError("alphabetic: charset.txt is missing. Fetch the bundle again.")


def die_loading(settings: ReadSettings) -> DoubleReader:
    os._exit(7)


def make_jobs(folder: Path, contents: dict[str, str]) -> list[Job]:
    """Write documents into `folder/in`, as jobs whose results go to `folder/out`."""
    jobs = [Job(folder / "in" / name, name, folder / "out" / name) for name in contents]
    for job in jobs:
        job.path.parent.mkdir(parents=True, exist_ok=True)
        job.path.write_text(contents[job.name])
    return jobs


def refuse_folder(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """From now on, folders of this name cannot be listed."""
    list_folder = os.scandir

    def refuse(path: Path) -> Any:
        if os.path.basename(path) == name:
            raise PermissionError(13, "Permission denied", str(path))
        return list_folder(path)

    monkeypatch.setattr(os, "scandir", refuse)


def await_end(process: int) -> None:
    """Wait until a process that nobody here has started is gone, or a zombie for init to see to."""
    for _ in range(1000):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.01)
    raise TimeoutError(f"process {process} goes on")

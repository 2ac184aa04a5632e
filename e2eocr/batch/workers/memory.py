"""How much memory a process takes, as Linux tells it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_MEBIBYTE = 1 << 20


def can_watch_memory() -> bool:
    """Whether this system tells how much memory another process takes."""
    return (_PROCESSES / "self" / "statm").exists()


def resident_mebibytes(process: int) -> int:
    """MiB that a process and the programs it has started hold in memory; 0 if it is gone, or cannot be told."""
    pages = sum(_resident_pages(each) for each in [process, *_children(process)])
    return pages * os.sysconf("SC_PAGE_SIZE") // _MEBIBYTE


def _resident_pages(process: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int((_PROCESSES / str(process) / "statm").read_text().split()[1])
    return 0


def _children(process: int) -> list[int]:
    """Processes that a process has started from its main thread."""
    with suppress(OSError, ValueError):
        return [int(word) for word in (_PROCESSES / f"{process}/task/{process}/children").read_text().split()]
    return []

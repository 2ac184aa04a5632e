"""What workers may take of the machine: cores, time and memory."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")
_MEBIBYTE = 1 << 20
_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may take; 0 is no limit.

    Attributes:
        page_timeout: Seconds for a page, and for opening a document.
        document_timeout: Seconds of work for a document, over all workers that share in it.
        memory: MiB of a worker with the programs it starts.
        recycle_pages: Pages after which a worker is replaced.
    """

    page_timeout: float = 0.0
    document_timeout: float = 0.0
    memory: int = 0
    recycle_pages: int = 0


def available_cores() -> int:
    """Processor cores that this process may use, in a container no more than its share, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text().split()
        cores = min(cores, int(quota) // int(period))  # "max" is no number: no quota
    return max(1, cores)


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

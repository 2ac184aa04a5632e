"""What is best on the machine at hand: measured, not guessed."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

Choice = TypeVar("Choice")

_TRIES = 2
_GAIN = 0.95  # of the time of the first choice that another must stay under
_MALLOC_SETTINGS = ((-4, 0), (-1, 2**31 - 1), (-2, 64 << 20))  # M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD of malloc.h


def processor() -> str:
    """What the processor calls itself, and how many cores this process may use."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass  # no Linux, or a processor without a name
    return f"{name}, {cores()} cores"


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fastest(
    choices: Mapping[Choice, Callable[[], None]], clock: Callable[[], float]
) -> tuple[Choice, dict[Choice, float]]:
    """The choice whose work takes least time; the first one unless another is clearly faster.

    Args:
        choices: What does the work in each way; done once before it is timed.
        clock: Seconds: of the process, where other processes must not disturb; of the day, where threads are compared.

    Returns:
        The choice, and the seconds of each.
    """
    seconds: dict[Choice, float] = {}
    for choice, work in choices.items():
        work()
        seconds[choice] = min(_time(work, clock) for _ in range(_TRIES))
    first = next(iter(choices))
    best = min(seconds, key=lambda choice: seconds[choice])
    return (best if seconds[best] < seconds[first] * _GAIN else first), seconds


def _time(work: Callable[[], None], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


def keep_memory() -> bool:
    """Have the C library keep memory that is freed: a step frees and takes the same hundreds of megabytes.

    Returns:
        Whether this C library can be told so.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's; others have none, or one that does nothing
    return mallopt is not None and all(mallopt(name, value) == 1 for name, value in _MALLOC_SETTINGS)


def process_clock() -> float:
    """Processor seconds of this process."""
    return time.process_time()


def wall_clock() -> float:
    """Seconds of the day."""
    return time.perf_counter()

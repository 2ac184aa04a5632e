"""The cores of the machine, shared out: workers times threads are no more, unless asked for."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers.crew import Limits, work_folder
from e2eocr.batch.workers.executors import Executor, SerialExecutor
from e2eocr.batch.workers.memory import can_watch_memory
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.errors import UsageError

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def choose_executor(settings: ScanSettings) -> Executor:
    """What a run has its documents read by.

    Raises:
        UsageError: If memory is to be limited on a system that does not tell how much a process takes.
        MissingDependencyError: If Ray is asked for and not installed.
    """
    if settings.executor == "serial":
        return SerialExecutor()
    if settings.memory_limit and not can_watch_memory():
        raise UsageError("`--memory-limit` needs Linux: this system does not tell how much memory a process takes.")
    limits = Limits(
        page_timeout=settings.page_timeout,
        document_timeout=settings.document_timeout,
        memory=settings.memory_limit,
        recycle_pages=settings.recycle_pages,
    )
    folder = work_folder(settings.output)
    if settings.executor == "ray":
        from e2eocr.batch.workers.ray import RayExecutor

        threads, workers = settings.read.threads, settings.workers
        return RayExecutor(settings.ray_address, limits, folder, workers=workers, threads=threads)
    workers = settings.workers or max(1, available_cores() // settings.read.threads)
    return ProcessExecutor(workers, limits, folder)


def available_cores() -> int:
    """Processor cores that this process may use, in a container no more than its share, at least 1."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = _QUOTA.read_text().split()
        cores = min(cores, int(quota) // int(period))  # "max" is no number: no quota
    return max(1, cores)

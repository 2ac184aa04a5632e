"""A run from its settings to its report."""

from __future__ import annotations

import os
import time
from contextlib import closing
from functools import partial

from e2eocr.batch.atomic import prepare_file, prepare_folder, replace_files
from e2eocr.batch.executors import Executor, ProcessExecutor, SerialExecutor, WorkerFactory
from e2eocr.batch.jobs import FoundJobs, Outcome, counts_text, find_jobs
from e2eocr.batch.progress import Progress
from e2eocr.batch.report import ScanReport, report_json, summary_line
from e2eocr.batch.worker import DocumentWorker, limit_threads
from e2eocr.config import ScanSettings


def scan(settings: ScanSettings, worker_factory: WorkerFactory | None = None) -> ScanReport:
    """Read all documents under the inputs and write their results.

    Progress, failures and a summary go to stderr. The thread limits of numeric libraries are set in the
    environment of this process, for its workers to inherit.

    Args:
        settings: The run.
        worker_factory: Makes the workers; picklable. By default each is a `DocumentWorker`.

    Returns:
        What became of each document. That some failed is no exception: see `ScanReport.exit_code`.

    Raises:
        UsageError: If an input or a model is named wrongly.
        NothingToReadError: If the inputs hold no document.
        OutputError: If the output folder, a result or the report cannot be written.
        BundleError: If a model bundle is wrong.
    """
    start = time.perf_counter()
    limit_threads(settings.read.threads)
    found = find_jobs(settings.inputs, settings.output)
    prepare_folder(settings.output)
    if settings.report is not None:
        prepare_file(settings.report)
    with Progress(len(found.jobs), quiet=settings.quiet) as progress:
        for folder in found.unreadable:
            progress.say(f"cannot list {folder}")
        outcomes = _run(settings, worker_factory or partial(DocumentWorker, settings), found, progress)
    report = ScanReport(settings, outcomes, found.left_out, found.unreadable, time.perf_counter() - start)
    if settings.report is not None:
        replace_files({settings.report: report_json(report)})
    if not settings.quiet:
        _say_summary(report, progress)
    return report


def choose_executor(settings: ScanSettings, jobs: int) -> Executor:
    """Worker processes, so that a document that brings one down costs itself alone; this process for a single one."""
    if settings.executor == "serial" or jobs == 1:
        return SerialExecutor()
    workers = settings.workers or max(1, available_cores() // settings.read.threads)
    return ProcessExecutor(min(jobs, workers))


def available_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _run(
    settings: ScanSettings, worker_factory: WorkerFactory, found: FoundJobs, progress: Progress
) -> tuple[Outcome, ...]:
    """Do all jobs; the outcomes stand in the order of the jobs."""
    done: dict[str, Outcome] = {}
    executor = choose_executor(settings, len(found.jobs))
    with closing(executor.run(worker_factory, found.jobs)) as outcomes:
        for outcome in outcomes:
            done[outcome.job.name] = outcome
            progress.add(outcome)
    return tuple(done[job.name] for job in found.jobs)


def _say_summary(report: ScanReport, progress: Progress) -> None:
    if report.left_out:
        progress.say(f"left out: {counts_text(report.left_out)}")
    progress.say(summary_line(report))

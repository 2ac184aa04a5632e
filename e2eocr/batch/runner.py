"""A run from its settings to its report."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial

from e2eocr.batch.finding import FoundJobs, counts_text, find_jobs
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.journal import JOURNAL, Journal
from e2eocr.batch.lock import hold_folder, now_text
from e2eocr.batch.plan import Recorder, plan_run
from e2eocr.batch.progress import Log, Progress, say_outcome
from e2eocr.batch.report import ScanReport, report_json, summary_line
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Stop, interruptions
from e2eocr.batch.workers.executors import choose_executor
from e2eocr.batch.workers.messages import WorkerFactory
from e2eocr.batch.workers.pool import work_folder
from e2eocr.batch.workers.worker import DocumentWorker, limit_threads
from e2eocr.files import prepare_file, prepare_folder, replace_files
from e2eocr.results import Engine


def scan(settings: ScanSettings, worker_factory: WorkerFactory | None = None) -> ScanReport:
    """Read all documents under the inputs and write their results.

    What an earlier run has finished, with the same content and settings, is skipped. Progress, failures and a summary
    go to stderr. The thread limits of numeric libraries are set in the environment of this process, for its
    workers to inherit.

    Args:
        settings: The run.
        worker_factory: Makes the workers; picklable. By default each is a `DocumentWorker`.

    Returns:
        What became of each document. That some failed is no exception: see `ScanReport.exit_code`.

    Raises:
        UsageError: If an input or a model is named wrongly.
        NothingToReadError: If the inputs hold no document.
        OutputError: If the output folder, a result, the journal or the report cannot be written.
        OutputLockedError: If another run holds the output folder, and does not end within `settings.wait`.
        BundleError: If a model bundle is wrong.
    """
    start, started = time.perf_counter(), now_text()
    log = Log(settings.log_format, quiet=settings.quiet)
    limit_threads(settings.read.threads)

    # Imported when the thread budget is set: the libraries beneath read it once, at their import.
    from e2eocr.models.engine import identify_engine

    engine = identify_engine(settings.read)
    # A folder that is not there is held by nobody, and is not made where there is nothing to read.
    found = None if settings.output.is_dir() else _find(settings)
    prepare_folder(settings.output)
    if settings.report is not None:
        prepare_file(settings.report)
    with hold_folder(settings.output, wait=settings.wait, say=log.note), Journal(settings.output) as journal:
        journal.begin_run(settings.inputs)
        report = _scan(settings, engine, worker_factory or partial(DocumentWorker, settings), found, journal, log)
        seconds = time.perf_counter() - start
        report = dataclasses.replace(report, started=started, finished=now_text(), seconds=seconds)
        journal.end_run(seconds=seconds, exit_code=report.exit_code, counts=report.counts)
        if settings.report is not None:
            replace_files({settings.report: report_json(report)})
    _say_summary(report, log)
    return report


def _scan(
    settings: ScanSettings,
    engine: Engine,
    worker_factory: WorkerFactory,
    found: FoundJobs | None,
    journal: Journal,
    log: Log,
) -> ScanReport:
    """Read what is to be read, while the output folder is held."""
    found = found or _find(settings)
    if journal.moved_aside is not None:
        log.warn(
            f"{settings.output / JOURNAL} was no journal of e2eocr, or damaged: it is now {journal.moved_aside.name}, "
            "and a new one is made. Results in JSON that are there are recognised."
        )
    for folder in found.unreadable:
        log.warn(f"cannot list {folder}")
    # What a killed run has left; an executor would clear it up too, but there may be nothing for one to do.
    shutil.rmtree(work_folder(settings.output), ignore_errors=True)
    plan = plan_run(settings, engine, found, journal.entries)
    journal.learn(plan.learned)
    done = {outcome.job.name: outcome for outcome in plan.outcomes}
    for outcome in plan.outcomes:
        say_outcome(log, outcome)
    for name in plan.gone:
        log.note(f"gone: {name}: no longer in the input; its results are kept", event="gone", name=name)
    recorder = Recorder(journal, settings, engine)
    with interruptions() as stop, closing(_run(settings, worker_factory, plan.todo, log, stop)) as outcomes:
        for outcome in outcomes:
            done[outcome.job.name] = recorder.record(outcome)
    return ScanReport(
        settings,
        tuple(done[job.name] for job in found.jobs if job.name in done),
        found.left_out,
        found.unreadable,
        seconds=0.0,
        gone=plan.gone,
        signal_number=stop.signal_number,
        left=len(found.jobs) - len(done),
    )


def _find(settings: ScanSettings) -> FoundJobs:
    return find_jobs(settings.inputs, settings.output, settle=settings.settle)


def _run(
    settings: ScanSettings, worker_factory: WorkerFactory, jobs: Sequence[Job], log: Log, stop: Stop
) -> Generator[Outcome, None, None]:
    """Do the jobs, and give each outcome when it is known."""
    if not jobs:
        return
    executor = choose_executor(settings)
    with Progress(log, len(jobs)) as progress, closing(executor.run(worker_factory, jobs, stop)) as outcomes:
        for outcome in outcomes:
            yield outcome
            progress.add(outcome)


def _say_summary(report: ScanReport, log: Log) -> None:
    if report.left_out:
        log.note(f"left out: {counts_text(report.left_out)}", event="left out", counts=report.left_out)
    log.note(summary_line(report), event="summary", counts=report.counts, pages=report.pages)

"""A run from its settings to its report."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial

from e2eocr.batch.finding import Choice, FoundJobs, counts_text, find_jobs
from e2eocr.batch.inside import jobs_inside
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.batch.journal import JOURNAL, Journal, read_journal
from e2eocr.batch.lock import Holder, check_still_held, hold_folder, now_text
from e2eocr.batch.moving import take_along
from e2eocr.batch.places import set_aside
from e2eocr.batch.plan import Plan, Recorder, plan_run, remembered
from e2eocr.batch.progress import Log, Progress, say_outcome
from e2eocr.batch.report import REPORT_NAME, ScanReport, plural, report_json, summary_line
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.signals import Interrupted, Stop, interruptions
from e2eocr.batch.workers.executors import choose_executor
from e2eocr.batch.workers.pool import work_folder
from e2eocr.batch.workers.worker import DocumentWorker, Load, limit_threads, load_reader
from e2eocr.errors import OCRError
from e2eocr.files import check_replaceable, prepare_file, prepare_folder, replace_files
from e2eocr.results import Engine


def scan(settings: ScanSettings, load: Load = load_reader) -> ScanReport:
    """Read all documents under the inputs and write their results.

    What an earlier run has finished, with the same content and settings, is skipped. Progress, failures and a summary
    go to stderr. The thread limits of numeric libraries are set in the environment of this process, for its
    workers to inherit.

    Args:
        settings: The run.
        load: Loads what reads the documents, in each worker; picklable.

    Returns:
        What became of each document. That some failed is no exception: see `ScanReport.exit_code`.

    Raises:
        UsageError: If an input or a model is named wrongly.
        NothingToReadError: If the inputs hold no document.
        OutputError: If the output folder, a result, the journal or the report cannot be written.
        OutputLockedError: If another run holds the output folder, and does not end within `settings.wait`.
        BundleError: If a model bundle is wrong.
    """
    if settings.report is not None:
        check_replaceable(settings.report, lambda head: REPORT_NAME.encode() in head, "report")
        prepare_file(settings.report)
    run = _Run(settings, load)
    try:
        report = run.scan()
    except (OCRError, Interrupted) as error:
        run.write_report(dataclasses.replace(run.report, error=error))
        raise
    finally:
        run.log.close()
    run.write_report(report)
    return report


def plan_only(settings: ScanSettings) -> Plan:
    """What a run would do. Nothing is written, and nobody is kept from the output folder.

    What cannot be read, and how many documents are done, goes to stderr.

    Raises:
        UsageError, NothingToReadError, BundleError: As `scan` does.
    """
    from e2eocr.models.engine import identify_engine

    engine = identify_engine(settings.read)
    known = read_journal(settings.output)[0] if (settings.output / JOURNAL).is_file() else []
    found = _find(settings)
    plan = plan_run(settings, engine, found, {entry.name: entry for entry in known}, clear=False)
    with closing(_open_log(settings)) as log:
        _say_found(log, found)
        for outcome in plan.outcomes:
            say_outcome(log, outcome)
        done = sum(outcome.status == "skipped" for outcome in plan.outcomes)
        log.note(f"would read {plural(len(plan.todo), 'document')}; {done:,} done", event="plan", done=done)
    return plan


def _open_log(settings: ScanSettings) -> Log:
    return Log(settings.log_format, quiet=settings.quiet, verbose=settings.verbose, file=settings.log_file)


def _say_found(log: Log, found: FoundJobs) -> None:
    """Tell what of the inputs is not to be read, and why."""
    for folder in found.unreadable:
        log.warn(f"cannot list {folder}")
    for each in found.passed_over:
        log.detail(f"left out: {each.path}: {each.reason}", event="left out file", **each._asdict())
    for outcome in found.refused:
        say_outcome(log, outcome)


def _find(settings: ScanSettings) -> FoundJobs:
    choice = Choice(settings.include, settings.exclude, settings.settle)
    return find_jobs(settings.inputs, settings.output, choice)


class _Run:
    """One run; `report` is what is known of it so far."""

    def __init__(self, settings: ScanSettings, load: Load) -> None:
        self.report = ScanReport(settings, (), FoundJobs(()), started=now_text())
        self._settings, self._load = settings, load
        self._start = time.perf_counter()
        self.log = _open_log(settings)

    def scan(self) -> ScanReport:
        settings = self._settings
        limit_threads(settings.read.threads)

        # Imported when the thread limit is set: the libraries beneath read it once, at their import.
        from e2eocr.models.engine import identify_engine

        engine = identify_engine(settings.read)
        # A folder that is not there is held by nobody, and is not made where there is nothing to read.
        found = None if settings.output.is_dir() else _find(settings)
        prepare_folder(settings.output)
        with (
            hold_folder(settings.output, wait=settings.wait, say=self.log.note) as holder,
            Journal(settings.output) as journal,
        ):
            journal.begin_run(settings.inputs)
            found = found or _find(settings)
            self.report = dataclasses.replace(self.report, found=found, known_unreadable=journal.unreadable_before)
            self._scan(engine, found, journal, holder)
            report = self.report = self._timed(self.report)
            journal.end_run(
                seconds=report.seconds,
                exit_code=report.exit_code,
                counts=report.counts,
                unreadable=report.found.unreadable,
            )
        self._say_summary(report)
        return report

    def write_report(self, report: ScanReport) -> None:
        """Write the report of the run, if one is wanted."""
        if self._settings.report is not None:
            replace_files({self._settings.report: report_json(self._timed(report))})

    def _timed(self, report: ScanReport) -> ScanReport:
        if report.finished is not None:
            return report
        return dataclasses.replace(report, finished=now_text(), seconds=time.perf_counter() - self._start)

    def _scan(self, engine: Engine, found: FoundJobs, journal: Journal, holder: Holder) -> None:
        """Read what is to be read, while the output folder is held."""
        settings = self._settings
        self._say_found(found, journal)
        # What a killed run has left; an executor would clear it up too, but there may be nothing for one to do.
        shutil.rmtree(work_folder(settings.output), ignore_errors=True)
        plan = plan_run(settings, engine, found, journal.entries)
        journal.learn(plan.learned)
        plan = self._take_along(plan, journal)
        self._say_plan(plan)
        self._set_aside(plan)
        done = {outcome.job.name: outcome for outcome in plan.outcomes}
        recorder = Recorder(journal, settings, engine)
        with interruptions() as stop:
            try:
                self._read(plan.todo, holder, stop, recorder, done)
                if settings.attachments == "read" and not stop.requested:
                    inside = self._plan_inside(done, engine, journal)
                    self._read(inside.todo, holder, stop, recorder, done)
            finally:
                self._note(done, plan, stop)
        check_still_held(settings.output, holder)

    def _read(
        self, jobs: Sequence[Job], holder: Holder, stop: Stop, recorder: Recorder, done: dict[str, Outcome]
    ) -> None:
        with closing(self._outcomes(jobs, holder, stop)) as outcomes:
            for outcome in outcomes:
                done[outcome.job.name] = recorder.record(outcome)

    def _plan_inside(self, done: dict[str, Outcome], engine: Engine, journal: Journal) -> Plan:
        """What is to be read of the files that documents carry; the others of them are noted as done."""
        jobs, passed_over = jobs_inside(done.values(), self._settings.output)
        for each in passed_over:
            self.log.detail(f"left out: {each.path}: {each.reason}", event="left out file", **each._asdict())
        found = self.report.found
        found = dataclasses.replace(found, jobs=(*found.jobs, *jobs), passed_over=(*found.passed_over, *passed_over))
        self.report = dataclasses.replace(self.report, found=found)
        plan = plan_run(self._settings, engine, FoundJobs(tuple(jobs)), journal.entries, clear=False)
        journal.learn(plan.learned)
        self._set_aside(plan)
        for outcome in plan.outcomes:
            say_outcome(self.log, outcome)
            done[outcome.job.name] = outcome
        return plan

    def _note(self, done: dict[str, Outcome], plan: Plan, stop: Stop) -> None:
        found = self.report.found
        self.report = dataclasses.replace(
            self.report,
            outcomes=(*(done[job.name] for job in found.jobs if job.name in done), *found.refused),
            gone=plan.gone,
            signal_number=stop.signal_number,
            left=len(found.jobs) - len(done),
        )

    def _outcomes(self, jobs: Sequence[Job], holder: Holder, stop: Stop) -> Generator[Outcome, None, None]:
        """Do the jobs, and give each outcome when it is known."""
        if not jobs:
            return
        executor = choose_executor(self._settings)
        worker_factory = partial(DocumentWorker, self._settings, self._load, holder)
        with (
            Progress(self.log, len(jobs)) as progress,
            closing(executor.run(worker_factory, jobs, stop)) as outcomes,
        ):
            for outcome in outcomes:
                yield outcome
                progress.add(outcome)

    def _take_along(self, plan: Plan, journal: Journal) -> Plan:
        """Have documents that were moved or copied take their results along; what is left of the plan."""
        replaced = {name for name, _ in plan.replaced}
        taken: dict[str, Outcome] = {}
        left: set[str] = set()  # names whose results have gone with their document
        for job, entry in plan.known:
            moved = entry.name in replaced or not os.path.lexists(entry.path)
            new = None if entry.name in left else take_along(self._settings, job, entry, moved=moved)
            if new is None:
                continue
            journal.learn([new])
            taken[job.name] = remembered(job, new, "skipped")
            if moved:
                journal.forget([entry.name])
                left.add(entry.name)
            message = f"moved: {job.name}: known as {entry.name}, whose results are taken along"
            self.log.note(message, event="moved", name=job.name, before=entry.name)
        return dataclasses.replace(
            plan,
            todo=tuple(job for job in plan.todo if job.name not in taken),
            outcomes=(*plan.outcomes, *taken.values()),
            gone=tuple(name for name in plan.gone if name not in left),
            newly_gone=tuple(name for name in plan.newly_gone if name not in left),
            replaced=tuple(each for each in plan.replaced if each[0] not in taken),
        )

    def _set_aside(self, plan: Plan) -> None:
        """Move results away whose document is another now."""
        for name, formats in plan.replaced:
            moved = set_aside(self._settings.output, name, formats)
            if moved:
                self.log.warn(
                    f"replaced: {name}: another document has this name now; the results of the earlier one are in "
                    f"{moved[0].parent}: {', '.join(path.name for path in moved)}",
                    event="replaced",
                    name=name,
                    moved=[str(path) for path in moved],
                )

    def _say_found(self, found: FoundJobs, journal: Journal) -> None:
        if journal.moved_aside is not None:
            self.log.warn(
                f"{self._settings.output / JOURNAL} was no journal of e2eocr, or damaged: it is now "
                f"{journal.moved_aside.name}, and a new one is made. Results in JSON that are there are recognized."
            )
        _say_found(self.log, found)

    def _say_plan(self, plan: Plan) -> None:
        for outcome in plan.outcomes:
            say_outcome(self.log, outcome)
        for name in plan.newly_gone:
            self.log.note(f"gone: {name}: no longer in the input; its results are kept", event="gone", name=name)

    def _say_summary(self, report: ScanReport) -> None:
        left_out = report.found.left_out
        if left_out:
            self.log.note(f"left out: {counts_text(left_out)}", event="left out", counts=left_out)
        self.log.note(summary_line(report), event="summary", counts=report.counts, pages=report.pages)

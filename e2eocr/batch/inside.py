"""Documents within documents: the files that a PDF carries, as jobs of their own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from e2eocr.batch.finding import PassedOver
from e2eocr.batch.jobs import Job, Outcome
from e2eocr.documents.kinds import is_readable_suffix


def jobs_inside(outcomes: Iterable[Outcome], output: Path) -> tuple[list[Job], list[PassedOver]]:
    """The files that documents carry: those that can be read as jobs, and the others with the reason.

    A file `inner.pdf` that `a.pdf` carries is called `a.pdf/inner.pdf`.
    """
    jobs, passed_over = [], []
    for outcome in outcomes:
        for member in outcome.attachments.splitlines():
            job, name = outcome.job, f"{outcome.job.name}/{member}"
            if is_readable_suffix(Path(member)):
                jobs.append(Job(job.path, name, output / name, job.stamp, member=member))
            else:
                passed_over.append(PassedOver(f"{job.path}/{member}", "unknown type"))
    return jobs, passed_over

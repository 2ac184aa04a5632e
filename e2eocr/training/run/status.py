"""How a run stands, for those who look from outside: `status.json`, and what it says in words."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from e2eocr.errors import UsageError
from e2eocr.files import replace_files
from e2eocr.training.run.curve import mean_figure
from e2eocr.training.run.folder import load_run_json, run_kind
from e2eocr.training.run.progress import TERMS, Progress, Terms

STATUS = "status.json"


def write_status(folder: Path, progress: Progress, terms: Terms, total: int, *, running: bool = True) -> None:
    """Write where a run stands."""
    since = progress.since
    status = {
        "process": os.getpid() if running else None,
        "samples": terms.samples,
        "seen": progress.seen,
        "total": total,
        "per_second": round(progress.seen / progress.seconds, 2) if progress.seconds else None,
        "loss": round(since.loss / since.samples, 4) if since.samples else None,
        "written": round(time.time()),
    }
    replace_files({folder / STATUS: json.dumps(status, indent=1).encode()})


def tell_status(folder: Path) -> list[str]:
    """How a run stands, a line a matter: where it is, how fast, what it measured last, when it will be done.

    Raises:
        UsageError: If the folder is none of a run.
    """
    status = load_run_json(folder / STATUS)
    state = "running" if _is_alive(status["process"]) else "not running"
    lines = [f"{folder}: {state}, {status['seen']:,} of {status['total']:,} {status['samples']}"]
    speed = status["per_second"]
    if speed:
        left = (status["total"] - status["seen"]) / speed
        lines.append(f"{speed:.1f} {status['samples']}/s, {tell_time(left)} left")
    rows = load_history(folder)
    if rows:
        lines.append(f"last measured: {_tell_row(rows[-1])}")
    return lines


def compare_runs(folders: Sequence[Path]) -> list[str]:
    """Runs beside each other, a line a measurement of each: samples, hours, loss, the mean figure of its sets.

    Raises:
        UsageError: If a folder is none of a run, or they count different things.
    """
    terms = common_terms(folders)
    width = max(len(folder.name) for folder in folders)
    lines = [f"{'run':{width}}  {terms.samples:>11}  hours  processor hours     loss  {terms.title:>7}"]
    for folder in folders:
        for row in load_history(folder):
            hours = f"{row['hours']:5.2f}  {row.get('processor_hours', math.nan):15.3f}"
            figures = f"{row['loss']:7.4f}  {mean_figure(row, terms):7.4f}"
            lines.append(f"{folder.name:{width}}  {row[terms.samples]:11,}  {hours}  {figures}")
    return lines


def common_terms(folders: Sequence[Path]) -> Terms:
    """What the samples and figures of runs are called.

    Raises:
        UsageError: If a folder is none of a run, or they train different kinds of models.
    """
    kinds = {run_kind(folder) for folder in folders}
    if len(kinds) > 1:
        raise UsageError(f"Runs of different kinds cannot be compared: {', '.join(sorted(kinds))}.")
    return TERMS[kinds.pop()]


def load_history(folder: Path) -> list[dict[str, Any]]:
    """The records of a run; none where it has not measured yet."""
    path = folder / "metrics.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def tell_time(seconds: float) -> str:
    """A span of time in hours and minutes."""
    minutes = max(0, round(seconds / 60))
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _tell_row(row: dict[str, Any]) -> str:
    tables = [each for name, each in row.items() if isinstance(each, dict) and name != "shares"]
    figures = [f"{name} {figure:.4f}" for table in tables for name, figure in table.items()]
    return ", ".join([f"loss {row['loss']:.4f}", *figures])


def _is_alive(process: int | None) -> bool:
    if process is None:
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True

"""One training after another until the time is over: drawn, trained, and kept as checkpoints to go on with."""

from __future__ import annotations

import json
import logging
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from e2eocr.training.kit.drawing import Drawing
from e2eocr.training.kit.plan import Due, Plan, recipe_of
from e2eocr.training.run.folder import DETECTOR
from e2eocr.training.run.progress import TERMS
from e2eocr.training.run.training import Training

log = logging.getLogger(__name__)

_TAKEN_HOME = ("recipe.json", "metrics.jsonl", "status.json", "curve.png")


def run_plan(plan: Plan, folder: Path, out: Path, *, deadline: float, report: Callable[[str], None] = log.info) -> None:
    """Train what is due, in its order, until the deadline.

    A training that an earlier time left unfinished goes on from its checkpoint, which may lie in `runs/NAME` of the
    list's folder: that is how a kit brings it along.

    Args:
        plan: What is due.
        folder: Of the list.
        out: Where runs go, a folder each; `drawn/` in it holds what was drawn.
        deadline: Seconds of `time.monotonic`; a step and a checkpoint come behind it.
        report: Is told of each measurement.

    Raises:
        DataError: If nothing can be drawn, or a loss is no number.
    """
    for due in plan.due:
        if time.monotonic() >= deadline:
            return
        run = out / due.name
        if (folder / "runs" / due.name).is_dir() and not run.exists():
            shutil.copytree(folder / "runs" / due.name, run)
        drawing = Drawing(plan, due, folder, out / "drawn" / due.name)
        try:
            _train(due, folder, run, drawing, deadline, report)
        finally:
            drawing.stop()


def _train(due: Due, folder: Path, run: Path, drawing: Drawing, deadline: float, report: Callable[[str], None]) -> None:
    """Train on what is drawn, and anew with more each time that more is there."""
    drawing.draw_first()
    pace, is_done = math.inf, False
    while not is_done and (began := time.monotonic()) < deadline:
        whole = recipe_of(due, folder, drawing.stores)
        training = _open(due, whole, run)
        before = training.progress.seen
        training.recipe = recipe = in_time(whole, TERMS[due.kind].samples, before, pace * (deadline - began))
        drawing.draw_more(then=training.stop)
        progress = training.run(deadline=deadline, report=report)
        pace = (progress.seen - before) / (time.monotonic() - began)
        is_done = progress.seen >= recipe.total
    report(f"{due.name}: {_tell(run)}")


def in_time(recipe: Any, total: str, seen: int, left: float) -> Any:
    """A recipe whose schedule, the field `total`, ends no later than the time, in which `left` samples are seen."""
    return recipe if seen + left >= recipe.total else replace(recipe, **{total: seen + max(1, int(left))})


def _open(due: Due, recipe: Any, run: Path) -> Training[Any, Any]:
    start = Path(due.start_from) if due.start_from else None
    if due.kind == DETECTOR:
        from e2eocr.training.detector.loop import DetectorTraining

        return DetectorTraining(recipe, run, start_from=start)
    from e2eocr.training.recognizer.loop import RecognizerTraining

    return RecognizerTraining(recipe, run, start_from=start)


def _tell(run: Path) -> str:
    status = json.loads((run / "status.json").read_text(encoding="utf-8"))
    return f"{status['seen']:,} of {status['total']:,} {status['samples']}, {status['per_second']} a second"


def take_home(out: Path, home: Path) -> list[Path]:
    """Copy what a run's next time and its export need, without what was drawn.

    Args:
        out: Where the runs are.
        home: Where the copies go: a folder for each run.

    Returns:
        The files, none of which lies more than two folders deep.
    """
    taken = []
    for run in sorted(path for path in out.iterdir() if (path / "recipe.json").is_file()):
        files = [run / name for name in _TAKEN_HOME] + sorted((run / "checkpoint").glob("*"))
        for file in files:
            if file.is_file():
                place = home / file.relative_to(out)
                place.parent.mkdir(parents=True, exist_ok=True)
                taken.append(Path(shutil.copy(file, place)))
    return taken

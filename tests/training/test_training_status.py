"""What is told of runs from outside."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from e2eocr.cli import cli, main
from e2eocr.training.run.progress import TERMS, Interval, Progress
from e2eocr.training.run.status import tell_time, write_status


def write_run(folder: Path, kind: str = "recognizer", **figures: Any) -> Path:
    """The folder of a run that has measured twice."""
    folder.mkdir()
    (folder / "recipe.json").write_text(json.dumps({"kind": kind}), encoding="utf-8")
    rows = [
        {"epoch": number, "lines": 1000 * number, "hours": 0.5 * number, "loss": 1.0 / number} | figures
        for number in (1, 2)
    ]
    rows[1]["processor_hours"] = 0.25
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return folder


def told(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["train", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_status_tells_where_a_run_is_and_when_it_ends(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", cer={"print": 0.021, "scans": 0.043})
    progress = Progress(seen=2500, seconds=100.0, since=Interval(samples=500, loss=100.0))
    write_status(run, progress, TERMS["recognizer"], 10_000)
    lines = told("status", str(run)).splitlines()
    assert lines == [
        f"{run}: running, 2,500 of 10,000 lines",
        "25.0 lines/s, 5 min left",
        "last measured: loss 0.5000, print 0.0210, scans 0.0430",
    ]
    assert json.loads((run / "status.json").read_text("utf-8"))["process"] == os.getpid()
    write_status(run, progress, TERMS["recognizer"], 10_000, running=False)
    assert "not running" in told("status", str(run))


def test_a_folder_that_is_no_run_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "status", str(tmp_path)]) == 2
    assert "Name the folder of a training run" in capsys.readouterr().err


def test_runs_are_compared_and_drawn(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, cer={"print": 0.02, "scans": 0.04}) for name in ("a", "longer")]
    picture = tmp_path / "both.png"
    lines = told("compare", *map(str, runs), "-o", str(picture)).splitlines()
    assert [line.split() for line in lines] == [
        ["run", "lines", "hours", "processor", "hours", "loss", "CER"],
        *(
            [run.name, f"{number},000", f"{number / 2:.2f}", hours, f"{1 / number:.4f}", "0.0300"]
            for run in runs
            for number, hours in ((1, "nan"), (2, "0.250"))
        ),
    ]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_runs_of_different_kinds_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [write_run(tmp_path / kind, kind) for kind in ("recognizer", "detector")]
    assert main(["train", "compare", *map(str, runs)]) == 2
    assert "detector, recognizer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"), [(20, "0 min"), (3540, "59 min"), (3600, "1 h 0 min"), (9000, "2 h 30 min")]
)
def test_time_is_told_in_hours_and_minutes(seconds: float, text: str) -> None:
    assert tell_time(seconds) == text

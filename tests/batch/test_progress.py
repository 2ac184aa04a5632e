"""What a run says on stderr: a bar, lines, or objects for programs."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from e2eocr.batch import progress
from e2eocr.batch.jobs import Job, JobStatus, Outcome
from e2eocr.batch.progress import Log, Progress, say_outcome


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def outcome_of(status: JobStatus, name: str = "a.png") -> Outcome:
    return Outcome(
        status, job=Job(Path(name), name, Path("out", name)), pages=3, message="is torn", error_class="PageError"
    )


def test_on_a_terminal_there_is_a_bar() -> None:
    stream = Terminal()
    with Progress(Log(stream=stream), 2) as shown:
        shown.add(outcome_of("ok"))
        shown.add(outcome_of("failed"))
    text = stream.getvalue()
    assert "e2eocr: failed: a.png: is torn\n" in text
    assert "2/2 documents" in text
    assert re.search(r"\[\d\d:\d\d<\d\d:\d\d, pages=6, pages/s=\d+\.\d, failed=1\]", text)


@pytest.mark.parametrize(("format", "quiet"), [("text", True), ("json", False)])
def test_no_bar_for_the_quiet_and_for_programs(format: str, quiet: bool) -> None:
    stream = Terminal()
    with Progress(Log(format, quiet=quiet, stream=stream), 2) as shown:
        shown.add(outcome_of("ok"))
    assert "documents" not in stream.getvalue()


def test_elsewhere_there_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    with Progress(Log(stream=stream), 3) as shown:
        shown.add(outcome_of("ok"))
        monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
        shown.add(outcome_of("ok"))
    line = r"e2eocr: 2 of 3 documents, 6 pages, [\d,]+\.\d pages/s, 0 failed, 0 s left\n"
    assert re.fullmatch(line, stream.getvalue())


def test_quiet_says_failures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    stream = io.StringIO()
    with Progress(Log(stream=stream, quiet=True), 2) as shown:
        shown.add(outcome_of("ok"))
        shown.add(outcome_of("partial"))
    assert stream.getvalue() == "e2eocr: partial: a.png: is torn\n"


def test_programs_are_told_of_every_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", 0.0)
    stream = io.StringIO()
    log = Log("json", stream=stream)
    with Progress(log, 3) as shown:
        shown.add(outcome_of("ok", "two\nlines.png"))
        shown.add(outcome_of("failed", "caf\udce9.png"))
    log.note("read 2 documents", event="summary", pages=6)
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [each["event"] for each in events] == ["document", "progress", "document", "progress", "summary"]
    assert [each["level"] for each in events] == ["info", "info", "warning", "info", "info"]
    first, counted, second = events[:3]
    assert (first["name"], first["status"], first["pages"], first["earlier"]) == ("two\nlines.png", "ok", 3, False)
    assert (counted["documents"], counted["total"], counted["pages"], counted["failed"]) == (1, 3, 3, 0)
    assert (second["name"], second["error_class"]) == ("caf\ufffd.png", "PageError")
    assert second["message"] == "failed: caf\ufffd.png: is torn"
    assert all(each["time"].endswith("Z") for each in events)


def test_what_was_known_before_is_no_news() -> None:
    stream = io.StringIO()
    skipped = Outcome("skipped", job=Job(Path("a.png"), "a.png", Path("out/a.png")), earlier=True)
    say_outcome(Log("json", stream=stream), skipped)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3569, "59 min"), (3600, "1 h 00 min"), (90_000, "25 h 00 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert progress._duration(seconds) == text

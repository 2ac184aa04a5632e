"""Who reads, and with how much of the machine."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.workers import executors, limits
from e2eocr.batch.workers.executors import SerialExecutor, choose_executor
from e2eocr.batch.workers.limits import Limits, available_cores
from e2eocr.batch.workers.process import ProcessExecutor
from e2eocr.errors import MissingDependencyError, UsageError
from e2eocr.settings import ReadSettings


@pytest.fixture
def settings(tmp_path: Path) -> ScanSettings:
    return ScanSettings((tmp_path / "in",), tmp_path / "out")


@pytest.mark.parametrize(
    ("cores", "change", "workers"),
    [
        (8, {}, 8),  # one for each core
        (8, {"read": ReadSettings(threads=3)}, 2),  # threads share the cores
        (1, {"read": ReadSettings(threads=3)}, 1),  # more threads than cores: still a process beside this one
        (2, {"workers": 5}, 5),  # what was asked for
        (8, {"workers": 1}, 1),  # a single worker: what brings it down costs one document
    ],
)
def test_workers_share_the_cores(
    settings: ScanSettings, monkeypatch: pytest.MonkeyPatch, cores: int, change: dict[str, Any], workers: int
) -> None:
    monkeypatch.setattr(executors, "available_cores", lambda: cores)
    executor = choose_executor(replace(settings, **change))
    assert isinstance(executor, ProcessExecutor)
    assert executor.workers == workers


def test_serial_is_serial(settings: ScanSettings) -> None:
    assert isinstance(choose_executor(replace(settings, executor="serial", workers=4)), SerialExecutor)


def test_ray_is_asked_for_where_it_is_missing(settings: ScanSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "e2eocr.batch.workers.ray", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'e2eocr\[ray\]'"):
        choose_executor(replace(settings, executor="ray"))


def test_limits_reach_the_workers(settings: ScanSettings) -> None:
    changed = replace(settings, page_timeout=1.0, document_timeout=2.0, memory_limit=3, recycle_pages=4)
    executor = choose_executor(changed)
    assert isinstance(executor, ProcessExecutor)
    assert executor.limits == Limits(page_timeout=1.0, document_timeout=2.0, memory=3, recycle_pages=4)


def test_memory_limit_is_refused_where_it_cannot_be_kept(
    settings: ScanSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "can_watch_memory", lambda: False)
    assert isinstance(choose_executor(settings), ProcessExecutor)
    with pytest.raises(UsageError, match="`--memory-limit` needs Linux"):
        choose_executor(replace(settings, memory_limit=500))


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", 64),  # no quota
        ("250000 100000", 2),  # two and a half cores of a container
        ("50000 100000", 1),  # half a core
        ("", 64),  # something else
        (None, 64),  # no such file
    ],
)
def test_cores_of_a_container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str | None, cores: int) -> None:
    path = tmp_path / "cpu.max"
    if quota is not None:
        path.write_text(f"{quota}\n")
    monkeypatch.setattr(limits, "_QUOTA", path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(64), raising=False)
    assert available_cores() == cores

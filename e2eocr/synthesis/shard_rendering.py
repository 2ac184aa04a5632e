"""Shards of drawn samples, rendered by several processes: what lines and pages have in common."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from e2eocr.errors import OutputError

Rendered = TypeVar("Rendered")


@dataclass(frozen=True, slots=True)
class ShardTask:
    """A shard to render.

    Attributes:
        folder: Where it goes.
        number: Its number.
        first: Number of its first sample.
        end: Number behind its last one.
    """

    folder: Path
    number: int
    first: int
    end: int


def check_without_shards(folder: Path) -> None:
    """Refuse a folder that holds shards.

    Raises:
        OutputError: If it does.
    """
    if any(folder.glob("shard-*")):
        raise OutputError(f"{folder} holds shards already. Name another folder, or empty this one.")


def render_shards(
    folder: Path,
    *,
    samples: int,
    per_shard: int,
    workers: int,
    unit: str,
    set_up: Callable[..., None],
    setup: tuple[Any, ...],
    render: Callable[[ShardTask], Rendered],
) -> list[Rendered]:
    """Render samples into a folder of shards.

    Args:
        folder: It must hold no shards yet.
        samples: How many.
        per_shard: How many a shard.
        workers: Processes; each holds one core.
        unit: What a sample is called: `line`, `page`.
        set_up: Prepares a process to render; a function of a module, as `render` is.
        setup: Its arguments.
        render: Renders one shard.

    Returns:
        What `render` gave for each shard, in no particular order.

    Raises:
        ValueError: If `samples` or `workers` is under 1.
        OutputError: If the folder holds shards.
    """
    if samples < 1 or workers < 1:
        raise ValueError(f"Invalid `{unit}s` or `workers`. Expected at least 1. Received: {samples}, {workers}")
    check_without_shards(folder)
    set_up(*setup)
    tasks = [
        ShardTask(folder, number, first, min(first + per_shard, samples))
        for number, first in enumerate(range(0, samples, per_shard))
    ]
    results = []
    with tqdm(total=samples, unit=unit, desc="rendering", disable=None) as progress:
        for task, result in _run(_Numbered(render), tasks, workers, set_up, setup):
            results.append(result)
            progress.update(task.end - task.first)
    return results


@dataclass(frozen=True, slots=True)
class _Numbered:
    """Says beside each result which task it is of; can be sent to another process."""

    render: Callable[[ShardTask], Any]

    def __call__(self, task: ShardTask) -> tuple[ShardTask, Any]:
        return task, self.render(task)


def _run(
    render: _Numbered,
    tasks: Sequence[ShardTask],
    workers: int,
    set_up: Callable[..., None],
    setup: tuple[Any, ...],
) -> Iterator[tuple[ShardTask, Any]]:
    if workers == 1:
        yield from map(render, tasks)
        return
    if "fork" in multiprocessing.get_all_start_methods():  # what this process has set up is shared
        pool = multiprocessing.get_context("fork").Pool(workers)
    else:
        pool = multiprocessing.get_context("spawn").Pool(workers, set_up, setup)
    with pool:
        yield from pool.imap_unordered(render, tasks)

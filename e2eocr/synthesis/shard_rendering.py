"""Shards of drawn samples, rendered by several processes: what lines and pages have in common."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from multiprocessing.pool import IMapIterator
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm

from e2eocr.errors import OutputError

_LOOK_EVERY = 0.5  # seconds between two looks at how far the workers are

Tick = Callable[[], Any]


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


@dataclass(frozen=True, slots=True)
class Sources:
    """What samples of all kinds are drawn from.

    Attributes:
        seed: The same seed gives the same samples, however many the workers.
        text: Folder of `<language>.txt[.xz]`; None makes text from word lists.
        faces_files: Lists of good faces; without one, every font that is found is taken.
        font_dirs: Folders of fonts besides the system's.
        languages: Codes; None is all of the alphabetic scripts.
        pictures: Folder of photographs without text, which pages show; None draws pictures.
    """

    seed: int = 0
    text: Path | None = None
    faces_files: tuple[Path, ...] = ()
    font_dirs: tuple[Path, ...] = ()
    languages: tuple[str, ...] | None = None
    pictures: Path | None = None

    def facts(self) -> dict[str, Any]:
        """What the manifest of a store says of them."""
        return {
            "languages": list(self.languages or []),
            "text": self.text is not None,
            "pictures": self.pictures is not None,
        }


ANY_SOURCES = Sources()


class Synthesis(Protocol):
    """One kind of sample to draw: a record that can be sent to another process."""

    @property
    def unit(self) -> str:
        """What a sample is called: `line`, `page`."""

    @property
    def per_shard(self) -> int:
        """How many samples a shard holds."""

    def prepare(self) -> ShardRenderer:
        """Load text and faces, once a process.

        Raises:
            DataError: If there is no text or no font to render.
        """


class ShardRenderer(Protocol):
    """Draws shards of one kind of sample."""

    def render_shard(self, task: ShardTask, tick: Tick) -> Any:
        """Write a shard; calls `tick` after each sample, and returns what is to be known of them all."""


def check_without_shards(folder: Path) -> None:
    """Refuse a folder that holds shards.

    Raises:
        OutputError: If it does.
    """
    if any(folder.glob("shard-*")):
        raise OutputError(f"{folder} holds shards already. Name another folder, or empty this one.")


def render_shards(synthesis: Synthesis, folder: Path, *, samples: int, workers: int) -> list[Any]:
    """Render samples into a folder of shards; on a terminal a bar tells how far it is and the time left.

    Args:
        synthesis: What to draw.
        folder: It must hold no shards yet.
        samples: How many.
        workers: Processes; each holds one core.

    Returns:
        What `render_shard` gave for each shard, in no particular order.

    Raises:
        ValueError: If `samples` or `workers` is under 1.
        OutputError: If the folder holds shards or cannot be written.
        DataError: If there is no text or no font to render.
    """
    unit = synthesis.unit
    if samples < 1 or workers < 1:
        raise ValueError(f"Invalid `{unit}s` or `workers`. Expected at least 1. Received: {samples}, {workers}")
    check_without_shards(folder)
    renderer = synthesis.prepare()
    tasks = [
        ShardTask(folder, number, first, min(first + synthesis.per_shard, samples))
        for number, first in enumerate(range(0, samples, synthesis.per_shard))
    ]
    with tqdm(total=samples, unit=unit, desc="rendering", disable=None) as bar:
        if workers == 1:
            return [renderer.render_shard(task, bar.update) for task in tasks]
        return list(_render_in_processes(synthesis, renderer, tasks, workers, bar))


_renderer: ShardRenderer | None = None  # of this process
_drawn: Any = None  # how many samples all workers have drawn; shared by them


def _set_up(prepare: Callable[[], ShardRenderer], drawn: Any) -> None:
    global _renderer, _drawn
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler of the parent's could keep a worker from being ended
    _renderer, _drawn = prepare(), drawn


def _tick() -> None:
    with _drawn.get_lock():
        _drawn.value += 1


def _render(task: ShardTask) -> Any:
    if _renderer is None:
        raise RuntimeError("A worker was started without its text and faces.")
    return _renderer.render_shard(task, _tick)


def _render_in_processes(
    synthesis: Synthesis, renderer: ShardRenderer, tasks: Sequence[ShardTask], workers: int, bar: tqdm
) -> Iterator[Any]:
    forks = "fork" in multiprocessing.get_all_start_methods()  # then what this process has loaded is shared
    context: BaseContext = multiprocessing.get_context("fork" if forks else "spawn")
    drawn = context.Value("q", 0)
    prepare: Callable[[], ShardRenderer] = (lambda: renderer) if forks else synthesis.prepare
    with context.Pool(workers, _set_up, (prepare, drawn)) as pool:
        results = pool.imap_unordered(_render, tasks)
        for _ in tasks:
            yield _next_result(results, lambda: bar.update(drawn.value - bar.n))
        pool.close()
        pool.join()  # workers that are ended while they wait for work may keep others waiting


def _next_result(results: IMapIterator[Any], look: Callable[[], Any]) -> Any:
    """The next result; `look` is called while it is waited for."""
    while True:
        try:
            return results.next(_LOOK_EVERY)
        except multiprocessing.TimeoutError:
            pass
        finally:
            look()

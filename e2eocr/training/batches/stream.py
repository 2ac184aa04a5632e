"""Samples -> batches, chunk by chunk, rendered here or by other processes: the same batches whoever renders them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import cv2
import numpy as np

from e2eocr.errors import DataError
from e2eocr.training.batches.mixture import Draw, Mixture

Sample = TypeVar("Sample")

_AT_A_TIME = 32  # samples that a process renders before it hands them over


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one training step sees.

    Attributes:
        inputs: Of the graph, in its order; the first axis of each counts the samples.
        truth: What the loss compares the graph's outputs with.
        filled: Share of the first input that is no padding.
    """

    inputs: tuple[np.ndarray, ...]
    truth: tuple[np.ndarray, ...]
    filled: float = 1.0

    def __len__(self) -> int:
        return len(self.inputs[0])


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in its batches: the chunk, and the batch in it that comes next."""

    chunk: int = 0
    batch: int = 0


class Inputs(Protocol[Sample]):
    """What a kind of model learns from; pickled for processes that render, so it must load neither Keras nor PyTorch.

    Attributes:
        mixture: Which samples, in what order.
        chunk_samples: How many are rendered, sorted and packed together.
    """

    mixture: Mixture
    chunk_samples: int

    def render(self, draw: Draw) -> Sample | None:
        """Make a sample, by its seed alone; None where its picture cannot be read."""
        ...

    def pack(self, samples: Sequence[Sample]) -> list[list[Sample]]:
        """Put the samples of a chunk together to batches, in any order."""
        ...

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Make the arrays of a batch."""
        ...


class BatchStream(Generic[Sample]):
    """The batches of a run from any place on.

    Attributes:
        unreadable: Samples so far that were left out because their picture could not be read.
    """

    def __init__(self, inputs: Inputs[Sample], *, seed: int, workers: int = 0) -> None:
        """Open a stream.

        Args:
            inputs: What makes samples and batches.
            seed: Of the order of the batches in a chunk.
            workers: Processes that render ahead; 0: this one renders, a chunk at a time.
        """
        self._inputs = inputs
        self._seed = seed
        self._pool = _start_pool(inputs, workers) if workers else None
        self.unreadable = 0

    def batches(self, start: Place) -> Iterator[tuple[Place, Batch]]:
        """The batches from a place on, without end, each with the place behind it.

        Raises:
            DataError: If no picture of a chunk can be read.
        """
        waiting = self._submit(start.chunk)
        chunk, first = start.chunk, start.batch
        while True:
            packed = self._pack(chunk, waiting)
            waiting = self._submit(chunk + 1)
            for number in range(first, len(packed)):
                last = number + 1 == len(packed)
                yield (Place(chunk + 1) if last else Place(chunk, number + 1)), self._inputs.collate(packed[number])
            chunk, first = chunk + 1, 0

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _submit(self, chunk: int) -> list[Future[list[Any]]]:
        if self._pool is None:
            return []
        draws = self._inputs.mixture.draw(chunk, self._inputs.chunk_samples)
        return [self._pool.submit(_render, draws[at : at + _AT_A_TIME]) for at in range(0, len(draws), _AT_A_TIME)]

    def _pack(self, chunk: int, waiting: Sequence[Future[list[Any]]]) -> list[list[Sample]]:
        """The samples of a chunk as batches, in a random order."""
        if self._pool is None:
            draws = self._inputs.mixture.draw(chunk, self._inputs.chunk_samples)
            rendered = [self._inputs.render(draw) for draw in draws]
        else:
            rendered = [sample for part in waiting for sample in part.result()]
        samples = [sample for sample in rendered if sample is not None]
        self.unreadable += len(rendered) - len(samples)
        if not samples:
            raise DataError(f"No picture of chunk {chunk} can be read. Write the sets of this recipe again.")
        packed = self._inputs.pack(samples)
        order = np.random.default_rng((self._seed, 3, chunk)).permutation(len(packed))
        return [packed[position] for position in order]


_rendering: Inputs[Any]  # of this process, where it is one that renders


def _start_pool(inputs: Inputs[Any], workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_adopt, initargs=(inputs,))


def _adopt(inputs: Inputs[Any]) -> None:
    global _rendering
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run ends its processes itself
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    cv2.setNumThreads(1)
    _rendering = inputs


def _end_with_the_run() -> None:
    """End this process when the run's is gone: one that was killed ends none of its own."""
    run = multiprocessing.parent_process()
    if run is not None:
        run.join()
        os._exit(1)


def _render(draws: Sequence[Draw]) -> list[Any]:
    return [_rendering.render(draw) for draw in draws]

"""Training steps by PyTorch, on the variables of a Keras graph of the PyTorch backend."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import torch

from e2eocr.training.batches.stream import Batch
from e2eocr.training.engine.base import Lesson, PhaseClock
from e2eocr.training.engine.machine import cores, fastest, process_clock, wall_clock
from e2eocr.training.engine.settings import BFLOAT16, FLOAT32, EngineSettings
from e2eocr.training.engine.torch_graph import run_graph
from e2eocr.training.engine.torch_optimizer import TorchOptimizer

log = logging.getLogger(__name__)


class TorchEngine:
    """Forward in bfloat16 where that is faster, backward, and AdamW or Muon in float32.

    The same weights, state and batch give the same step to the bit on one machine with the same number of threads.
    """

    def __init__(self, lesson: Lesson, settings: EngineSettings) -> None:
        """Begin with the weights of the graph as they are.

        Args:
            lesson: What to learn; its graph's backend is PyTorch.
            settings: How.
        """
        self.clock = PhaseClock()
        self._model = lesson.model
        self._loss = lesson.loss
        self._teacher = lesson.teacher
        self._settings = settings
        self._optimizer = TorchOptimizer(
            lesson.model, muon=settings.optimizer == "muon", weight_decay=settings.weight_decay
        )
        self._device = lesson.model.trainable_variables[0].value.device
        self._dtype = torch.bfloat16 if settings.precision == BFLOAT16 else torch.float32
        if settings.threads:
            torch.set_num_threads(settings.threads)

    def settle(self, batch: Batch, known: Mapping[str, Any]) -> dict[str, Any]:
        """Choose precision and threads where the recipe leaves them open; see `Engine`."""
        before = [variable.value.detach().clone() for variable in self._model.variables]
        try:
            chosen = {"precision": self._settle_precision(batch, known), "threads": self._settle_threads(batch, known)}
        finally:  # the moving averages of normalizations have moved
            with torch.no_grad():
                for variable, value in zip(self._model.variables, before, strict=True):
                    variable.value.copy_(value)
        log.info("precision %(precision)s, threads %(threads)d", chosen)
        return chosen

    def _settle_precision(self, batch: Batch, known: Mapping[str, Any]) -> str:
        names = {FLOAT32: torch.float32, BFLOAT16: torch.bfloat16}
        chosen = self._settings.precision
        if chosen not in names:
            chosen = str(known.get("precision", ""))
        if chosen not in names:

            def learn_in(name: str) -> Callable[[], None]:
                return partial(self._try, batch, dtype=names[name])

            clock = wall_clock if self._device.type == "cuda" else process_clock
            chosen, seconds = fastest({name: learn_in(name) for name in names}, clock)
            told = ", ".join(f"{name} {each:.2f} s" for name, each in seconds.items())
            log.info("precision %s: a step takes %s", chosen, told)
        self._dtype = names[chosen]
        return chosen

    def _settle_threads(self, batch: Batch, known: Mapping[str, Any]) -> int:
        chosen = self._settings.threads or int(known.get("threads", 0))
        if not chosen and self._device.type == "cpu":
            choices = sorted({1, max(1, cores() // 2), cores()}, reverse=True)

            def learn_on(threads: int) -> Callable[[], None]:
                return partial(self._try, batch, threads=threads)

            chosen, seconds = fastest({each: learn_on(each) for each in choices}, wall_clock)
            told = ", ".join(f"{each}: {one:.2f} s" for each, one in seconds.items())
            log.info("threads %d: a step takes %s", chosen, told)
        if chosen:
            torch.set_num_threads(chosen)
        return chosen or torch.get_num_threads()

    def _try(self, batch: Batch, *, dtype: torch.dtype | None = None, threads: int = 0) -> None:
        """A step without its last part: nothing is learned."""
        self._dtype = dtype or self._dtype
        if threads:
            torch.set_num_threads(threads)
        float(self._follow(batch))
        self._optimizer.clear()

    def step(self, batch: Batch, rate: float, number: int) -> torch.Tensor:
        """Learn from a batch; see `Engine`."""
        torch.manual_seed(self._settings.seed * 1_000_003 + number)
        loss = self._follow(batch)
        with self.clock.phase("optimizer"):
            self._optimizer.step(rate, self._dtype)
            self._optimizer.clear()
        return loss

    def _follow(self, batch: Batch) -> torch.Tensor:
        """The loss of a batch, with the gradients of all variables behind it."""
        with self.clock.phase("forward"):
            inputs, truth = self._take(batch.inputs), self._take(batch.truth)
            outputs = self._forward(self._model, inputs, training=True)
            loss = self._loss([*truth, *self._ask_teacher(inputs)], outputs)
        with self.clock.phase("backward"):
            loss.backward()
        return loss.detach()

    def _take(self, arrays: Sequence[np.ndarray]) -> list[torch.Tensor]:
        return [torch.from_numpy(array).to(self._device, non_blocking=True) for array in arrays]

    @torch.no_grad()
    def _ask_teacher(self, inputs: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        return [] if self._teacher is None else self._forward(self._teacher, inputs, training=False)

    def _forward(self, graph: keras.Model, inputs: Sequence[torch.Tensor], *, training: bool) -> list[torch.Tensor]:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            outputs = run_graph(graph, list(inputs), training=training)
        return list(keras.tree.flatten(outputs))

    @torch.no_grad()
    def predict(self, pixels: np.ndarray) -> list[np.ndarray]:
        """The graph's outputs, as it reads; float32."""
        outputs = self._forward(self._model, self._take([pixels]), training=False)
        return [each.float().cpu().numpy() for each in outputs]

    def state(self) -> dict[str, np.ndarray]:
        """The optimizer's state."""
        return self._optimizer.state()

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on where `state` was taken; see `Engine`."""
        self._optimizer.load_state(dict(state))

"""What an engine is told: checked when a recipe is read, so without Keras or PyTorch."""

from __future__ import annotations

from dataclasses import dataclass

FLOAT32, BFLOAT16, AUTO = "float32", "mixed_bfloat16", "auto"
ENGINES = (AUTO, "torch", "keras")
OPTIMIZERS = ("adamw", "muon")
PRECISIONS = (AUTO, FLOAT32, BFLOAT16)


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How an engine learns.

    Attributes:
        optimizer: `adamw` or `muon`.
        weight_decay: Times the learning rate, what a step takes from a weight.
        precision: `float32`, `mixed_bfloat16`, or `auto`: the faster one.
        threads: Threads of the processor; 0: as many as are fastest.
        seed: Of all that is drawn in a step.
    """

    optimizer: str = "adamw"
    weight_decay: float = 1e-2
    precision: str = AUTO
    threads: int = 0
    seed: int = 1

"""Which engine makes a run's steps, in what precision, fed by how many processes."""

from __future__ import annotations

import logging

import keras

from e2eocr.errors import DataError
from e2eocr.training.engine.base import Engine, Lesson
from e2eocr.training.engine.machine import cores, keep_memory
from e2eocr.training.engine.settings import AUTO, FLOAT32, EngineSettings
from e2eocr.training.recipes import TrainingRecipe

log = logging.getLogger(__name__)

_FEWEST = 1  # processes that render for a processor's training; one more than enough for two cores


def engine_name(recipe: TrainingRecipe) -> str:
    """`torch` or `keras`: what the recipe asks for, or what fits Keras' backend.

    Raises:
        DataError: If the recipe asks for PyTorch, and Keras' backend is another.
    """
    backend = keras.backend.backend()
    if recipe.engine == "torch" and backend != "torch":
        raise DataError(f'engine = "torch" needs --backend torch. Received: {backend}.')
    if recipe.engine != AUTO:
        return recipe.engine
    return "torch" if backend == "torch" else "keras"


def prepare_backend(recipe: TrainingRecipe) -> None:
    """Set what must be settled before a graph is built.

    Raises:
        DataError: As `engine_name`.
    """
    if engine_name(recipe) == "torch":
        keep_memory()
        keras.config.set_dtype_policy(FLOAT32)  # autocast chooses
        return
    # Keras' loop compiles a step for every shape: timing two policies would take minutes.
    precision = FLOAT32 if recipe.precision == AUTO else recipe.precision
    if recipe.precision == AUTO:
        log.info("precision %s: Keras' loop takes another only where the recipe says so", precision)
    keras.config.set_dtype_policy(precision)


def make_engine(lesson: Lesson, recipe: TrainingRecipe) -> Engine:
    """The engine of a run."""
    settings = EngineSettings(recipe.optimizer, recipe.weight_decay, recipe.precision, recipe.threads, recipe.seed)
    if engine_name(recipe) == "torch":
        from e2eocr.training.engine.torch_engine import TorchEngine

        return TorchEngine(lesson, settings)
    from e2eocr.training.engine.keras_engine import KerasEngine

    return KerasEngine(lesson, settings)


def data_workers(recipe: TrainingRecipe) -> int:
    """Processes that render: the recipe's, or all cores beside one where a GPU trains, else one beside others."""
    if recipe.data_workers >= 0:
        return recipe.data_workers
    if engine_name(recipe) == "torch":
        import torch

        if torch.cuda.is_available():
            return max(1, cores() - 1)
    return _FEWEST if cores() > 1 else 0

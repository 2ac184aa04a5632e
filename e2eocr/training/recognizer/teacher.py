"""Whom a recognizer's training asks beside the labels: a bundle that reads such lines already."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from e2eocr.errors import BundleError, DataError
from e2eocr.models.bundles import Bundle, find_bundle
from e2eocr.models.families import RecognizerConfig
from e2eocr.models.graphs import load_graph
from e2eocr.models.parts import load_charset, load_config, load_settings
from e2eocr.training.engine.choice import engine_name
from e2eocr.training.recognizer.recipe import Recipe
from recognizers.charset import Charset

if TYPE_CHECKING:
    import keras

log = logging.getLogger(__name__)


def open_teacher(recipe: Recipe, config: RecognizerConfig, charset: Charset) -> keras.Model:
    """The graph of a recipe's teacher, with its weights.

    Args:
        recipe: Of the one that is taught.
        config: Its architecture.
        charset: The characters of its classes.

    Raises:
        DataError: If the recipe's engine has no such lesson.
        BundleError: If there is no such bundle, it carries no weights, or it does not tell what can be learned here.
    """
    if engine_name(recipe) != "torch":
        raise DataError("A `teacher` needs the engine of PyTorch. Take --backend torch, or leave it out of the recipe.")
    bundle = find_bundle(recipe.teacher, "recognizer")
    _check_teacher(bundle, recipe, config, charset)
    log.info("taught by %s", bundle.identity)
    return load_graph(bundle)


def _check_teacher(bundle: Bundle, recipe: Recipe, config: RecognizerConfig, charset: Charset) -> None:
    """Refuse a teacher whose steps are not those of the one that is taught.

    Raises:
        BundleError: As `open_teacher`.
    """
    if bundle.family != recipe.family:
        raise BundleError(f"{bundle.path} cannot teach: the recipe is not of its family, {bundle.family!r}.")
    known = load_charset(bundle).characters
    if charset.characters[: len(known)] != known:
        raise BundleError(f"{bundle.path} cannot teach: its alphabet is not the beginning of the recipe's.")
    theirs, direction = load_config(bundle), getattr(load_settings(bundle), "direction", "ltr")
    one, other = (theirs.height, theirs.time_stride, direction), (config.height, config.time_stride, recipe.direction)
    if one != other:
        raise BundleError(
            f"{bundle.path} cannot teach: its height, pixels a step and direction are {one}, the recipe's {other}."
        )

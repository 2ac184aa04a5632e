"""What the commands share that make models: options, and the packages that they need."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from e2eocr.cli.options import FilePath, add_options
from e2eocr.errors import MissingDependencyError

BACKENDS = ("tensorflow", "torch", "jax")
_SLOW = (
    "PyTorch is not installed, and training is several times faster with it. On a processor: "
    "pip install torch --index-url https://download.pytorch.org/whl/cpu"
)

text_option = click.option(
    "--text", metavar="DIR", type=FilePath, help="Folder of <language>.txt[.xz]; without it, text from word lists."
)


def seed_option(things: str) -> Callable[[Any], Any]:
    """The number that chance starts from."""
    return click.option("--seed", metavar="N", type=int, default=1, help=f"The same seed gives the same {things}.")


def language_option(verb: str) -> Callable[[Any], Any]:
    """Languages of the text; None where none is named."""
    return click.option(
        "--language",
        "languages",
        metavar="CODE",
        multiple=True,
        callback=lambda _context, _parameter, given: given or None,
        help=f"{verb} this language; repeat it. Default: all.",
    )


# Their names, but for `workers`, are those of the fields of `Sources`, as that of `seed_option` is.
drawing_options = add_options(
    [
        click.option("--workers", metavar="N", type=click.IntRange(min=1), default=1, help="Processes that render."),
        text_option,
        click.option(
            "--faces",
            "faces_files",
            metavar="FILE",
            type=FilePath,
            multiple=True,
            help="faces.jsonl: the font faces to use; repeat it. Without it, all.",
        ),
        click.option(
            "--fonts",
            "font_dirs",
            metavar="DIR",
            type=FilePath,
            multiple=True,
            help="Folder of fonts besides the system's.",
        ),
        language_option("Render"),
    ]
)
shards_option = click.option(
    "-o", "--output", metavar="OUT", type=FilePath, required=True, help="Folder for the shards."
)


def run_options(*, recipe_required: bool = True) -> Callable[[Any], Any]:
    """What the commands share that train by a recipe."""
    return add_options(
        [
            click.argument("recipe", metavar="RECIPE", type=FilePath, required=recipe_required),
            click.option(
                "-o", "--output", metavar="RUN", type=FilePath, required=True, help="Folder of the run; gone on with."
            ),
            click.option(
                "--backend", type=click.Choice(BACKENDS), help="What runs Keras.  [default: torch, if installed]"
            ),
            click.option("--minutes", metavar="N", type=float, help="Stop after so long, with a checkpoint."),
            click.option(
                "--from",
                "start_from",
                metavar="DIR",
                type=FilePath,
                help="Bundle whose weights a new run begins with.",
            ),
        ]
    )


@contextmanager
def training_packages(need: str) -> Iterator[None]:
    """Turn the import of a package that is not installed into the line that installs it.

    Args:
        need: What needs it, with its verb: `Rendering needs`.
    """
    try:
        yield
    except ImportError as error:
        raise MissingDependencyError(f"{error.name} is not installed. {need}: pip install 'e2eocr[train]'") from error


def fastest_backend() -> str | None:
    """PyTorch, where it is installed and nobody has chosen another; else None, and Keras decides."""
    if "KERAS_BACKEND" in os.environ:
        return None
    if importlib.util.find_spec("torch") is not None:
        return "torch"
    click.echo(_SLOW, err=True)
    return None


def use_backend(backend: str | None) -> None:
    """Choose what runs Keras; that is settled when Keras is imported, so before anything that imports it."""
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with training_packages("Training and export need"):
        import keras  # noqa: F401

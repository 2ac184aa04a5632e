"""The command that makes a bundle, or a model for other programs, of a training run: `export`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from e2eocr.cli.options import FilePath, say
from e2eocr.cli.training_options import training_packages, use_backend
from e2eocr.errors import UsageError

_ALL = Path("all")


def _data_sets(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        f"--{name}",
        metavar="PATH",
        type=FilePath,
        multiple=True,
        help={
            "calibration": "Lines or pages that were not trained on, for int8 ranges and confidence; repeat it.",
            "dev": "Lines or pages to measure on; repeat it.",
        }[name],
    )


@click.command()
@click.argument("model", metavar="MODEL", type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, required=True, help="The folder to write.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("bundle", "onnx", "savedmodel", "litert")),
    default="bundle",
    show_default=True,
    help="What to make of the model.",
)
@click.option("--description", metavar="TEXT", default="", help="A line on what the model reads.")
@click.option("--trained-on", metavar="TEXT", multiple=True, help="A data set, with its licence; repeat it.")
@_data_sets("calibration")
@_data_sets("dev")
@click.option(
    "--width",
    metavar="N",
    type=click.IntRange(min=1),
    multiple=True,
    help="Make LiteRT models for lines of this width alone too, pixels; repeat it.",
)
def export(model: Path, output: Path, format_: str, width: tuple[int, ...], **facts: Any) -> None:
    """Make a bundle of a training run; or float ONNX, a SavedModel or LiteRT models of a run or bundle.

    MODEL is the folder of a run or bundle, or a bundle's name; `all` stands for all bundles that ship, each of which
    gets a folder of its name in OUT.
    """
    if width and format_ != "litert":
        raise UsageError("--width goes with --format litert: other models take pictures of any width.")
    if format_ == "bundle":
        _export_bundle(model, output, facts)
        return
    useless = [f"--{name.replace('_', '-')}" for name, value in facts.items() if value]
    if useless:
        raise UsageError(f"{', '.join(useless)}: goes with --format bundle alone. Leave it out.")
    use_backend("tensorflow")
    for chatty in ("tensorflow", "tf2onnx"):  # they tell of folders for their own use, and of each step
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if model == _ALL and not model.exists():
        _export_all(output, format_, width)
    else:
        _export_one(str(model), output, format_, width)


def _export_bundle(run: Path, output: Path, facts: dict[str, Any]) -> None:
    if not (run / "checkpoint").is_dir():
        raise UsageError(f"{run} holds no checkpoint. Name the folder of a training run.")
    missing = [f"--{name}" for name in ("calibration", "dev") if not facts[name]]
    if missing and not (run / "heritage.json").is_file():  # such a run has lines of its own
        raise UsageError(
            f"Missing option {' and '.join(missing)}: a bundle is calibrated and measured on lines or pages."
        )
    use_backend("tensorflow")

    from e2eocr.training.run.folder import run_family

    for kind, figures in run_family(run).load("exporter")(run, output, **facts).items():
        say(f"{kind:<6} {figures}")


def _export_all(output: Path, format_: str, widths: tuple[int, ...]) -> None:
    from e2eocr.models.bundles import list_bundles

    for info in list_bundles():
        if info.path is not None:
            _export_one(info.name, output / info.name, format_, widths if info.kind == "recognizer" else ())


def _export_one(model: str, output: Path, format_: str, widths: tuple[int, ...]) -> None:
    with training_packages("Training and export need"):
        from e2eocr.export.full_precision import export_float_onnx
        from e2eocr.export.litert import export_litert
        from e2eocr.export.tensorflow import export_savedmodel
        from e2eocr.export.trained import load_trained

    trained = load_trained(model)
    if format_ == "litert":
        sizes = export_litert(trained, output, widths)
    else:
        sizes = (export_float_onnx if format_ == "onnx" else export_savedmodel)(trained, output)
    for name, size in sizes.items():
        say(f"{size / 1e6:6.2f} MB  {output / name}")

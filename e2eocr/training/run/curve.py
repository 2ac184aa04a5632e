"""Curves of runs as PNG."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from e2eocr.training.run.progress import Terms

_LEAST = 1e-5  # what is drawn of smaller figures where the axis is logarithmic


_HOURS = "processor_hours"


def draw_curve(history: Sequence[Mapping[str, Any]], path: Path, terms: Terms) -> None:
    """Draw loss and figures of a run over the samples seen.

    Args:
        history: A record for each measurement.
        path: Where the picture goes.
        terms: What samples and figures are called.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    left = figure.subplots()
    samples = [row[terms.samples] for row in history]
    left.plot(samples, [row["loss"] for row in history], color="black", label=terms.loss_label)
    left.set(xlabel=f"{terms.samples} seen", ylabel="training loss", yscale="log")
    right = left.twinx()
    for name in sorted({name for row in history for name in row.get(terms.figures, {})}):
        measured = [row.get(terms.figures, {}).get(name, math.nan) for row in history]
        if terms.scale == "log":  # which has no place for a figure of 0, an error rate without errors
            measured = [max(value, _LEAST) for value in measured]
        right.plot(samples, measured, label=name, linewidth=1)
    right.set(ylabel=terms.figures_label, yscale=terms.scale)
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    _save(figure, path)


def draw_comparison(runs: Mapping[str, Sequence[Mapping[str, Any]]], path: Path, terms: Terms) -> None:
    """Draw the losses and figures of runs beside each other: over the samples seen, and over the processor's hours.

    Args:
        runs: The records of each run, by its name.
        path: Where the picture goes.
        terms: What samples and figures are called.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2, sharey="row", squeeze=False)
    for column, (key, label) in enumerate(((terms.samples, f"{terms.samples} seen"), (_HOURS, "processor hours"))):
        for name, history in runs.items():
            places = [row.get(key, row["hours"]) for row in history]  # runs of before counted the hours alone
            axes[0][column].plot(places, [row["loss"] for row in history], marker=".", label=name)
            axes[1][column].plot(places, [mean_figure(row, terms) for row in history], marker=".", label=name)
        axes[0][column].set(yscale="log")
        axes[1][column].set(xlabel=label, yscale=terms.scale)
    axes[0][0].set(ylabel="training loss")
    axes[1][0].set(ylabel=f"{terms.figures_label}, mean of all sets")
    axes[0][1].legend(fontsize="small")
    _save(figure, path)


def mean_figure(row: Mapping[str, Any], terms: Terms) -> float:
    """The mean of a record's figures over its sets; no number where it has none."""
    figures = row.get(terms.figures) or {"": math.nan}
    return float(sum(figures.values()) / len(figures))


def _save(figure: Any, path: Path) -> None:
    temporary = path.with_suffix(".part.png")
    figure.savefig(temporary, dpi=110)
    os.replace(temporary, path)

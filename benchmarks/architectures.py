"""Architectures of the line recognizer beside each other: each trained from scratch on the same lines, then timed.

    KERAS_BACKEND=torch python benchmarks/architectures.py train OUT --lines DIR --held-out DIR [--held-out DIR]...
                                                           [--count N] [--max-width N] [--only NAME]...
    KERAS_BACKEND=tensorflow python benchmarks/architectures.py table OUT

`train` gives each variant of VARIANTS the same number of lines of a store, in the same order and degraded alike, and
measures it on the held-out lines, of drawn ones on those that are no wider. A variant that is trained is not trained
again, one that was interrupted goes on. `table` times the float ONNX models
of all variants, 16 lines of 32 x 320 pixels on one thread, in turns, so that a busy machine is as slow for one as for
another, and prints what both have found.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from e2eocr.errors import OCRError
from e2eocr.training.recognizer.recipe import LineSet, Recipe

STRENGTH = 0.3  # of the degradation of drawn lines
STEPS = ((2, 2), (2, 1), (2, 1), (1, 1))
ROUNDS = 15
BATCH = 16


def _stages(filters: tuple[int, int, int, int], pools: tuple[tuple[int, int], ...] = STEPS) -> list[dict[str, Any]]:
    return [
        {"filters": each, "convolutions": count, "pool": list(pool)}
        for each, count, pool in zip(filters, (1, 2, 2, 1), pools, strict=True)
    ]


_MEASUREMENTS = 4  # of a run
_FILTERS = (48, 96, 128, 192)
LEAN = {"stem_filters": 24, "stages": _stages(_FILTERS)}
VARIANTS: dict[str, dict[str, Any]] = {
    "lean": LEAN,
    "MobileNetV2": {"backbone": "mobilenetv2"},
    "ResNet-18": {"backbone": "resnet18"},
    "time stride 8": {**LEAN, "stages": _stages(_FILTERS, ((2, 2), (2, 2), (2, 1), (1, 1)))},
    "time stride 2": {**LEAN, "stages": _stages(_FILTERS, ((2, 1), (2, 1), (2, 1), (1, 1)))},
    "narrower stages": {"stem_filters": 16, "stages": _stages((32, 64, 96, 128)), "features": 128},
    "wider stages": {"stem_filters": 32, "stages": _stages((64, 128, 192, 256)), "features": 256},
    "LSTM of 96": {**LEAN, "lstm_units": 96},
    "LSTM of 192": {**LEAN, "lstm_units": 192},
    "two LSTM layers": {**LEAN, "lstm_layers": 2},
    "not normalized": {**LEAN, "normalization": "none"},
    "normalized behind each convolution": {**LEAN, "normalization": "convolution"},
}


@dataclass(frozen=True, slots=True)
class Budget:
    """What each variant learns from, and for how long."""

    lines: Path
    held_out: tuple[Path, ...]
    count: int
    max_width: int


def train(out: Path, names: list[str], budget: Budget) -> None:
    """Train the named variants that are not trained yet, each into a folder of its own."""
    from e2eocr.training.recognizer.loop import RecognizerTraining

    for name in names:
        folder = out / _folder_name(name)
        if _last_row(folder).get("lines", 0) >= budget.count:
            continue
        recipe = Recipe(
            architecture=VARIANTS[name],
            train=(LineSet(str(budget.lines), max_width=budget.max_width, degrade=STRENGTH),),
            validation=tuple(_held_out(path, budget.max_width) for path in budget.held_out),
            lines=budget.count,
            epoch_lines=-(-budget.count // _MEASUREMENTS),
            batch_pixels=8192,
            optimizer="muon",
            learning_rate=2e-3,
            warmup_lines=budget.count // 20,
            average=0.99,
        )
        RecognizerTraining(recipe, folder).run(report=partial(print, name, flush=True))


def _held_out(path: Path, max_width: int) -> LineSet:
    """Drawn lines are degraded and no wider than those learned from, real ones taken as they are."""
    if any(path.glob("shard-*.jsonl")):
        return LineSet(str(path), max_width=max_width, degrade=STRENGTH)
    return LineSet(str(path), degrade=0.0)


def _last_row(run: Path) -> dict[str, Any]:
    """What a run measured last; nothing where it did not yet."""
    metrics = run / "metrics.jsonl"
    return json.loads(metrics.read_text("utf-8").splitlines()[-1]) if metrics.is_file() else {}


def _folder_name(name: str) -> str:
    return name.lower().replace(",", "").replace(" ", "-")


def table(out: Path, names: list[str]) -> str:
    """The figures of some variants as a table in Markdown; what is not trained has no error rates."""
    with tempfile.TemporaryDirectory() as folder:
        models = {name: _export(name, Path(folder)) for name in names}
        times = time_in_turns({name: path for name, (path, _) in models.items()})
        sizes = {name: path.stat().st_size / 1e6 for name, (path, _) in models.items()}
    rates = {name: _last_row(out / _folder_name(name)).get("cer", {}) for name in names}
    sets = sorted({each for rate in rates.values() for each in rate})
    rows = [["variant", "million weights", "MB", "ms a line", *(f"CER {each}" for each in sets)]]
    rows.append(["---"] * len(rows[0]))
    for name, (_, weights) in models.items():
        cells = [f"{rates[name][each]:.3f}" if each in rates[name] else "–" for each in sets]
        rows.append([name, f"{weights / 1e6:.2f}", f"{sizes[name]:.1f}", f"{times[name]:.2f}", *cells])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _export(name: str, folder: Path) -> tuple[Path, int]:
    """The ONNX model of a variant, and how many weights it has; what the weights are does not change its time."""
    from e2eocr.export.onnx_models import export_onnx
    from e2eocr.synthesis.text.alphabets import load_alphabet
    from recognizers.charset import Charset
    from recognizers.crnn import CRNNConfig, build_crnn

    classes = len(Charset(load_alphabet("ALPHABETIC")))
    model = build_crnn(CRNNConfig.from_dict({"classes": classes, **VARIANTS[name]}))
    path = folder / f"{_folder_name(name)}.onnx"
    export_onnx(model, path)
    return path, model.count_params()


def time_in_turns(models: dict[str, Path]) -> dict[str, float]:
    """Milliseconds a line of each model, the least of `ROUNDS` turns."""
    from e2eocr.models.backends import ONNXModel

    loaded = {name: ONNXModel(path, threads=1) for name, path in models.items()}
    pixels = np.random.default_rng(1).random((BATCH, 32, 320, 1), np.float32)
    least = dict.fromkeys(loaded, float("inf"))
    for _ in range(ROUNDS):
        for name, model in loaded.items():
            start = time.process_time()
            model(pixels)
            least[name] = min(least[name], 1000 * (time.process_time() - start) / BATCH)
    return least


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser("train")
    training.add_argument("out", type=Path)
    training.add_argument("--lines", type=Path, required=True, help="a store of `synth lines`")
    training.add_argument("--held-out", type=Path, action="append", required=True, help="lines to measure on")
    training.add_argument("--count", type=int, default=40_000, help="lines each variant sees  [default: 40000]")
    training.add_argument("--max-width", type=int, default=192, help="of lines to learn from  [default: 192]")
    told = commands.add_parser("table")
    told.add_argument("out", type=Path)
    for command in (training, told):
        command.add_argument("--only", action="append", choices=VARIANTS, help="this variant; repeat it")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    try:
        if options.command == "table":
            print(table(options.out, options.only or list(VARIANTS)))
        else:
            budget = Budget(options.lines, tuple(options.held_out), options.count, options.max_width)
            train(options.out, options.only or list(VARIANTS), budget)
    except OCRError as error:
        print(f"architectures: error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

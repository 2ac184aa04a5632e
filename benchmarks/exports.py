"""All exports of one recognizer on the same lines in one run: SavedModel, ONNX float and int8, LiteRT float and int8.

    python benchmarks/exports.py [BUNDLE] [--width 320] [--threads N] [--readers N] [--lines N] [--rounds N]
                                 [--labelled SET]... [--json FILE]

The models are made of the bundle's weights; int8 ONNX is the one that it ships, run as ONNX Runtime does by itself and,
in a row of its own, as `scan` runs it. All get the same batches of lines of 32 x WIDTH pixels, in turn, ROUNDS times
over, and the table gives medians: of lines a second, by the clock and by processor time, and of how many times as fast
as the SavedModel each was in the same round. The clock tells only on a machine that is idle otherwise. With --readers,
so many of each read at once and share the batches, as the workers of a scan do; --threads is what each of them may use.
With --labelled (a folder of shards, or a folder or .tar with a labels.tsv), each reads those lines of at most WIDTH
pixels too.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from e2eocr.export.recognizer import LabelledCrops
    from e2eocr.export.trained import TrainedModel
    from e2eocr.models.bundles import Bundle

BASE = "SavedModel"
AS_SCAN = "as scan has it"  # ONNX int8, thrifty with memory and threads
BATCH = 16


@dataclass
class Figures:
    """What was measured of one export; lines a second by the clock and by processor time, a value each round."""

    size: int
    by_clock: list[float] = field(default_factory=list)
    by_processor: list[float] = field(default_factory=list)
    error_rate: float | None = None


Model = Callable[[np.ndarray], np.ndarray]
Loader = Callable[[], Model]


@dataclass(frozen=True)
class Contender:
    """An export, loaded once a reader: `(B, height, W, 1)` float32 -> logits."""

    name: str
    readers: list[Model]
    size: int


def make_exports(
    bundle: Bundle, trained: TrainedModel, folder: Path, width: int, threads: int, readers: int
) -> list[Contender]:
    """Write all exports of a recognizer into a folder and load each for every reader."""
    from e2eocr.export.litert import export_litert
    from e2eocr.export.onnx_models import export_onnx
    from e2eocr.export.tensorflow import export_savedmodel
    from e2eocr.models.backends import LiteRTModel, ONNXModel, SavedModel

    saved, lite, floats = folder / "saved", folder / "lite", folder / "float.onnx"
    sizes = export_savedmodel(trained, saved) | export_litert(trained, lite, [width])
    export_onnx(trained.model, floats)

    def onnx(path: Path, *, thrifty: bool) -> Loader:
        return lambda: ONNXModel(path, threads=threads, thrifty=thrifty)

    def litert(path: Path) -> Loader:
        return lambda: LiteRTModel(path, threads=threads)

    def contender(name: str, load: Loader, size: int) -> Contender:
        return Contender(name, [load() for _ in range(readers)], size)

    contenders = [
        contender(BASE, lambda: SavedModel(saved), sizes["saved_model.pb"]),
        contender("ONNX float", onnx(floats, thrifty=False), floats.stat().st_size),
        contender("ONNX int8", onnx(bundle.model_path, thrifty=False), bundle.model_path.stat().st_size),
        contender(AS_SCAN, onnx(bundle.model_path, thrifty=True), bundle.model_path.stat().st_size),
    ]
    for weights in ("float", "int8"):
        path = lite / f"width-{width}-{weights}.tflite"
        contenders.append(contender(f"LiteRT {weights}", litert(path), path.stat().st_size))
    return contenders


def run_batches(contender: Contender, batches: np.ndarray, pool: ThreadPoolExecutor) -> None:
    """Let the readers of a contender share some batches, all at once."""

    def read(number: int) -> None:
        for batch in batches[number :: len(contender.readers)]:
            contender.readers[number](batch)

    list(pool.map(read, range(len(contender.readers))))


def time_exports(contenders: Sequence[Contender], width: int, lines: int, rounds: int) -> dict[str, Figures]:
    """Run all on the same lines, in turn, after one round that is not counted."""
    batches = np.random.default_rng(1).random((lines // BATCH, BATCH, 32, width, 1), np.float32) ** 4
    figures = {each.name: Figures(each.size) for each in contenders}
    with ThreadPoolExecutor(max(len(each.readers) for each in contenders)) as pool:
        for number in range(rounds + 1):
            for each in contenders:
                clock, processor = time.perf_counter(), time.process_time()
                run_batches(each, batches, pool)
                clock, processor = time.perf_counter() - clock, time.process_time() - processor
                if number:
                    figures[each.name].by_clock.append(lines / clock)
                    figures[each.name].by_processor.append(lines / processor)
    return figures


def measure_errors(contenders: Sequence[Contender], bundle: Bundle, sets: Sequence[LabelledCrops]) -> dict[str, float]:
    """Character error rate of each over all lines of some sets."""
    from e2eocr.models.parts import load_charset, load_settings
    from e2eocr.truth.metrics import ErrorCount, character_errors
    from recognizers.ctc.reader import CTCReader

    charset, settings = load_charset(bundle), load_settings(bundle)
    rates = {}
    for each in contenders:
        reader = CTCReader(each.name, each.readers[0], charset, settings)
        pairs = [pair for lines in sets for pair in zip(lines.texts, reader.read(lines.crops), strict=True)]
        rates[each.name] = sum((character_errors(text, got.text) for text, got in pairs), ErrorCount()).rate
    return rates


def load_sets(paths: Sequence[Path], bundle: Bundle, width: int) -> list[LabelledCrops]:
    """The lines of some sets that fit into a width."""
    from e2eocr.export.recognizer import LabelledCrops, load_lines
    from e2eocr.models.parts import load_charset
    from recognizers.crnn import CRNNConfig
    from recognizers.crops import scaled_width

    config, charset = CRNNConfig.from_dict(bundle.architecture), load_charset(bundle)
    sets = []
    for lines in (load_lines(path, charset, config) for path in paths):
        fits = [scaled_width(crop.shape[1], crop.shape[0], config.height) <= width for crop in lines.crops]
        kept = [pair for pair, fit in zip(zip(lines.crops, lines.texts, strict=True), fits, strict=True) if fit]
        sets.append(LabelledCrops(lines.name, tuple(crop for crop, _ in kept), tuple(text for _, text in kept)))
        print(f"{lines.name}: {len(kept)} of {len(lines.texts)} lines are at most {width} pixels wide")
    return sets


def print_table(figures: dict[str, Figures]) -> None:
    base = figures[BASE]
    print(f"{'':14} {'MB':>6} {'CER':>8} {'lines/s':>8} {'times':>6} {'lines/CPU s':>12} {'times':>6}")
    for name, each in figures.items():
        rate = "" if each.error_rate is None else f"{each.error_rate:.5f}"
        faster = median(mine / its for mine, its in zip(each.by_clock, base.by_clock, strict=True))
        thriftier = median(mine / its for mine, its in zip(each.by_processor, base.by_processor, strict=True))
        clock, processor = median(each.by_clock), median(each.by_processor)
        print(
            f"{name:14} {each.size / 1e6:6.2f} {rate:>8} {clock:8.0f} {faster:6.2f} {processor:12.0f} {thriftier:6.2f}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", default="alphabetic")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--readers", type=int, default=1, help="how many read at once")
    parser.add_argument("--lines", type=int, default=64, help=f"a round; a multiple of {BATCH}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--labelled", type=Path, action="append", default=[])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    import tensorflow

    threads = options.threads * options.readers  # one pool for all of TensorFlow's readers
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)

    from e2eocr.export.trained import load_trained
    from e2eocr.models.bundles import find_bundle

    bundle, trained = find_bundle(options.bundle, "recognizer"), load_trained(options.bundle)
    with tempfile.TemporaryDirectory() as name:
        contenders = make_exports(bundle, trained, Path(name), options.width, options.threads, options.readers)
        figures = time_exports(contenders, options.width, options.lines, options.rounds)
        if options.labelled:
            sets = load_sets(options.labelled, bundle, options.width)
            for each, rate in measure_errors(contenders, bundle, sets).items():
                figures[each].error_rate = rate
    print_table(figures)
    if options.json:
        options.json.write_text(json.dumps({name: vars(each) for name, each in figures.items()}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

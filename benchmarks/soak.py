"""Whether memory stays flat over thousands of documents: of the scan itself, and of its workers.

    python benchmarks/soak.py [--documents N] [--workers N]

Draws small pictures of a line of text, scans them with the models that are shipped, and looks at the memory of each
process meanwhile. Workers are not recycled, so that nothing hides what they keep. Compares the last fifth of the
documents with the second; needs Linux.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

SAMPLE_SECONDS = 0.5
ALLOWED_GROWTH = 0.015


@dataclass(frozen=True)
class Sample:
    """Memory in MiB when so many documents were done; `worker` is the mean of all workers."""

    documents: int
    parent: float
    worker: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        inputs, output = Path(name, "in"), Path(name, "out")
        draw_documents(inputs, options.documents)
        command = [sys.executable, "-m", "e2eocr", "scan", str(inputs), "-o", str(output), "-q", "--recycle-pages", "0"]
        environment = {**os.environ, "PYTHONPATH": os.getcwd()}
        start = time.perf_counter()
        with subprocess.Popen([*command, "--workers", str(options.workers)], env=environment) as process:
            samples = list(take_samples(process, output))
        seconds = time.perf_counter() - start
    print(f"exit code {process.returncode}; {options.documents} documents in {seconds:.0f} s")
    return 0 if report(samples, options.documents) and process.returncode == 0 else 1


def draw_documents(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        image = np.full((60, 420), 255, np.uint8)
        cv2.putText(image, f"Document {number}", (10, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"{number}.png"), image)


def take_samples(process: subprocess.Popen[bytes], output: Path) -> list[Sample]:
    """Look now and then until the scan is done."""
    samples = []
    while process.poll() is None:
        time.sleep(SAMPLE_SECONDS)
        done = sum(name.endswith(".txt") for name in os.listdir(output)) if output.exists() else 0
        workers = [resident(each) for each in children(process.pid) if b"spawn_main" in command_line(each)]
        if done and workers:
            samples.append(Sample(done, resident(process.pid), statistics.mean(workers)))
    return samples


def report(samples: list[Sample], documents: int) -> bool:
    """Print what grew; whether it is little enough."""
    fifth = documents // 5
    second = [sample for sample in samples if fifth <= sample.documents < 2 * fifth]
    last = [sample for sample in samples if sample.documents >= 4 * fifth]
    flat = True
    for kind in ("parent", "worker"):
        early, late = (statistics.mean(getattr(sample, kind) for sample in part) for part in (second, last))
        growth = late / early - 1
        flat &= growth <= ALLOWED_GROWTH
        print(f"{kind}: {early:.1f} MiB in the second fifth, {late:.1f} MiB in the last: {growth:+.1%}")
    return flat


def resident(process: int) -> float:
    """MiB that a process holds in memory; 0 if it is gone."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)
    except OSError:
        return 0.0


def children(process: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


def command_line(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())

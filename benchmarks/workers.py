"""How much faster several workers are than one, on the same documents.

    python benchmarks/workers.py [FOLDER] [--workers 1 2] [--copies N]

FOLDER holds documents, by default the samples; each is read N times over. Wall time tells only on a machine that is
idle otherwise; processor time tells what the workers cost each other on any.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from e2eocr.batch.finding import find_jobs
from e2eocr.writers import read_json

SAMPLES = Path(__file__).parents[1] / "samples"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--copies", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        inputs = copy_documents(options.folder, Path(name), options.copies)
        print(f"{'workers':>7} {'pages':>6} {'seconds':>8} {'pages/s':>8} {'CPU s':>8} {'CPU s/page':>11}")
        for workers in options.workers:
            print(measure(inputs, Path(name, f"out-{workers}"), workers))
    return 0


def copy_documents(folder: Path, target: Path, copies: int) -> Path:
    """Put so many copies of each document of a folder into a new one."""
    inputs = target / "in"
    for job in find_jobs([folder], target / "none").jobs:
        for copy in range(copies):
            path = inputs / str(copy) / job.name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(job.path, path)
    return inputs


def measure(inputs: Path, output: Path, workers: int) -> str:
    """Read all documents with so many workers; a row of the table."""
    command = [sys.executable, "-m", "e2eocr", "scan", str(inputs), "-o", str(output), "-q"]
    before, start = processor_seconds(), time.perf_counter()
    subprocess.run([*command, "--workers", str(workers)], check=True, env={**os.environ, "PYTHONPATH": os.getcwd()})
    seconds, busy = time.perf_counter() - start, processor_seconds() - before
    pages = sum(len(read_json(path.read_bytes()).pages) for path in output.rglob("*.json"))
    return f"{workers:7} {pages:6} {seconds:8.1f} {pages / seconds:8.2f} {busy:8.1f} {busy / pages:11.3f}"


def processor_seconds() -> float:
    """Processor time of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main())

"""Many requests at once: whether all are answered, each with its own text, and memory stays flat.

    python benchmarks/serving_load.py [--requests N] [--rounds N] [--workers N] [--max-waiting N]

Starts a server with the models that are shipped, and sends it, round after round, so many requests at the same moment.
Each has a picture with a number of its own; one in ten is broken, in one of several ways. A client that is told to come
again does so. Processor time and memory are those of the server with its workers; needs Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from soak import children, command_line, resident

BROKEN_EVERY = 10
ALLOWED_GROWTH = 0.05
BOUNDARY = "e2eocr"
LONGEST_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request, after how many refusals and seconds."""

    number: int
    status: int
    text: str
    refusals: int
    seconds: float


@dataclass(slots=True)
class Round:
    """Answers of a round; MiB of the server and of its largest worker after it; processor seconds of all in it."""

    answers: list[Answer] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    server: float = 0.0
    worker: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--max-waiting", type=int, default=64)
    options = parser.parse_args()
    with started(options.workers, options.max_waiting) as (process, url):
        rounds = [run_round(process, url, options.requests) for _ in range(options.rounds)]
    for number, each in enumerate(rounds, 1):
        print(describe(number, each))
    return 0 if all(is_right(each, options.requests) for each in rounds) and is_flat(rounds) else 1


@contextmanager
def started(workers: int, max_waiting: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server and its address."""
    command = [sys.executable, "-m", "e2eocr", "serve", "--port", "0", "--recycle-pages", "0"]
    command += ["--workers", str(workers), "--max-waiting", str(max_waiting), "--max-files", "1"]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"listening on (\S+)", process.stderr.readline())
        if not found:
            raise RuntimeError("The server does not listen.")
        await_models(process, found.group(1))
        yield process, found.group(1)
        process.terminate()


def await_models(process: subprocess.Popen[str], url: str) -> None:
    """Wait until a worker has its models."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=60):
                return
        except urllib.error.HTTPError as error:  # not ready yet
            error.close()
        time.sleep(0.2)
    raise RuntimeError("The server has ended.")


def run_round(process: subprocess.Popen[str], url: str, requests: int) -> Round:
    made = Round()
    pictures = [draw(number) for number in range(requests)]
    gate = threading.Barrier(requests + 1)

    def ask(number: int) -> None:
        gate.wait()
        made.answers.append(send(url, number, pictures[number]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(requests)]
    for thread in threads:
        thread.start()
    before = processor_seconds(process.pid)
    gate.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    made.seconds = time.perf_counter() - start
    made.processor = processor_seconds(process.pid) - before
    made.server = resident(process.pid)
    made.worker = max(map(resident, workers_of(process.pid)), default=0.0)
    return made


def draw(number: int) -> bytes:
    """A picture of a line with its number; of one in ten, what is left of it."""
    image = np.full((60, 420), 255, np.uint8)
    cv2.putText(image, f"Document {number}", (10, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 0, 2, cv2.LINE_AA)
    data = cv2.imencode(".png", image)[1].tobytes()
    broken = (data[:60], b"", b"no picture", b"%PDF-1.7\n" + data)
    return broken[number // BROKEN_EVERY % len(broken)] if is_broken(number) else data


def is_broken(number: int) -> bool:
    return number % BROKEN_EVERY == 0


def send(url: str, number: int, picture: bytes) -> Answer:
    """Send a picture, again and again while the server is busy."""
    start, refusals = time.perf_counter(), 0
    while True:
        status, text, retry_after = post(f"{url}/predict", picture)
        seconds = time.perf_counter() - start
        if status != 429 or seconds > LONGEST_SECONDS:
            return Answer(number, status, text, refusals, seconds)
        refusals += 1
        time.sleep(retry_after)


def post(url: str, picture: bytes) -> tuple[int, str, float]:
    """Status, text, and in how many seconds to come again."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'.encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    request = urllib.request.Request(url, head + picture + f"\r\n--{BOUNDARY}--\r\n".encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=LONGEST_SECONDS) as response:
            return response.status, json.load(response)["text"], 0.0
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]["message"], float(error.headers.get("Retry-After", 0))


def workers_of(process: int) -> list[int]:
    """The workers of a server, whichever of its threads has started them."""
    threads = [int(path.name) for path in Path(f"/proc/{process}/task").iterdir()]
    found = [child for thread in threads for child in children_of(process, thread)]
    return [child for child in found if b"spawn_main" in command_line(child)]


def children_of(process: int, thread: int) -> list[int]:
    if thread == process:
        return children(process)
    try:
        return [int(word) for word in Path(f"/proc/{process}/task/{thread}/children").read_text().split()]
    except OSError:
        return []


def processor_seconds(process: int) -> float:
    """What a server and its workers have used of processors."""
    return sum(map(_used, [process, *workers_of(process)]))


def _used(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_right(made: Round, requests: int) -> bool:
    """Whether every request has its own answer: its number, or that it is broken."""
    right = sum(
        answer.status == 422 if is_broken(answer.number) else answer.text == f"Document {answer.number}"
        for answer in made.answers
    )
    return right == requests == len({answer.number for answer in made.answers})


def is_flat(rounds: list[Round]) -> bool:
    """Whether neither the server nor a worker grows in the second half: a thread takes memory at its first use."""
    early, late = rounds[len(rounds) // 2], rounds[-1]
    return late.server <= (1 + ALLOWED_GROWTH) * early.server and late.worker <= (1 + ALLOWED_GROWTH) * early.worker


def describe(number: int, made: Round) -> str:
    """A row of a table in Markdown."""
    statuses = sorted({answer.status for answer in made.answers})
    counts = ", ".join(f"{sum(answer.status == status for answer in made.answers)} × {status}" for status in statuses)
    own = sum(answer.text == f"Document {answer.number}" for answer in made.answers)
    refusals = sum(answer.refusals for answer in made.answers)
    longest = max(answer.seconds for answer in made.answers)
    return (
        f"| {number} | {counts} | {own} | {refusals} | {made.processor:.1f} | {made.seconds:.1f} | {longest:.1f} "
        f"| {made.server:.0f} | {made.worker:.0f} |"
    )


if __name__ == "__main__":
    sys.exit(main())

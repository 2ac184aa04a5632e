"""Runs that are killed, at whatever moment, and run again: nothing wrong is left, and nothing is missing in the end."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles.batch import await_end, make_jobs

from e2eocr.batch.workers.pool import WORK_FOLDER

RUN = """
import sys
from functools import partial
from pathlib import Path
from doubles.batch import load_double
from e2eocr.batch.runner import scan
from e2eocr.batch.workers.worker import DocumentWorker
from e2eocr.batch.settings import ScanSettings

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    settings = ScanSettings((folder / "in",), folder / sys.argv[2], workers=2)
    sys.exit(scan(settings, load_double).exit_code)
"""
KILLS = 20


@contextmanager
def started(repository: Path, folder: Path, output: str = "out") -> Iterator[subprocess.Popen[bytes]]:
    """A run in a process of its own, with a folder of its own for temporary files."""
    (folder / "tmp").mkdir(exist_ok=True)
    path = os.pathsep.join([str(repository), str(repository / "tests")])
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(folder / "tmp")}
    script = folder / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(folder), output]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            yield process
        finally:
            process.kill()


def finish(repository: Path, folder: Path, output: str = "out") -> tuple[int, str]:
    """Exit code and messages of a run that nobody disturbs."""
    with started(repository, folder, output) as process:
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors.decode()


def results_under(folder: Path) -> dict[str, bytes]:
    """All that is not hidden, as the journal is."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(name): (folder / name).read_bytes() for name in names if not str(name).startswith(".")}


def await_text(path: Path) -> str:
    """The content of a file that another process is about to write."""
    for _ in range(3000):
        if path.exists() and (text := path.read_text()).endswith("\n"):
            return text
        time.sleep(0.01)
    raise TimeoutError(f"{path} was not written")


def test_workers_and_their_programs_end_with_their_parent(repository: Path, tmp_path: Path) -> None:
    make_jobs(tmp_path, {"a.png": "!program", "b.png": "!program"})
    with started(repository, tmp_path) as process:
        processes = [int(word) for name in "ab" for word in await_text(tmp_path / f"in/{name}.pid").split()]
        process.kill()
        process.wait()
    for each in processes:
        await_end(each)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert results_under(tmp_path / "out") == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_second_signal_ends_at_once(repository: Path, tmp_path: Path, number: signal.Signals) -> None:
    make_jobs(tmp_path, {"a.png": "!program", "b.png": "!program"})
    with started(repository, tmp_path) as process:
        processes = [int(word) for name in "ab" for word in await_text(tmp_path / f"in/{name}.pid").split()]
        # As a terminal or systemd does it: to all processes of the session that the run belongs to.
        os.killpg(process.pid, number)
        time.sleep(0.5)
        assert process.poll() is None
        os.killpg(process.pid, number)
        process.communicate(timeout=30)
    for each in processes:
        await_end(each)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.slow
def test_a_signal_is_no_loss(repository: Path, tmp_path: Path) -> None:
    make_jobs(tmp_path, {f"{number}.png": f"!nap\n!nap\npage 3 of {number}" for number in range(40)})
    assert finish(repository, tmp_path, "undisturbed")[0] == 0
    with started(repository, tmp_path) as process:
        await_result(tmp_path / "out")
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
    done = results_under(tmp_path / "out")
    assert 0 < len(done) < 80
    assert len(done) % 2 == 0  # of each document both formats, or none
    code, messages = finish(repository, tmp_path)
    assert code == 0
    assert f"{len(done) // 2} skipped" in messages
    assert results_under(tmp_path / "out") == results_under(tmp_path / "undisturbed")


def await_result(folder: Path) -> None:
    for _ in range(3000):
        if any(folder.glob("*.txt")):
            return
        time.sleep(0.01)
    raise TimeoutError("no document was read")


@pytest.mark.slow
def test_kill_at_any_moment_and_resume(repository: Path, tmp_path: Path) -> None:
    contents = {f"{number}.png": f"!nap\npage 2 of {number}" for number in range(30)}
    make_jobs(tmp_path, contents | {"large.png": "\n".join(["!nap"] * 30), "bad.png": "page 1\n!bad"})
    start = time.monotonic()
    assert finish(repository, tmp_path, "undisturbed")[0] == 1
    whole = time.monotonic() - start
    expected = results_under(tmp_path / "undisturbed")
    moments, kills, output = random.Random(5), 0, tmp_path / "out-0"
    while kills < KILLS:
        with started(repository, tmp_path, output.name) as process:
            try:
                process.wait(moments.uniform(0.3, 0.9) * whole)
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
        found = results_under(output)
        # What is there under its final name is whole, and all is there where the run came to its end.
        assert {name: expected[name] for name in found} == found
        if process.returncode >= 0:
            assert (process.returncode, found) == (1, expected)
            output = tmp_path / f"out-{kills}"
    assert finish(repository, tmp_path, output.name)[0] == 1
    assert results_under(output) == expected
    hidden = [path.name for path in output.rglob(".*")]
    assert [name for name in hidden if name.endswith(".tmp") or name == WORK_FOLDER] == []

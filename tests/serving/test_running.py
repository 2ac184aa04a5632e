"""A server as a process: it starts with a clear word or not at all, and ends as it is asked to."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from doubles import REPOSITORY

# A server whose workers read doubles: `python -c SERVER PORT OPTION=VALUE…`.
SERVER = """
import sys
from doubles.batch import load_double
from e2eocr.serving.running import serve
from e2eocr.serving.settings import ServeSettings
serve(ServeSettings(port=0, workers=1, grace=float(sys.argv[1])), load_double)
"""


@contextmanager
def started(temporary: Path, grace: float = 60.0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of doubles that listens, and its address."""
    paths = os.pathsep.join(map(str, (REPOSITORY, REPOSITORY / "tests")))
    environment = {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", SERVER, str(grace)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            found = re.search(r"listening on (http://\S+)", process.stderr.readline())
            assert found
            yield process, found.group(1)
        finally:
            process.kill()


def post(url: str, text: str) -> tuple[int, bytes]:
    disposition = 'Content-Disposition: form-data; name="image"; filename="a.png"'
    data = f"--X\r\n{disposition}\r\n\r\n{text}\r\n--X--\r\n".encode()
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/predict", data, headers), timeout=120) as response:
        return response.status, response.read()


def await_waiting(url: str) -> None:
    """Wait until a document is read."""
    for _ in range(1000):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=60) as response:
                if json.load(response)["waiting"]:
                    return
        except OSError:  # it is not ready yet
            pass
        time.sleep(0.05)
    raise TimeoutError


@pytest.mark.slow
def test_a_server_that_is_asked_to_end_answers_first_and_leaves_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as (process, url):
        with pytest.raises(urllib.error.HTTPError, match="422") as caught:
            post(url, "refuse")
        caught.value.close()
        assert process.stderr is not None
        assert re.fullmatch(r"e2eocr: failed: \S+/1/a\.png: is torn\. Scan it again\.\n", process.stderr.readline())
        answers: list[tuple[int, bytes]] = []
        asking = threading.Thread(target=lambda: answers.append(post(url, "!nap\n" * 50 + "the end")))
        asking.start()
        await_waiting(url)
        process.send_signal(signal.SIGTERM)
        asking.join()
        assert process.wait(60) == 0
        [(status, body)] = answers
        assert status == 200 and b"the end" in body
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("second", [True, False])
def test_it_does_not_wait_beyond_its_grace_or_a_second_signal(tmp_path: Path, second: bool) -> None:
    with started(tmp_path, grace=60.0 if second else 0.5) as (process, url):

        def ask() -> None:
            with pytest.raises(OSError):
                post(url, "!hang")

        asking = threading.Thread(target=ask)
        asking.start()
        await_waiting(url)
        process.send_signal(signal.SIGTERM)
        if second:
            time.sleep(1.0)
            process.send_signal(signal.SIGTERM)
        assert (process.wait(30) == 0) == (not second)
        asking.join()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_what_a_killed_server_leaves_goes_with_the_next(tmp_path: Path) -> None:
    with started(tmp_path) as (process, _):
        process.kill()
        process.wait()
    assert [path for path in tmp_path.iterdir() if path.name.startswith("e2eocr-serve-")]
    with started(tmp_path) as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert [path for path in tmp_path.iterdir() if path.name.startswith("e2eocr-serve-")] == []


def run(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    script = f"import sys\n{before}\nfrom e2eocr.cli import main\nsys.exit(main({['serve', *arguments]!r}))"
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_a_port_that_is_taken_ends_it_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--port", str(port))
    assert done.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use. Name another by `--port`" in done.stderr


def test_a_model_that_is_not_there_ends_it_at_once() -> None:
    done = run("--port", "0", "--recognizer", "nothing")
    assert done.returncode == 6 and "nothing" in done.stderr


@pytest.mark.parametrize("package", ["flask", "waitress", "prometheus_client"])
def test_a_package_that_is_not_installed_is_named(package: str) -> None:
    done = run("--port", "0", before=f"sys.modules[{package!r}] = None")
    assert done.returncode == 3
    assert f"Serving needs {package}: pip install 'e2eocr[serve]'" in done.stderr

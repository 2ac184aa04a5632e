"""The commands of docs/serving.md, as they are printed."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from doubles.chapters import load_chapter
from doubles.serving import run_server

from e2eocr.batch.workers.worker import load_reader
from e2eocr.serving.settings import DEFAULT_PORT
from e2eocr.writers import read_json


def commands() -> str:
    """All commands of the chapter that are for trying it, as a script."""
    blocks = re.findall(r"```console\n(.*?)```", load_chapter("serving.md", "Try it"), re.DOTALL)
    return "".join(blocks)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
def test_the_commands_do_what_the_chapter_says(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "samples").symlink_to(repository / "samples")
    with run_server(load_reader) as server:
        printed = f"http://127.0.0.1:{DEFAULT_PORT}"
        assert commands().count(printed) == commands().count("curl")
        script = "set -euo pipefail\n" + commands().replace(printed, server.url)
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "TOTALE" in json.loads(done.stdout.splitlines()[0])["text"]
    assert read_json((tmp_path / "receipt.json").read_bytes()).source.path == "receipt-it.jpg"
    assert '"status":"done"' in done.stdout and done.stdout.count("event: end") == 1
    assert zipfile.is_zipfile(io.BytesIO((tmp_path / "invoice.xlsx").read_bytes()))
    with zipfile.ZipFile(tmp_path / "results.zip") as archive:
        assert sorted(archive.namelist()) == [
            *("invoice-en.pdf.md", "invoice-en.pdf.txt", "minutes-de.pdf.md", "minutes-de.pdf.txt"),
        ]

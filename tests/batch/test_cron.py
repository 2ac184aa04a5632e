"""The crontab of the documentation works: its line is run as cron would run it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from doubles import REPOSITORY
from PIL import Image, ImageDraw

USAGE = REPOSITORY / "docs/usage.md"


def cron_command() -> str:
    """The command of the one line of the crontab, as cron gives it to the shell."""
    [block] = re.findall(r"```crontab\n(.*?)```", USAGE.read_text(encoding="utf-8"), re.DOTALL)
    [command] = re.findall(r"^15 2 \* \* \* (.+)$", block, re.MULTILINE)
    assert not re.search(r"(?<!\\)%", command), "cron takes a bare % for the end of the line"
    return command.replace("\\%", "%")


def make_program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def make_picture(path: Path) -> None:
    picture = Image.new("L", (600, 160), 255)
    ImageDraw.Draw(picture).text((30, 50), "A line of text", fill=0, font_size=40)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    os.utime(path, (1, 1))


@pytest.fixture
def server(tmp_path: Path, repository: Path) -> Path:
    """A machine with e2eocr and a mail program that keeps what it is given."""
    make_program(tmp_path / "bin/e2eocr", f'cd "{repository}" && exec "{sys.executable}" -m e2eocr "$@"')
    make_program(tmp_path / "bin/mail", f'printf "%s\\n" "$@" >"{tmp_path}/mail"; cat >>"{tmp_path}/mail"')
    (tmp_path / "ocr").mkdir()
    return tmp_path


def run_night(server: Path) -> None:
    command = cron_command().replace("/srv/", f"{server}/")
    environment = {**os.environ, "PATH": f"{server}/bin:/usr/bin:/bin", "LC_ALL": "C"}
    subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=server, check=True)


@pytest.mark.slow
def test_the_crontab_reads_what_is_new_and_mails_what_failed(server: Path) -> None:
    make_picture(server / "scans/a.png")
    run_night(server)
    assert "line" in (server / "text/a.png.txt").read_text()
    assert not (server / "mail").exists()
    (server / "scans/b.png").write_bytes(b"no picture")
    os.utime(server / "scans/b.png", (1, 1))
    run_night(server)
    mail = (server / "mail").read_text().splitlines()
    assert mail[:3] == ["-s", "e2eocr: exit code 1", "archive@example.org"]
    assert mail[3].startswith("e2eocr: failed: b.png: ")
    [report] = [json.loads(path.read_bytes()) for path in (server / "ocr").glob("*.json")]
    assert report["counts"] == {"ok": 0, "partial": 0, "failed": 1, "skipped": 1}

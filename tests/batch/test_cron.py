"""The crontab of the documentation works: its line is run as cron would run it."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from doubles import REPOSITORY
from doubles.batch import load_double
from PIL import Image, ImageDraw

from e2eocr.batch import runner
from e2eocr.cli import main
from e2eocr.errors import ExitCode

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


@pytest.fixture
def run_by_cron(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Runs the command of the crontab in this process, with the double for a reader; gives its exit code."""
    real = runner.scan
    monkeypatch.setattr(runner, "scan", lambda settings: real(replace(settings, executor="serial"), load_double))
    command = cron_command().partition(" 2>")[0].replace("/srv/", f"{tmp_path}/").replace("$(date +%a)", "night")
    return lambda: main(shlex.split(command)[1:])


def test_the_readme_has_the_line_in_short() -> None:
    [short] = re.findall(r"^15 2 \* \* \* (.+)$", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert cron_command().startswith(short)


def test_ten_nights(run_by_cron: Callable[[], int], tmp_path: Path) -> None:
    """The scan of the crontab over a folder in which people work by day: each file is followed."""
    scans, text, clock = tmp_path / "scans", tmp_path / "text", itertools.count(1)

    def put(name: str, content: str) -> Path:
        path = scans / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        os.utime(path, (next(clock), 0))  # long ago, but each time another one
        return path

    def night(*, ok: int = 0, failed: int = 0, skipped: int = 0) -> str:
        code = run_by_cron()
        told = (tmp_path / "ocr/night.json").read_text()
        report = json.loads(told)
        assert report["counts"] == {"ok": ok, "partial": 0, "failed": failed, "skipped": skipped}
        assert code == report["exit_code"] == (ExitCode.SOME_FAILED if failed else ExitCode.OK)
        return told

    # 1: two letters come in.
    first, second = put("0001.png", "first letter"), put("0002.png", "second letter")
    night(ok=2)
    # 2: nothing happens.
    night(skipped=2)
    # 3: one is filed away under its own name.
    (scans / "1911").mkdir()
    first = first.rename(scans / "1911/mother.png")
    night(skipped=2)
    # 4: its text is corrected by hand, and the scanner uses its number again.
    (text / "1911/mother.png.txt").write_text("first letter, to Mother\n")
    put("0001.png", "third letter")
    night(ok=1, skipped=2)
    # 5: the second is scanned anew, better.
    put("0002.png", "second letter, clearly")
    night(ok=1, skipped=2)
    assert (text / "e2eocr-aside/0002.png.1.txt").read_text() == "second letter\n"
    # 6: one comes in damaged.
    put("0003.png", "refuse")
    night(skipped=3, failed=1)
    # 7: it is told of again.
    night(skipped=3, failed=1)
    # 8: it is scanned again; a note of somebody's own lies where a result would go.
    put("0003.png", "fourth letter")
    (text / "0004.png.txt").write_text("to do: scan 0004")
    put("0004.png", "fifth letter")
    assert "to do" not in night(ok=1, skipped=3, failed=1)
    # 9: the note goes, and one letter is taken home.
    (text / "0004.png.txt").unlink()
    second.unlink()
    assert '"gone": [\n  "0002.png"\n ]' in night(ok=1, skipped=3)
    # 10: the filed one moves once more, with its correction.
    first.rename(scans / "1911/mother, 3 May.png")
    night(skipped=4)

    texts = {path.relative_to(text).as_posix(): path.read_text() for path in text.rglob("*.txt")}
    assert texts == {
        "0001.png.txt": "third letter\n",
        "0002.png.txt": "second letter, clearly\n",
        "0003.png.txt": "fourth letter\n",
        "0004.png.txt": "fifth letter\n",
        "1911/mother, 3 May.png.txt": "first letter, to Mother\n",
        "e2eocr-aside/0002.png.1.txt": "second letter\n",
    }
    sources = {json.loads(path.read_text())["source"]["path"] for path in text.glob("**/*.png.json")}
    assert sources == {"0001.png", "0002.png", "0003.png", "0004.png", "1911/mother, 3 May.png"}

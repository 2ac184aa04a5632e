"""Chapters of the documentation, whose commands and recipes are run as they are printed."""

from __future__ import annotations

import re
import shlex

from doubles import REPOSITORY
from e2eocr.cli import main

PROGRAM = ".venv/bin/e2eocr"


def load_chapter(page: str, heading: str) -> str:
    """What stands under a heading of the second rank in a page of `docs/`."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    match = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"docs/{page} has no chapter {heading!r}"
    return match.group(1)


def blocks_of(chapter: str, language: str) -> list[str]:
    """The blocks of a chapter in a language: `console`, `toml`."""
    return re.findall(rf"```{language}\n(.*?)```", chapter, re.DOTALL)


def block_of(chapter: str, language: str) -> str:
    """The one block of a chapter in a language."""
    [block] = blocks_of(chapter, language)
    return block


def commands_of(chapter: str) -> list[list[str]]:
    """The commands of a chapter, split as a shell does it."""
    return [shlex.split(line) for line in block_of(chapter, "console").splitlines()]


def run_command(command: list[str]) -> int:
    """Run a command of ours; its exit code."""
    assert command[0] == PROGRAM
    return main(command[1:])

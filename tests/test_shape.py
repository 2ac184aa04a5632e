"""The code stays short: modules, and functions on the whole."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

from doubles import REPOSITORY

MAX_MODULE_LINES = 350
MAX_MEDIAN, MAX_LONG = 8, 20  # lines of a function, and of those that only a tenth is longer than
FILES = [
    path
    for folder in ("e2eocr", "detectors", "recognizers", "benchmarks", "tools")
    for path in sorted((REPOSITORY / folder).rglob("*.py"))
]


def function_lengths(path: Path) -> list[int]:
    """Lines of each function without its head and docstring."""
    lengths = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lengths.append((node.end_lineno or 0) - body[0].lineno + 1 if body else 0)
    return lengths


def test_no_two_test_modules_have_one_name() -> None:
    """They are collected as modules without a package, so the second would end the whole run."""
    names = [path.name for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_no_module_is_long() -> None:
    long = {str(path.relative_to(REPOSITORY)): path.read_text(encoding="utf-8").count("\n") for path in FILES}
    assert {name: lines for name, lines in long.items() if lines > MAX_MODULE_LINES} == {}


def test_functions_are_short() -> None:
    lengths = sorted(length for path in FILES for length in function_lengths(path))
    assert len(lengths) > 1000
    assert statistics.median(lengths) <= MAX_MEDIAN
    assert lengths[int(0.9 * len(lengths))] <= MAX_LONG

"""The arrows: who may import whom, and what reading never loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("detectors", "recognizers", "e2eocr")
# What training and serving need, and reading must not.
HEAVY = {"tensorflow", "keras", "torch", "tf2onnx", "onnx", "flask", "ray", "matplotlib", "faker", "babel", "wordfreq"}
# Files whose very subject is one of these: they hold a Keras graph, or belong to training or serving.
HEAVY_ROOMS = ("e2eocr.training", "e2eocr.data", "e2eocr.export", "e2eocr.server", "e2eocr.batch.ray_executor")
GRAPH_FILES = (
    "recognizers.backbones",
    "recognizers.crnn",
    "recognizers.transformer",
    "recognizers.line_sorter",
    "detectors.dbnet",
)
# Rooms that know how documents are read but not how models are made or results served.
READING_ROOMS = (
    "e2eocr.backends",
    "e2eocr.batch",
    "e2eocr.bundles",
    "e2eocr.config",
    "e2eocr.documents",
    "e2eocr.errors",
    "e2eocr.lines",
    "e2eocr.pipeline",
    "e2eocr.preprocess",
    "e2eocr.reading_order",
    "e2eocr.results",
    "e2eocr.writers",
)


@dataclass(frozen=True)
class Import:
    """`importer` imports `imported`; `eager` if that happens when the importer itself is imported."""

    importer: str
    imported: str
    eager: bool

    def __str__(self) -> str:
        return f"{self.importer} imports {self.imported}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_in(name: str, *rooms: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def imports_of(path: Path) -> Iterator[Import]:
    """Every import statement of a file, wherever it stands, but for those that only type checkers see."""
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    def visit(node: ast.AST, eager: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, eager) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # What is named may be a module of its own: `from e2eocr import training`.
            yield from (Import(name, f"{base}.{alias.name}", eager) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (found for child in node.orelse for found in visit(child, eager))
        else:
            inside = eager and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from (found for child in ast.iter_child_nodes(node) for found in visit(child, inside))

    return visit(ast.parse(path.read_text(encoding="utf-8")), True)


FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
IMPORTS = [found for path in FILES for found in imports_of(path)]


def broken(found: Iterator[Import]) -> list[str]:
    return sorted(map(str, found))


def test_models_know_nothing_of_documents_and_of_each_other() -> None:
    others = {"detectors": ("recognizers", "e2eocr"), "recognizers": ("detectors", "e2eocr")}
    for package, forbidden in others.items():
        assert not broken(
            each for each in IMPORTS if is_in(each.importer, package) and is_in(each.imported, *forbidden)
        )


def test_nobody_imports_the_command_line() -> None:
    wrong = (each for each in IMPORTS if is_in(each.imported, "e2eocr.cli") and each.importer != "e2eocr.__main__")
    assert not broken(wrong)


@pytest.mark.parametrize("room", ["e2eocr.results", "e2eocr.errors"])
def test_plain_data_knows_nobody(room: str) -> None:
    assert not broken(each for each in IMPORTS if each.importer == room and is_in(each.imported, *PACKAGES))


def test_writers_know_results_only() -> None:
    """But for the one that opens the document again, for those who show its pages."""
    known = ("e2eocr.results", "e2eocr.errors", "e2eocr.writers")
    wrong = (
        each
        for each in IMPORTS
        if is_in(each.importer, "e2eocr.writers")
        and is_in(each.imported, *PACKAGES)
        and not is_in(each.imported, *known)
        and not (each.importer == "e2eocr.writers.source" and is_in(each.imported, "e2eocr.documents"))
    )
    assert not broken(wrong)


def test_heavy_packages_are_loaded_by_their_own_rooms_only() -> None:
    wrong = (
        each
        for each in IMPORTS
        if each.eager
        and each.imported.partition(".")[0] in HEAVY
        and not is_in(each.importer, *HEAVY_ROOMS, *GRAPH_FILES)
    )
    assert not broken(wrong)


def test_files_with_a_graph_are_imported_inside_functions_only() -> None:
    wrong = (
        each
        for each in IMPORTS
        if each.eager and is_in(each.imported, *GRAPH_FILES) and not is_in(each.importer, *HEAVY_ROOMS, *GRAPH_FILES)
    )
    assert not broken(wrong)


def test_reading_knows_no_training_and_no_serving() -> None:
    beyond = ("e2eocr.training", "e2eocr.data", "e2eocr.export", "e2eocr.server", "e2eocr.evaluate")
    wrong = (each for each in IMPORTS if is_in(each.importer, *READING_ROOMS) and is_in(each.imported, *beyond))
    assert not broken(wrong)


def test_rooms_under_reading_do_not_look_up() -> None:
    """Stages do not know the pipeline, and the pipeline does not know the batch."""
    above = {
        "e2eocr.batch": ("e2eocr.cli",),
        "e2eocr.pipeline": ("e2eocr.batch",),
        **{
            room: ("e2eocr.batch", "e2eocr.pipeline")
            for room in READING_ROOMS
            if room not in ("e2eocr.batch", "e2eocr.pipeline")
        },
    }
    wrong = (
        each
        for each in IMPORTS
        for room, forbidden in above.items()
        if is_in(each.importer, room) and is_in(each.imported, *forbidden)
    )
    assert not broken(wrong)


def test_every_room_of_these_lists_that_is_there_has_files() -> None:
    """A room that is renamed must be renamed here too."""
    names = {module_name(path) for path in FILES}
    assert [room for room in READING_ROOMS if room not in names] == []


READ_A_PAGE = """
import sys
import numpy as np
from PIL import Image, ImageDraw
import e2eocr.batch.runner, e2eocr.cli
from e2eocr.bundles import load_detector
from e2eocr.config import ReadSettings
from e2eocr.pipeline import Pipeline
from e2eocr.writers import FORMATS, write_document
from recognizers.base import LineText

class Recognizer:
    name = "double"
    def read(self, crops):
        return [LineText("text", 0.9) for _ in crops]

page = Image.new("L", (600, 200), 255)
ImageDraw.Draw(page).text((30, 60), "A line of text", fill=0, font_size=40)
page.save(sys.argv[1])
settings = ReadSettings()
document = Pipeline(load_detector("projection", threads=1), Recognizer(), settings).read(sys.argv[1])
assert document.pages[0].lines, "nothing was found"
for name in FORMATS:
    write_document(document, name, sys.argv[1])
print(*sys.modules)
"""


def test_reading_a_page_loads_nothing_of_training_or_serving(tmp_path: Path) -> None:
    command = [sys.executable, "-c", READ_A_PAGE, str(tmp_path / "page.png")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert [name for name in loaded if name.partition(".")[0] in HEAVY or is_in(name, *HEAVY_ROOMS)] == []


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    script = "import sys, e2eocr; print(*[name for name in sys.modules if name.startswith('e2eocr.')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_is_there() -> None:
    import e2eocr

    assert set(e2eocr._HOMES) | {"__version__"} == set(e2eocr.__all__)
    for name in e2eocr.__all__:
        assert getattr(e2eocr, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        e2eocr.nothing  # noqa: B018

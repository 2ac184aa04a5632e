"""The arrows: who may import whom, and what reading never loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from doubles import REPOSITORY

PACKAGES = ("detectors", "recognizers", "e2eocr")
# What training and serving need, and reading must not.
HEAVY = {
    "tensorflow",
    "tensorflow_serving",
    "keras",
    "torch",
    "tf2onnx",
    "onnx",
    "flask",
    "waitress",
    "prometheus_client",
    "ray",
    "matplotlib",
    "faker",
    "babel",
    "wordfreq",
}
# Files whose very subject is one of these: they hold a Keras graph, or belong to training or serving.
HEAVY_ROOMS = ("e2eocr.training", "e2eocr.synthesis", "e2eocr.export", "e2eocr.serving.web", "e2eocr.batch.workers.ray")
GRAPH_FILES = (
    "recognizers.backbones",
    "recognizers.crnn",
    "recognizers.sorter.graph",
    "recognizers.vit_decoder.graph",
    "recognizers.vit_decoder.layers",
    "detectors.dbnet.graph",
)
# The floors of the house, the lowest first: what stands on one may import from those below it and from its own room.
FLOORS = (
    ("errors", "results", "settings", "files"),
    ("documents", "models"),
    ("page",),
    ("pipeline", "writers"),
    ("batch", "truth", "ocrmypdf"),
    ("synthesis",),
    ("training",),
    ("export",),
    ("serving",),
    ("cli",),
    ("__main__",),
)
GROUND = FLOORS[0]


@dataclass(frozen=True)
class Import:
    """`importer` imports `imported`; `eager` if that happens when the importer itself is imported."""

    importer: str
    imported: str
    eager: bool

    def __str__(self) -> str:
        return f"{self.importer} imports {self.imported}"


def module_name(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
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


FILES = sorted(path for package in PACKAGES for path in (REPOSITORY / package).rglob("*.py"))
IMPORTS = [found for path in FILES for found in imports_of(path)]
MODULES = {module_name(path) for path in FILES}


def broken(found: Iterator[Import]) -> list[str]:
    return sorted(map(str, found))


def test_models_know_nothing_of_documents_and_of_each_other() -> None:
    others = {"detectors": ("recognizers", "e2eocr"), "recognizers": ("detectors", "e2eocr")}
    for package, forbidden in others.items():
        assert not broken(
            each for each in IMPORTS if is_in(each.importer, package) and is_in(each.imported, *forbidden)
        )


def room_of(module: str) -> str:
    """The room, or the module of the top level, that a module of `e2eocr` belongs to; `""` is the package itself."""
    return module.split(".")[1] if module.count(".") else ""


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def inner_arrows() -> list[Import]:
    """Arrows between modules of `e2eocr`; the package itself, which holds names only, is left out."""
    arrows = []
    for each in IMPORTS:
        imported = each.imported if each.imported in MODULES else each.imported.rpartition(".")[0]
        known = imported in MODULES and is_in(each.importer, "e2eocr") and is_in(imported, "e2eocr")
        if known and room_of(each.importer) and room_of(imported):
            arrows.append(Import(each.importer, imported, each.eager))
    return arrows


def test_every_module_belongs_to_a_room_that_is_known() -> None:
    rooms = {room_of(module_name(path)) for path in FILES if path.is_relative_to(REPOSITORY / "e2eocr")} - {""}
    known = {room for rooms in FLOORS for room in rooms}
    assert rooms - known == set(), "a room or module that no floor knows: name it in FLOORS"


def test_the_top_level_is_short() -> None:
    modules = [path.stem for path in (REPOSITORY / "e2eocr").glob("*.py") if path.stem not in ("__init__", "__main__")]
    assert len(modules) <= 7, modules


def test_arrows_point_down() -> None:
    wrong = (
        each
        for each in inner_arrows()
        if room_of(each.importer) != room_of(each.imported)
        and floor_of(room_of(each.importer)) <= floor_of(room_of(each.imported))
        and not {room_of(each.importer), room_of(each.imported)} <= set(GROUND)
    )
    assert not broken(wrong)


def test_no_modules_import_each_other_in_a_circle() -> None:
    arrows: dict[str, set[str]] = {}
    for each in IMPORTS:
        for name in (each.imported, each.imported.rpartition(".")[0]):
            if name in MODULES:
                arrows.setdefault(each.importer, set()).add(name)
                break
    assert circle_of(arrows) == []


def circle_of(arrows: dict[str, set[str]]) -> list[str]:
    """The modules of a circle, in order; empty where there is none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for following in sorted(arrows.get(name, ())):
            if found := walk(following, [*path, name]):
                return found
        done.add(name)
        return []

    for name in sorted(arrows):
        if found := walk(name, []):
            return found
    return []


def test_a_circle_is_seen() -> None:
    assert circle_of({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c"]
    assert circle_of({"a": {"b", "c"}, "b": {"c"}}) == []


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


READ_A_PAGE = """
import sys
import numpy as np
from PIL import Image, ImageDraw
import e2eocr.batch.runner, e2eocr.cli
from e2eocr.models.loading import load_detector
from e2eocr.settings import ReadSettings
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
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = done.stdout.split()
    assert [name for name in loaded if name.partition(".")[0] in HEAVY or is_in(name, *HEAVY_ROOMS)] == []


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    script = "import sys, e2eocr; print(*[name for name in sys.modules if name.startswith('e2eocr.')])"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_is_there() -> None:
    import e2eocr

    assert set(e2eocr._HOMES) | {"__version__"} == set(e2eocr.__all__)
    for name in e2eocr.__all__:
        assert getattr(e2eocr, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        e2eocr.nothing  # noqa: B018

"""The wheel holds what reading needs, and the files around the code agree with each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import e2eocr

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGES = ("detectors", "e2eocr", "recognizers")
TRAINING_ONLY = ("tensorflow", "keras", "torch", "onnx", "tf2onnx", "flask", "ray", "matplotlib")


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel_names(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all files in the wheel, as hatchling builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        return set(wheel.namelist())


def package_files(repository: Path) -> set[str]:
    """Every file of the packages that is not a by-product of running them."""
    files = (path for package in PACKAGES for path in (repository / package).rglob("*") if path.is_file())
    return {path.relative_to(repository).as_posix() for path in files if "__pycache__" not in path.parts}


def dependency_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", requirement, maxsplit=1)[0] for requirement in requirements}


def makefile_targets(repository: Path) -> set[str]:
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))


def test_the_wheel_carries_every_file_of_the_packages(repository: Path, wheel_names: set[str]) -> None:
    assert package_files(repository) <= wheel_names


def test_the_wheel_carries_nothing_but_the_packages(wheel_names: set[str]) -> None:
    top_level = {name.split("/")[0] for name in wheel_names}
    assert top_level == {*PACKAGES, f"e2eocr-{e2eocr.__version__}.dist-info"}


def test_the_wheel_carries_the_licence(wheel_names: set[str]) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in wheel_names)


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(repository: Path, package: str) -> None:
    assert (repository / package / "py.typed").is_file()


@pytest.mark.parametrize(
    ("bundle", "files"),
    [
        ("alphabetic", {"bundle.json", "charset.txt", "metrics.json", "model.onnx", "prior.npz"}),
        ("han", {"bundle.json", "charset.txt", "metrics.json", "model.onnx"}),
        ("sorter", {"bundle.json", "metrics.json", "model.onnx"}),
    ],
)
def test_the_bundles_are_whole(wheel_names: set[str], bundle: str, files: set[str]) -> None:
    home = f"recognizers/bundles/{bundle}/"
    assert files <= {name.removeprefix(home) for name in wheel_names if name.startswith(home)}


def test_the_version_is_said_once(project: dict[str, Any]) -> None:
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "e2eocr/__init__.py"


def test_the_changelog_opens_with_this_version(repository: Path) -> None:
    changelog = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[([^\]]+)\]", changelog, flags=re.MULTILINE)
    assert e2eocr.__version__ in versions[:2]  # an Unreleased section may stand before it


def test_the_installed_version_is_this_one() -> None:
    try:
        installed = version("e2eocr")
    except PackageNotFoundError:
        pytest.skip("runs from the source tree, without an install")
    assert installed == e2eocr.__version__


def test_reading_needs_no_training_package(project: dict[str, Any]) -> None:
    assert dependency_names(project["project"]["dependencies"]).isdisjoint(TRAINING_ONLY)


def test_no_extra_asks_for_torch(project: dict[str, Any]) -> None:
    """PyTorch is a backend the user may choose; a plain requirement would bring gigabytes of CUDA packages."""
    extras = project["project"]["optional-dependencies"].values()
    assert all("torch" not in dependency_names(requirements) for requirements in extras)


def test_the_console_script_is_the_command_line(project: dict[str, Any]) -> None:
    assert project["project"]["scripts"] == {"e2eocr": "e2eocr.cli:main"}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_in_the_documents_exists(repository: Path, document: str) -> None:
    text = (repository / document).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.MULTILINE))
    assert named
    assert named <= makefile_targets(repository)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_between_documents_lead_somewhere(repository: Path, document: str) -> None:
    path = repository / document
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_licence_is_apache(repository: Path) -> None:
    text = (repository / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text


def test_the_check_of_a_submission_can_be_run(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True, stdin=subprocess.DEVNULL)

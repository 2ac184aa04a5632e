"""`convert`: results of a scan in, more formats out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.writer_documents import make_document, make_page, save_picture

from e2eocr.cli import main
from e2eocr.errors import ExitCode
from e2eocr.files import digest_file
from e2eocr.results import Block
from e2eocr.writers import FORMATS, write_document


def save_result(path: Path, name: str, picture: Path | None = None) -> Path:
    """A JSON result as `scan` leaves it, of a picture where one is given."""
    document = make_document(make_page(300, 200, "word"), name=name)
    if picture is not None:
        document = replace(document, source=replace(document.source, sha256=digest_file(picture)[0]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_document(document, "json"))
    return path


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_beside_the_result(tmp_path: Path) -> None:
    result = save_result(tmp_path / "a.png.json", "a.png")
    assert main(["convert", str(result), "--format", "alto", "--format", "md"]) == ExitCode.OK
    assert names(tmp_path) == ["a.png.alto.xml", "a.png.json", "a.png.md"]
    assert (tmp_path / "a.png.md").read_text() == "word\n"


def test_parted_words_made_whole(tmp_path: Path) -> None:
    document = make_document(make_page(300, 200, "har-", "bour"))
    (tmp_path / "a.json").write_bytes(write_document(document, "json"))
    assert main(["convert", str(tmp_path / "a.json"), "--format", "txt", "--dehyphenate"]) == ExitCode.OK
    assert (tmp_path / "a.txt").read_text() == "harbour\n"


def test_page_furniture_left_out(tmp_path: Path) -> None:
    page = make_page(300, 200, "word", "Harbour Report")
    blocks = (Block("paragraph", page.lines[0].bbox, (0,)), Block("footer", page.lines[1].bbox, (1,)))
    (tmp_path / "a.json").write_bytes(write_document(make_document(replace(page, blocks=blocks)), "json"))
    assert main(["convert", str(tmp_path / "a.json"), "--format", "md", "--page-furniture", "leave-out"]) == ExitCode.OK
    assert (tmp_path / "a.md").read_text() == "word\n"


@pytest.mark.parametrize(
    ("output", "written"),
    [
        ("out", "out/a.png.tsv"),  # a folder that is not there yet
        ("there", "there/a.png.tsv"),  # one that is
        ("my.table", "my.table"),  # a file
    ],
)
def test_output(tmp_path: Path, output: str, written: str) -> None:
    (tmp_path / "there").mkdir()
    result = save_result(tmp_path / "in" / "a.png.json", "a.png")
    assert main(["convert", str(result), "--format", "tsv", "-o", str(tmp_path / output)]) == ExitCode.OK
    assert names(tmp_path) == sorted(["in/a.png.json", written])


def test_folders_of_results(tmp_path: Path) -> None:
    for name in ("a.png", "b/a.png"):
        save_result(tmp_path / "in" / f"{name}.json", name)
    assert main(["convert", str(tmp_path / "in"), "--format", "txt", "-o", str(tmp_path / "out")]) == ExitCode.OK
    assert names(tmp_path / "out") == ["a.png.txt", "b/a.png.txt"]


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if format.needs_source])
@pytest.mark.parametrize("by", ["file", "folder", "current folder"])
def test_formats_with_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str, by: str) -> None:
    (tmp_path / "scans" / "b").mkdir(parents=True)
    picture = save_picture(tmp_path / "scans" / "b" / "a.png", 300, 200)
    result = save_result(tmp_path / "out" / "a.png.json", "b/a.png", picture)
    monkeypatch.chdir(tmp_path / "scans")
    source = {"file": ["--source", str(picture)], "folder": ["--source", ".."], "current folder": []}[by]
    if by == "folder":
        monkeypatch.chdir(tmp_path / "scans" / "b")
    assert main(["convert", str(result), "--format", format, *source]) == ExitCode.OK
    assert names(tmp_path / "out") == sorted(["a.png.json", f"a.png.{FORMATS[format].suffix}"])


def test_one_that_fails_costs_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_text('{"format": "e2eocr/1"}')
    save_result(tmp_path / "c.png.json", "c.png")
    save_result(tmp_path / "d.png.json", "d.png", save_picture(tmp_path / "d.png", 300, 200))
    code = main(["convert", str(tmp_path), "--format", "html", "--source", str(tmp_path)])
    assert code == ExitCode.SOME_FAILED
    errors = capsys.readouterr().err.splitlines()
    assert [line.partition(": error: ")[2].partition(": ")[0] for line in errors] == [
        str(tmp_path / "a.json"),
        str(tmp_path / "b.json"),
        str(tmp_path / "c.png.json"),
    ]
    assert "d.png.html" in names(tmp_path)


def test_a_source_that_has_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = save_picture(tmp_path / "a.png", 300, 200)
    result = save_result(tmp_path / "a.png.json", "a.png", picture)
    save_picture(picture, 200, 200)
    assert main(["convert", str(result), "--format", "pdf", "--source", str(picture)]) == ExitCode.SOME_FAILED
    assert "a.png: is not the file that was read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.json", "--format", "txt"], "no.json: there is no such file"),
        (["empty", "--format", "txt"], "no JSON results"),
        (["a.png.json"], "Missing option '--format'"),
        (["--format", "txt"], "Missing argument 'RESULT...'"),
        # Both would become out/a.png.txt.
        (["a.png.json", "b/a.png.json", "--format", "txt", "-o", "out"], "would both become"),
    ],
)
def test_wrong_usage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    for path in ("a.png.json", "b/a.png.json"):
        save_result(Path(path), "a.png")
    before = names(tmp_path)
    assert main(["convert", *arguments]) == ExitCode.USAGE
    assert message in capsys.readouterr().err
    assert names(tmp_path) == before


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_what_is_no_file_is_not_replaced(tmp_path: Path, force: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    result = save_result(tmp_path / "a.png.json", "a.png")
    os.mkfifo(tmp_path / "out.md")
    command = ["convert", str(result), "--format", "md", "-o", str(tmp_path / "out.md"), *force]
    assert main(command) == ExitCode.SOME_FAILED
    assert "out.md: is there already, and is no file" in capsys.readouterr().err
    assert not (tmp_path / "out.md").is_file()

"""The public names, and the lines that README and docs show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from doubles.writer_documents import make_document, make_page

import e2eocr
from e2eocr.errors import ExitCode, UsageError
from e2eocr.writers import FORMATS


def test_the_public_names() -> None:
    assert set(e2eocr.__all__) == {
        "FORMATS",
        "Block",
        "Cell",
        "Document",
        "DocumentError",
        "ExitCode",
        "Line",
        "OCRError",
        "Page",
        "Pipeline",
        "ReadSettings",
        "ScanSettings",
        "Table",
        "Word",
        "__version__",
        "load_pipeline",
        "read_json",
        "write",
        "write_document",
    }
    assert all(getattr(e2eocr, name) is not None for name in e2eocr.__all__)
    assert set(dir(e2eocr)) == set(e2eocr.__all__)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="'e2eocr' has no attribute 'nobody'"):
        e2eocr.nobody  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize("document", ["README.md", "docs/usage.md"])
def test_the_lines_of_the_docs_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], document: str
) -> None:
    [lines] = re.findall(r"```python\n(.*?)```", (repository / document).read_text(encoding="utf-8"), re.DOTALL)
    shutil.copy(repository / "samples" / "minutes-de.pdf", tmp_path / "letter.pdf")
    monkeypatch.chdir(tmp_path)
    exec(compile(lines, document, "exec"), {})
    assert "Kleingartenverein" in capsys.readouterr().out
    if document == "README.md":
        assert "Kleingartenverein" in (tmp_path / "letter.txt").read_text(encoding="utf-8")
        assert (tmp_path / "letter-to-search.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if not format.needs_source])
def test_the_suffix_tells_the_format(tmp_path: Path, name: str) -> None:
    document = make_document(make_page(300, 200, "har-", "bour"))
    path = tmp_path / f"a.png.{FORMATS[name].suffix}"
    e2eocr.write(document, path)
    assert path.read_bytes() == e2eocr.write_document(document, name)


def test_write_passes_its_options_on(tmp_path: Path) -> None:
    document = make_document(make_page(300, 200, "har-", "bour"))
    e2eocr.write(document, str(tmp_path / "A.TXT"), dehyphenate=True)
    assert (tmp_path / "A.TXT").read_text(encoding="utf-8") == "harbour\n"


@pytest.mark.parametrize(("name", "message"), [("a.doc", r"Known are: \.txt"), ("a.pdf", "needs the file")])
def test_what_cannot_be_written(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        e2eocr.write(make_document(make_page(300, 200, "word")), tmp_path / name)
    assert caught.value.exit_code == ExitCode.USAGE
    assert not (tmp_path / name).exists()

"""What a document becomes, page by page, and what its settings reach."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from doubles.pipeline import (
    HEIGHT,
    WIDTH,
    FixedDetector,
    FixedDocument,
    FixedRecognizer,
    fixed_reader,
    reading,
)
from PIL import Image

from e2eocr import __version__
from e2eocr.errors import DocumentError, PasswordError
from e2eocr.models.engine import identify_engine
from e2eocr.page.order import ORDERS
from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.results import Document
from e2eocr.settings import ReadSettings, options_of
from e2eocr.writers import write_document


@pytest.fixture
def read_fixed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Document]:
    return fixed_reader(monkeypatch, tmp_path)


@pytest.mark.parametrize("name", [None, "folder/page.png"])
def test_read_tells_what_was_read_and_by_what(tmp_path: Path, name: str | None) -> None:
    path = tmp_path / "page.png"
    Image.new("L", (WIDTH, HEIGHT), 255).save(path)
    settings = ReadSettings(order="rows", passwords=("secret",))
    document = Pipeline(FixedDetector(), FixedRecognizer(), settings).read(path, name)
    assert document.source.path == (name or "page.png")
    assert document.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.source.size == path.stat().st_size
    assert document.source.media_type == "image/png"
    assert document.engine.version == __version__
    assert (document.engine.detector, document.engine.recognizers) == ("fixed-detector", ("fixed-recognizer",))
    assert document.engine.settings == settings.fingerprint_fields()
    assert b"secret" not in write_document(document, "json")
    assert (document.status, len(document.pages)) == ("ok", 1)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), np.uint8)
    Image.fromarray(noise).save(path)
    documents = [
        Pipeline(FixedDetector((10, 10, 90, 30)), FixedRecognizer(reading("a b")), ReadSettings()).read(path)
        for _ in range(2)
    ]
    assert write_document(documents[0], "json") == write_document(documents[1], "json")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        # Path and number stand beside the reason, or nowhere: a result holds no full path.
        (DocumentError("in/fixed.pdf", "is torn. Scan it.", page=1), "is torn. Scan it."),
        # A page that is too much for the machine.
        (MemoryError(), "not enough memory to read it: use fewer workers, or a lower dpi"),
    ],
)
def test_a_bad_page_costs_one_page(read_fixed: Callable[..., Document], error: Exception, message: str) -> None:
    fixed = FixedDocument(None, error, None)
    document = read_fixed(fixed)
    assert [page.status for page in document.pages] == ["ok", "failed", "ok"]
    assert [len(page.lines) for page in document.pages] == [1, 0, 1]
    assert [page.index for page in document.pages] == [0, 1, 2]
    assert document.pages[1].error == message
    assert document.status == "partial"
    assert fixed.closed


def test_a_slip_of_ours_is_not_taken_for_a_bad_page(read_fixed: Callable[..., Document]) -> None:
    with pytest.raises(KeyError):
        read_fixed(FixedDocument(KeyError("slip")))


def test_a_document_that_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def open_document(path: Path, **options: object) -> FixedDocument:
        raise PasswordError(path, "needs a password")

    monkeypatch.setattr("e2eocr.pipeline.open_document", open_document)
    with pytest.raises(PasswordError):
        Pipeline(FixedDetector(), FixedRecognizer(), ReadSettings()).read(tmp_path / "a.pdf")


def test_settings_reach_the_document(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen = {}

    def open_document(path: Path, **options: object) -> FixedDocument:
        seen.update(options)
        return FixedDocument()

    monkeypatch.setattr("e2eocr.pipeline.open_document", open_document)
    settings = ReadSettings(dpi=300.0, pdf_engine="pdfium", passwords=("a",), max_pixels=1000)
    path = tmp_path / "a.pdf"
    path.touch()
    Pipeline(FixedDetector(), FixedRecognizer(), settings).read(path)
    assert seen == {"dpi": 300.0, "pdf_engine": "pdfium", "passwords": ("a",), "max_pixels": 1000}


def test_load_pipeline_loads_what_the_settings_name(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def load_fixed(
        name: str, *, threads: int, model: FixedDetector | FixedRecognizer, **_: object
    ) -> FixedDetector | FixedRecognizer:
        calls.append((name, threads))
        return model

    monkeypatch.setattr("e2eocr.pipeline.load_detector", partial(load_fixed, model=FixedDetector()))
    monkeypatch.setattr("e2eocr.models.choice.load_recognizer", partial(load_fixed, model=FixedRecognizer()))
    settings = ReadSettings(detector="projection", recognizer="alphabetic", threads=2)
    pipeline = load_pipeline(settings)
    assert [(Path(name).name, threads) for name, threads in calls] == [("projection", 2), ("alphabetic", 2)]
    assert pipeline.settings is settings and pipeline.engine == identify_engine(settings)


def test_settings_and_stages_know_the_same_choices() -> None:
    # Settings do not import the stages, so that help is quick.
    [order] = [about for each, about in options_of(ReadSettings) if each.name == "order"]
    assert order.choices == ORDERS


@pytest.mark.parametrize(("pages", "read"), [("2-", [1, 2]), ("3,1", [0, 2]), ("3-9", [2])])
def test_pages_are_chosen(read_fixed: Callable[..., Document], pages: str, read: list[int]) -> None:
    document = read_fixed(FixedDocument(None, None, None), pages=pages)
    assert [page.index for page in document.pages] == read


def test_a_document_without_a_page_of_those_chosen_is_not_read_as_empty(read_fixed: Callable[..., Document]) -> None:
    with pytest.raises(DocumentError, match=r"has none of the pages 4-5, for it has 3\. Choose others"):
        read_fixed(FixedDocument(None, None, None), pages="4-5")

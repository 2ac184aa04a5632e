"""The samples, read by the pipeline that a user gets: models, detector and all."""

from __future__ import annotations

import pytest
from doubles import REPOSITORY

from e2eocr.pipeline import Pipeline, load_pipeline
from e2eocr.truth.metrics import character_errors

ROOT = REPOSITORY
SAMPLES = ROOT / "samples"

# name, highest character error rate
BOUNDS = [
    # Clean scans of print.
    ("letter-en-fr.png", 0.05),
    ("invoice-en.pdf", 0.05),
    ("two-columns-en.png", 0.05),
    ("turned-es.tif", 0.05),
    ("novel-uk.jpg", 0.05),
    ("magazine-el.jpg", 0.05),
    ("notice-vi.webp", 0.05),
    # A typewriter, in black and white.
    ("minutes-de.pdf", 0.05),
    # East Asian print, among it a page of columns; nothing tells the language.
    ("invoice-zh.png", 0.05),
    ("story-zh-tw.jpg", 0.06),
    ("notice-ja.jpg", 0.05),
    ("library-ko.webp", 0.05),
    # Print that runs from the right, with figures and Latin words that do not.
    ("notice-ar.png", 0.05),
    ("letter-he.jpg", 0.05),
    # Signs over and under letters, without spaces between words; fifteen scripts on one page.
    ("notice-hi.png", 0.05),
    ("menu-th.jpg", 0.05),
    ("scripts.png", 0.03),
    # A photo on a wooden table.
    ("receipt-it.jpg", 0.05),
]


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return load_pipeline()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "bound"), BOUNDS)
def test_reads_the_sample(pipeline: Pipeline, name: str, bound: float) -> None:
    path = SAMPLES / name
    document = pipeline.read(path)
    assert document.status == "ok"
    found = "\n".join(line.text for page in document.pages for line in page.lines)
    count = character_errors(path.with_suffix(".txt").read_text(encoding="utf-8"), found)
    assert count.rate <= bound, found


def test_every_sample_has_a_bound() -> None:
    documents = {path.name for path in SAMPLES.iterdir() if path.suffix not in (".txt", ".md")}
    assert {name for name, _ in BOUNDS} == documents

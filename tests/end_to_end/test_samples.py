"""The sample documents are whole: each opens, and has its right text beside it."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from doubles import REPOSITORY
from PIL import Image

SAMPLES = REPOSITORY / "samples"
FILES = sorted(path for path in SAMPLES.iterdir() if path.suffix not in (".txt", ".md"))

# name, pages, pixels of the first page as a person sees it (points for a PDF)
KNOWN = {
    "invoice-en.pdf": (1, (595, 842)),
    "invoice-zh.png": (1, (1654, 2339)),
    "letter-en-fr.png": (1, (1654, 2339)),
    "letter-he.jpg": (1, (1165, 1496)),
    "library-ko.webp": (1, (1165, 1654)),
    "magazine-el.jpg": (1, (1299, 1811)),
    "menu-th.jpg": (1, (1165, 1575)),
    "minutes-de.pdf": (3, (595, 842)),
    "notice-ar.png": (1, (1339, 1575)),
    "notice-hi.png": (1, (1339, 1654)),
    "notice-ja.jpg": (1, (1654, 2339)),
    "notice-vi.webp": (1, (1049, 1346)),
    "novel-uk.jpg": (1, (1102, 1614)),
    "receipt-it.jpg": (1, (1120, 1640)),
    "scripts.png": (1, (1465, 1496)),
    "story-zh-tw.jpg": (1, (1024, 1496)),
    "turned-es.tif": (2, (1654, 2339)),
    "two-columns-en.png": (1, (1339, 1890)),
}


def test_these_are_the_samples() -> None:
    assert [path.name for path in FILES] == sorted(KNOWN)
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}`" in readme for path in FILES)


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 2_500_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_opens(path: Path) -> None:
    pages, size = KNOWN[path.name]
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as document:
            assert len(document) == pages
            width, height = document[0].get_size()
            # Nothing to copy: a PDF with a text layer would not need reading.
            assert document[0].get_textpage().get_text_bounded().strip() == ""
        assert (round(width), round(height)) == size
        return
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == pages
        image.load()
        assert image.size == size


def test_the_tiff_lies_on_its_side() -> None:
    width_tag, height_tag, orientation_tag = 256, 257, 274
    with Image.open(SAMPLES / "turned-es.tif") as image:
        for frame in range(2):
            image.seek(frame)
            tags = image.tag_v2  # type: ignore[attr-defined]
            assert (tags[width_tag], tags[height_tag], tags[orientation_tag]) == (2339, 1654, 6)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_has_its_right_text(path: Path) -> None:
    pages, _ = KNOWN[path.name]
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert len(text.split("\f")) == pages
    assert all(len("".join(page.split())) > 150 for page in text.split("\f"))
    assert all(line == line.strip() and line.isprintable() for line in text.replace("\f", "\n").splitlines())
    assert text.endswith("\n")

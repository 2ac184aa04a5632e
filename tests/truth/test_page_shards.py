"""The store of drawn pages: what is written is read again, and what is broken is told."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from doubles.page_truth import assert_same_line, made_line

from e2eocr.errors import DataError
from e2eocr.truth.page_shards import PageStore, PageWriter, write_labelled, write_manifest
from e2eocr.truth.records import CellTruth, PageSample, TableTruth, box_polygon

TABLE = TableTruth(box_polygon(5, 10, 120, 50), (CellTruth(0, 0, lines=(0,)), CellTruth(1, 0, 1, 3)))


@pytest.fixture
def store(tmp_path: Path) -> PageStore:
    """Two shards: a bilevel page, which stays exact; a grey and a coloured one."""
    bits = np.where(np.random.default_rng(0).random((40, 60)) < 0.5, 0, 255).astype(np.uint8)
    ramp = np.broadcast_to(np.linspace(0, 255, 240), (100, 240)).astype(np.uint8)
    with PageWriter(tmp_path, 0) as writer:
        writer.write(PageSample(bits, (made_line(),), 90, -1.25, 110.0, "book", tables=(TABLE,)))
    with PageWriter(tmp_path, 1) as writer:
        writer.write(PageSample(ramp, (), layout="blank"))
        writer.write(PageSample(np.dstack([ramp, ramp // 2, ramp // 4]), (made_line(ignore=True), made_line())))
    assert write_manifest(tmp_path, seed=4)["pages"] == 3
    return PageStore(tmp_path)


def test_a_store_gives_back_its_pages(store: PageStore) -> None:
    first, second, third = (store[index] for index in range(len(store)))
    assert (first.rotation, first.skew, first.dpi, first.layout) == (90, -1.25, 110.0, "book")
    assert set(np.unique(first.image)) == {0, 255}
    assert_same_line(first.lines[0], made_line())
    [table] = first.tables
    assert table.cells == TABLE.cells
    np.testing.assert_allclose(table.polygon, TABLE.polygon)
    assert second.lines == () and second.image.ndim == 2 and second.tables == ()
    assert third.image.shape == (100, 240, 3)
    assert third.image[50, 230].tolist() == pytest.approx([244, 122, 61], abs=12)


def test_a_store_can_be_pickled_while_it_is_open(store: PageStore) -> None:
    store[0]
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(again[0].image, store[0].image)


def test_labelled_pages_are_those_that_evaluation_reads(store: PageStore, tmp_path: Path) -> None:
    from e2eocr.truth.labelled import find_labelled

    assert write_labelled(store, tmp_path / "labelled") == 3
    documents = find_labelled(tmp_path / "labelled")
    assert [len(document.pages[0].quads) for document in documents] == [1, 0, 1]
    assert len(documents[2].pages[0].ignored) == 1
    assert documents[0].pages[0].text == "one two" and documents[0].language == "en"


def test_a_shard_with_an_error_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="uint8"), PageWriter(tmp_path) as writer:
        writer.write(PageSample(np.zeros((5, 5)), ()))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(DataError, match="holds no shards"):
        PageStore(tmp_path)


def test_a_cut_off_shard_is_told(store: PageStore) -> None:
    pictures = store.folder / "shard-00001.bin"
    pictures.write_bytes(pictures.read_bytes()[:40])
    with pytest.raises(DataError, match="shard-00001"):
        PageStore(store.folder)[1]

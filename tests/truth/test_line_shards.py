"""The store of lines: what is written is read, whole or not at all."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from e2eocr.errors import DataError, OutputError
from e2eocr.truth.line_shards import ShardReader, ShardWriter, write_manifest
from e2eocr.truth.lines import open_lines
from e2eocr.truth.records import LineSample


def line(text: str, width: int = 20) -> LineSample:
    image = np.random.default_rng(width).integers(0, 256, (12, width), np.uint8)
    return LineSample(image, text, "de", "a face")


def test_lines_come_back_in_order_over_several_shards(tmp_path: Path) -> None:
    lines = [line(text, 20 + at) for at, text in enumerate(["eins", "zwei", "drei\u2028vier", "f\u00fcnf", ""])]
    with ShardWriter(tmp_path, 2, seed=7, settings={"a": 1}) as writer:
        for each in lines:
            writer.write(each)
    names = [f"shard-0000{number}" for number in range(3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["manifest.json", *(name + suffix for name in names for suffix in (".bin", ".jsonl"))]
    )
    store = open_lines(tmp_path)
    assert isinstance(store, ShardReader) and len(store) == 5 and store.broken == []
    for at, each in enumerate(lines):
        found = store[at]
        assert (found.text, found.language, found.source) == (each.text, "de", "a face")
        np.testing.assert_array_equal(found.image, each.image)
    assert store.widths.tolist() == [20, 21, 22, 23, 24] and set(store.heights.tolist()) == {12}
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["lines"] == 5 and manifest["seed"] == 7 and manifest["settings"] == {"a": 1}
    assert [shard["lines"] for shard in manifest["shards"]] == [2, 2, 1]


def test_several_writers_share_a_folder(tmp_path: Path) -> None:
    for number in (1, 0):
        with ShardWriter(tmp_path, first_shard=number, manifest=False) as writer:
            writer.write(line(f"shard {number}"))
    assert write_manifest(tmp_path)["lines"] == 2
    assert ShardReader(tmp_path).texts == ["shard 0", "shard 1"]


def test_of_an_error_only_whole_shards_are_left(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"), ShardWriter(tmp_path, 1) as writer:
        writer.write(line("whole"))
        writer.write(line("whole too"))
        raise RuntimeError("stop")
    assert ShardReader(tmp_path).texts == ["whole", "whole too"]
    with pytest.raises(ValueError, match="uint8"), ShardWriter(tmp_path / "other") as writer:
        writer.write(line("lost"))
        writer.write(LineSample(np.zeros((0, 5), np.uint8), "", "", ""))
    assert list((tmp_path / "other").iterdir()) == []


def test_a_reader_can_be_pickled_while_it_is_open(tmp_path: Path) -> None:
    with ShardWriter(tmp_path) as writer:
        writer.write(line("eins"))
    store = ShardReader(tmp_path)
    first = store[0].image
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(store))[0].image, first)


def test_what_is_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lines_per_shard"):
        ShardWriter(tmp_path, 0)
    with pytest.raises(DataError, match="holds no shards"):
        ShardReader(tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="Cannot make folder"):
        ShardWriter(tmp_path / "file" / "store")
    with ShardWriter(tmp_path) as writer:
        writer.write(line("eins"))
    pictures, records = tmp_path / "shard-00000.bin", tmp_path / "shard-00000.jsonl"
    for data in (pictures.read_bytes()[:30], b""):
        pictures.write_bytes(data)
        with pytest.raises(DataError, match=r"shard-00000\.bin holds no picture at byte 0"):
            ShardReader(tmp_path)[0]
    records.write_text("{}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"shard-00000\.jsonl is not a list of lines"):
        ShardReader(tmp_path)


def test_stores_written_before_are_read(tmp_path: Path) -> None:
    """The fields of a record as `synth lines` has written them since the first version."""
    with ShardWriter(tmp_path) as writer:
        writer.write(line("eins"))
    [record] = map(json.loads, (tmp_path / "shard-00000.jsonl").read_text(encoding="utf-8").splitlines())
    assert list(record) == ["offset", "size", "height", "width", "text", "language", "source"]

"""Lines on their way into training: the check of the data, and the batches."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.training import draw_line, tiny_recipe, words, write_labelled, write_shards

from e2eocr.errors import DataError
from e2eocr.synthesis.text.alphabets import ALPHABETIC
from e2eocr.training.recognizer.inputs import CheckedSet, Line, LineInputs, check_set, validation_crops
from e2eocr.training.recognizer.recipe import LineSet
from recognizers.charset import Charset
from recognizers.crops import prepare_crop

CHARSET = Charset(ALPHABETIC)
SHAPE: dict[str, Any] = {"height": 32, "time_stride": 4}


def check(path: Path, **changes: Any) -> CheckedSet:
    return check_set(LineSet(str(path), **changes), CHARSET, **SHAPE)


# The check of the data


def test_lines_that_cannot_be_learned_are_named_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    good, narrow = draw_line("abc"), np.full((32, 20), 255, np.uint8)
    lines = [
        ("abc", good),
        (" \u200b", good),  # empty
        ("ab漢", good),  # outside the charset
        ("漢字", good),
        ("abcdef", narrow),  # five steps for six characters
        ("aaa", narrow),  # a blank between two that are alike: it just fits
        ("aaaa", narrow),  # and this does not
        ("abc", np.full((3, 60), 255, np.uint8)),  # too flat
        ("abc", np.full((32, 900), 255, np.uint8)),  # too wide
    ]
    path = write_shards(tmp_path / "mixed", [text for text, _ in lines], images=[image for _, image in lines])
    with caplog.at_level(logging.WARNING):
        checked = check(path, max_width=800)
    assert checked.usable.tolist() == [0, 5]
    assert sorted(checked.labels) == [0, 5] and CHARSET.decode(checked.labels[0]) == "abc"
    assert sorted(record.getMessage() for record in caplog.records) == [
        "mixed: 1 of 9 lines left out: label is empty",
        "mixed: 1 of 9 lines left out: picture is too small",
        "mixed: 1 of 9 lines left out: picture is wider than max_width",
        "mixed: 2 of 9 lines left out: label has characters outside the charset",
        "mixed: 2 of 9 lines left out: label is too long for the picture's width",
    ]


def spoil_pictures(shards: Path, numbers: list[int]) -> None:
    """Make the pictures of some lines unreadable, in place."""
    records = [json.loads(line) for line in (shards / "shard-00000.jsonl").read_text("utf-8").splitlines()]
    data = bytearray((shards / "shard-00000.bin").read_bytes())
    for number in numbers:
        offset, size = records[number]["offset"], records[number]["size"]
        data[offset : offset + size] = bytes(size)
    (shards / "shard-00000.bin").write_bytes(data)


def test_unreadable_pictures_of_a_store_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_shards(tmp_path / "store", words(8))
    spoil_pictures(path, [2, 5])
    with caplog.at_level(logging.WARNING):
        checked = check(path)
    assert checked.usable.tolist() == [0, 1, 3, 4, 6, 7]
    assert [record.getMessage() for record in caplog.records] == [
        "store: 2 of 8 lines left out: picture cannot be read"
    ]


def test_a_store_that_was_cut_off_keeps_what_is_there(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(8))
    data = (path / "shard-00000.bin").read_bytes()
    (path / "shard-00000.bin").write_bytes(data[: len(data) // 2])
    assert 0 < len(check(path).usable) < 8


def test_unreadable_pictures_of_a_folder_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_labelled(tmp_path / "real", words(5))
    (path / "1.png").write_bytes(b"no picture")
    (path / "3.png").unlink()
    with caplog.at_level(logging.WARNING):
        assert len(check(path).usable) == 3
    assert [record.getMessage() for record in caplog.records] == ["real: 2 of 5 lines left out: picture cannot be read"]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["漢", "字"], "2 lines: label has characters outside the charset"),
        ([], "it is empty"),
    ],
)
def test_a_set_without_a_line_is_refused(tmp_path: Path, texts: list[str], words: str) -> None:
    path = write_labelled(tmp_path / "set", texts)
    with pytest.raises(DataError, match=words):
        check(path)


def test_a_path_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels\.tsv"):
        check(tmp_path)


# The batches


def inputs_of(path: Path, **changes: Any) -> LineInputs:
    recipe = tiny_recipe(path, **changes)
    return LineInputs(recipe, [check_set(each, CHARSET, **SHAPE) for each in recipe.train], bucket=16, **SHAPE)


def chunk_of(inputs: LineInputs, number: int, count: int = 60) -> list[Line]:
    rendered = [inputs.render(draw) for draw in inputs.mixture.draw(number, count)]
    return [line for line in rendered if line is not None]


def test_a_chunk_is_the_same_for_its_seed_and_number(shards: Path) -> None:
    train = (LineSet(str(shards), degrade=1.0),)
    first, second = (inputs_of(shards, train=train) for _ in range(2))
    for number in (3, 0, 3):
        for one, other in zip(chunk_of(first, number), chunk_of(second, number), strict=True):
            assert one.label == other.label
            assert (one.picture == other.picture).all()


def test_as_many_lines_as_the_set_has_are_each_line_once(shards: Path) -> None:
    labels = Counter(CHARSET.decode(line.label) for line in chunk_of(inputs_of(shards), 0))
    assert labels == Counter(words(60))


def test_some_batches_are_packed_together(shards: Path) -> None:
    inputs = inputs_of(shards)
    assert 40 < len(inputs.pack(chunk_of(inputs, 0, inputs.chunk_samples))) < 90


@pytest.mark.parametrize("degrade", [0.0, 1.0])
def test_batches_are_filled_by_width_and_padded_right(shards: Path, degrade: float) -> None:
    inputs = inputs_of(shards, train=(LineSet(str(shards), degrade=degrade),))
    lines = chunk_of(inputs, 0)
    packed = inputs.pack(lines)
    assert sorted(map(id, lines)) == sorted(id(line) for batch in packed for line in batch)
    for samples in packed:
        batch = inputs.collate(samples)
        (pixels,), (labels,) = batch.inputs, batch.truth
        assert pixels.dtype == np.float32 and labels.dtype == np.int32
        assert pixels.shape[1] == 32 and pixels.shape[2] % 16 == 0 and pixels.shape[3] == 1
        assert labels.shape[1] % 16 == 0
        assert len(batch) == len(pixels) == len(labels)
        assert len(batch) == 1 or len(batch) * pixels.shape[2] <= 1024
        filled = sum(line.picture.shape[1] for line in samples) / (len(samples) * pixels.shape[2])
        assert batch.filled == pytest.approx(filled)
        for row, label, line in zip(pixels, labels, samples, strict=True):
            assert (row[:, : line.picture.shape[1], 0] == line.picture).all()
            assert not row[:, line.picture.shape[1] :].any()
            assert label[: len(line.label)].tolist() == line.label and not label[len(line.label) :].any()


def test_a_set_has_the_kinds_of_document_that_it_names(shards: Path) -> None:
    fax, scan = (check(shards, degrade=1.0, kinds=kinds) for kinds in ({"fax": 1.0}, {}))
    two_greys = [
        sum(np.unique(picture).size == 2 for picture, _ in validation_crops(checked, 30)) for checked in (fax, scan)
    ]
    assert two_greys[0] >= 10 > two_greys[1]


def test_a_line_is_prepared_as_for_reading(shards: Path) -> None:
    for line in chunk_of(inputs_of(shards), 0):
        expected = prepare_crop(draw_line(CHARSET.decode(line.label)), 32)
        np.testing.assert_allclose(line.picture, expected, atol=1e-3)


def test_pictures_lost_after_the_check_are_left_out(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(30))
    inputs = inputs_of(path)
    spoil_pictures(path, [4, 9])
    assert len(chunk_of(inputs, 0, 30)) == 28


def test_validation_lines_are_spread_and_always_the_same(shards: Path) -> None:
    checked = check(shards, degrade=1.0)
    first, second = (list(validation_crops(checked, 10)) for _ in range(2))
    assert [text for _, text in first] == words(60)[::6]
    assert all((one == other).all() for (one, _), (other, _) in zip(first, second, strict=True))


def test_lines_from_the_right_are_learned_as_they_stand(tmp_path: Path) -> None:
    text = "\u05d0\u05d1 12 (\u05d2)"  # alef, bet, 12, gimel in brackets
    path = write_shards(tmp_path / "lines", [text], images=[np.full((32, 200), 255, np.uint8)])
    charset = Charset(" ()12\u05d0\u05d1\u05d2")
    learned = {
        direction: charset.decode(check_set(LineSet(str(path)), charset, direction=direction, **SHAPE).labels[0])
        for direction in ("ltr", "rtl")
    }
    assert learned == {"ltr": text, "rtl": "(\u05d2) 12 \u05d1\u05d0"}

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
from e2eocr.training.checkpoint import prefetch
from e2eocr.training.recognizer.inputs import CheckedSet, LineBatches, check_set, validation_crops
from e2eocr.training.recognizer.recipe import LineSet
from recognizers.charset import Charset
from recognizers.crops import prepare_crop

CHARSET = Charset(ALPHABETIC)
SHAPE = {"height": 32, "time_stride": 4}


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


def batches_of(path: Path, **changes: Any) -> LineBatches:
    recipe = tiny_recipe(path, **changes)
    return LineBatches(recipe, [check_set(each, CHARSET, **SHAPE) for each in recipe.train], **SHAPE)


def all_labels(batches: LineBatches) -> Counter[str]:
    return Counter(
        CHARSET.decode([number for number in row if number])
        for _, labels in prefetch(batches)
        for row in labels.tolist()
    )


def test_batches_are_the_same_for_a_seed_and_epoch(shards: Path) -> None:
    train = (LineSet(str(shards), degrade=1.0),)
    first, second = batches_of(shards, train=train), batches_of(shards, train=train)
    for epoch in (3, 0, 3):
        first.set_epoch(epoch)
        second.set_epoch(epoch)
        assert len(first) == len(second) > 1
        for number in range(len(first)):
            for one, other in zip(first[number], second[number], strict=True):
                assert (one == other).all()


def test_epochs_and_seeds_differ(shards: Path) -> None:
    batches, other = batches_of(shards), batches_of(shards, seed=2)
    before = batches[0][1]
    assert before.tolist() != other[0][1].tolist()
    batches.set_epoch(1)
    assert before.tolist() != batches[0][1].tolist()


def test_an_epoch_as_long_as_the_set_shows_each_line_once(shards: Path) -> None:
    assert all_labels(batches_of(shards)) == Counter(words(60))


def test_a_longer_epoch_shows_each_line_about_as_often(shards: Path) -> None:
    assert all_labels(batches_of(shards, epoch_lines=180)) == Counter(words(60) * 3)


def test_lines_are_drawn_by_weight(tmp_path: Path, shards: Path) -> None:
    other = write_shards(tmp_path / "other", ["xyz"])
    train = (LineSet(str(shards), weight=3.0, degrade=0.0), LineSet(str(other), degrade=0.0))
    labels = all_labels(batches_of(shards, train=train, epoch_lines=400))
    assert 60 < labels["xyz"] < 140


def test_batches_are_filled_by_width_and_padded_right(shards: Path) -> None:
    batches = batches_of(shards)
    assert batches.lines == 60
    pictures = {text: prepare_crop(draw_line(text), 32) for text in words(60)}
    widths = set()
    for pixels, labels in prefetch(batches):
        assert pixels.dtype == np.float32 and labels.dtype == np.int32
        assert pixels.shape[1] == 32 and pixels.shape[2] % 64 == 0 and pixels.shape[3] == 1
        assert labels.shape[1] % 16 == 0
        assert len(pixels) == len(labels) and (len(pixels) == 1 or len(pixels) * pixels.shape[2] <= 1024)
        widths.add(pixels.shape[2])
        for row, label in zip(pixels, labels, strict=True):
            picture = pictures[CHARSET.decode([number for number in label.tolist() if number])]
            assert (row[:, : picture.shape[1], 0] == picture).all()
            assert not row[:, picture.shape[1] :].any()
    assert widths == {64, 128, 192}


def test_pictures_lost_after_the_check_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(30))
    batches = batches_of(path, epoch_lines=30)
    spoil_pictures(path, [4, 9])
    assert sum(all_labels(batches).values()) == 28
    assert batches.unreadable == 2
    batches.set_epoch(1)
    assert batches.unreadable == 0


def test_prefetch_passes_an_error_on(tmp_path: Path) -> None:
    path = write_shards(tmp_path / "store", words(3))
    batches = batches_of(path, epoch_lines=3)
    spoil_pictures(path, [0, 1, 2])
    with pytest.raises(DataError, match="can be read"):
        list(prefetch(batches))


def test_validation_lines_are_spread_and_always_the_same(shards: Path) -> None:
    checked = check(shards, degrade=1.0)
    first, second = (list(validation_crops(checked, 10)) for _ in range(2))
    assert [text for _, text in first] == words(60)[::6]
    assert all((one == other).all() for (one, _), (other, _) in zip(first, second, strict=True))

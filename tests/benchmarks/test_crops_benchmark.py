"""The benchmark of readers on lines cut by their true outlines: cutting, peers, the figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import compare
import crops
import cv2
import numpy as np
import pytest
from crops import TrueLine
from PIL import Image

from e2eocr.errors import MissingDependencyError, UsageError
from e2eocr.truth.metrics import DEFAULT_FOLDING, TextFolding


def put_page(folder: Path, language: str, rows: Sequence[tuple[str, int]], *, dpi: int | None = None) -> None:
    """A page with a dark bar for each row `(text, left)`, and its truth in units of half a pixel."""
    folder.mkdir(exist_ok=True)
    pixels = np.full((60 * len(rows) + 40, 400, 3), 255, np.uint8)
    lines = []
    for number, (text, left) in enumerate(rows):
        top = 60 * number + 30
        pixels[top + 8 : top + 22, left + 20 : left + 200] = 0
        box = [[left, top], [left + 220, top], [left + 220, top + 30], [left, top + 30]]
        lines.append({"text": text, "polygon": [[2 * x, 2 * y] for x, y in box]})
    Image.fromarray(pixels).save(folder / "page.png", dpi=(dpi, dpi) if dpi else None)
    truth = {"file": "page.png", "language": language, "pages": [{"page": 1, "width": 800, "lines": lines}]}
    (folder / "page.gt.json").write_text(json.dumps(truth), encoding="utf-8")


def test_lines_are_cut_fitted_to_their_ink(tmp_path: Path) -> None:
    put_page(tmp_path / "a", "de", [("eins", 40), (" ", 40), ("zwei", 150), ("語 a", 40)], dpi=200)
    put_page(tmp_path / "b", "ja", [("日本", 40)])
    first, second = crops.cut_folder(tmp_path, dpi=150)
    assert (first.text, second.text) == ("eins", "zwei")  # no empty truth, no script that we do not read
    assert (first.group, first.language, first.script, round(first.dpi)) == ("a", "de", "Latn", 200)
    assert first.crop.shape == second.crop.shape and first.crop.dtype == np.uint8
    height, width = first.crop.shape
    assert 180 < width < 220 and 14 < height < 30  # closer than the outline, the ink whole
    assert np.count_nonzero(first.crop < 128) == 180 * 14


def true_line(text: str, language: str = "de", group: str = "set") -> TrueLine:
    return TrueLine(np.full((20, 60), 200, np.uint8), text, 150.0, group, language, "Latn")


LINES = [true_line("eins"), true_line("ZWEI"), true_line("un", "fr")]


@pytest.mark.parametrize(
    ("language", "script", "model"),
    [
        ("de", "Latn", "deu"),
        # Several languages; one without data is passed over.
        ("grc,de", "Grek", "ell+deu"),
        ("fr+de", "Latn", "deu"),
        # A language without data of its own is read by its script's, where that is there.
        ("fr", "Latn", "script/Latin"),
        ("kpv", "Cyrl", "Cyrillic"),
        ("und", "Grek", ""),
    ],
)
def test_tesseract_is_told_the_language_or_the_script(language: str, script: str, model: str) -> None:
    installed = frozenset({"deu", "ell", "script/Latin", "Cyrillic", "osd"})
    assert compare.model_of(language, installed, script) == model


def test_tesseract_reads_the_lines_of_a_language_in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def run(listing: Path, model: str, mode: str, kind: str) -> str:
        paths = listing.read_text(encoding="utf-8").splitlines()
        for path in paths:
            with Image.open(path) as picture:
                assert picture.size == (60, 20) and round(picture.info["dpi"][0]) == 150
        calls.append((model, mode, kind, len(paths)))
        return "\f".join(f"{model}\n\n{number}\n" for number in range(len(paths)))

    monkeypatch.setattr(crops, "installed_models", lambda: frozenset({"deu", "fra"}))
    monkeypatch.setattr(crops, "run_tesseract", run)
    lines = [LINES[2], LINES[0], true_line("mi", "sw"), LINES[1]]
    assert crops.tesseract_reader("7")(lines) == ["fra 0", "deu 0", None, "deu 1"]
    assert calls == [("deu", "7", "txt", 2), ("fra", "7", "txt", 1)]
    with pytest.raises(MissingDependencyError, match="read 1 of 2 pictures"):
        monkeypatch.setattr(crops, "run_tesseract", lambda *_: "one")
        crops.tesseract_reader("7")(LINES[:2])


def peer(folder: Path, source: str) -> str:
    """The command of a peer that runs this source over `paths`."""
    script = folder / "peer.py"
    script.write_text(f"import sys\npaths = open(sys.argv[1]).read().splitlines()\n{source}\n", encoding="utf-8")
    return f"'{sys.executable}' '{script}'"


def test_a_peer_is_a_command(tmp_path: Path) -> None:
    command = peer(tmp_path, "for path in paths: print('' if path.endswith('1.png') else path[-5])")
    name, read = crops.named_command(f"mine={command}")
    assert name == "mine" and read(LINES) == ["0", "", "2"]


@pytest.mark.parametrize(("source", "reason"), [("sys.exit('no model')", "no model"), ("print(1)", "too few lines")])
def test_a_peer_that_fails_says_why(tmp_path: Path, source: str, reason: str) -> None:
    with pytest.raises(MissingDependencyError, match=reason):
        crops.command_reader(peer(tmp_path, source))(LINES)


def test_commands_that_cannot_be_are_refused() -> None:
    with pytest.raises(MissingDependencyError, match="not a program"):
        crops.command_reader("no-such-program-here -x")(LINES)
    for value in ("mine", "mine=", "=command"):
        with pytest.raises(UsageError, match="NAME=COMMAND"):
            crops.named_command(value)


def test_figures_by_language_and_reader(capsys: pytest.CaptureFixture[str]) -> None:
    def gone(_: Sequence[TrueLine]) -> list[str | None]:
        raise MissingDependencyError("not installed")

    readers: dict[str, crops.Reader] = {
        "right": lambda lines: [line.text.lower() for line in lines],
        "half": lambda lines: ["eіns", "x", None],  # a Ukrainian i, a wrong word, a language it does not know
        "gone": gone,
    }
    rows = crops.compare_set(LINES, readers, TextFolding(case=True))
    assert "gone is left out: not installed" in capsys.readouterr().err
    keys = [(row["language"], row["reader"], row["lines"]) for row in rows]
    assert keys == [
        ("all", "right", 3), ("all", "half", 2), ("de", "right", 2), ("de", "half", 2), ("fr", "right", 1)
    ]  # fmt: skip
    assert [row["cer"] for row in rows] == [0.0, (1 + 4) / 8, 0.0, (1 + 4) / 8, 0.0]
    assert [row["mixed_scripts"] for row in rows] == [0, 1, 0, 1, 0]
    assert rows[0]["words_f1"] == 1.0 and rows[2]["ms_per_line"] is None
    strict = crops.compare_set(LINES, {"right": readers["right"]}, DEFAULT_FOLDING)
    assert strict[0]["cer"] == 4 / 10
    header, *lines = crops.table(rows).splitlines()
    assert header.split()[:4] == ["set", "language", "reader", "lines"] and len(lines) == 5
    assert len({len(line) for line in [header, *lines]}) == 1


def test_the_shipped_recognizer_reads_crops(tmp_path: Path) -> None:
    picture = np.full((80, 300, 3), 255, np.uint8)
    cv2.putText(picture, "Hello 42", (20, 50), cv2.FONT_HERSHEY_DUPLEX, 1, (0, 0, 0), 1, cv2.LINE_AA)
    Image.fromarray(picture).save(tmp_path / "a.png")
    box = [[10, 15], [190, 15], [190, 65], [10, 65]]
    truth = {"file": "a.png", "language": "en", "lines": [{"text": "Hello 42", "polygon": box}]}
    (tmp_path / "a.gt.json").write_text(json.dumps(truth), encoding="utf-8")
    lines = crops.cut_folder(tmp_path, dpi=150)
    assert crops.our_reader("alphabetic")(lines) == ["Hello 42"]

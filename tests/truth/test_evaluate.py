from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from e2eocr.errors import DataError, DocumentError, NothingToReadError, OutputError
from e2eocr.pipeline import Pipeline
from e2eocr.results import Document, Engine, Line, Origins, Page, Polygon, Source
from e2eocr.settings import ReadSettings
from e2eocr.truth.evaluate import evaluate_folder
from e2eocr.truth.labelled import find_labelled
from e2eocr.truth.scores import Evaluation

SIZE = (200, 100)


def box(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


TOP, BELOW = box(10, 10, 190, 30), box(10, 40, 190, 60)


@dataclass
class FakePipeline:
    """Knows by heart what stands in each file; what it does not know cannot be read."""

    readings: dict[str, list[list[tuple[str, Polygon]]]]
    settings: ReadSettings = field(default_factory=ReadSettings)

    def read(self, path: str | Path, name: str | None = None) -> Document:
        if Path(path).name not in self.readings:
            raise DocumentError(path, "cannot be read")
        pages = tuple(self.page(index, lines) for index, lines in enumerate(self.readings[Path(path).name]))
        return Document(Source(name or "", "", 0, "image/png"), Engine("0", "fake", ("fake",)), pages)

    def page(self, index: int, lines: list[tuple[str, Polygon]]) -> Page:
        if not lines:
            return Page(index, 0, 0, status="failed", error="torn")
        return Page(index, *SIZE, lines=tuple(Line(text, 0.9, polygon) for text, polygon in lines))


def evaluate(folder: Path, readings: dict[str, list[list[tuple[str, Polygon]]]], **options: Any) -> Evaluation:
    return evaluate_folder(folder, pipeline=cast(Pipeline, FakePipeline(readings)), **options)


def put_picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE, "white").save(path)


def put_truth(path: Path, **truth: Any) -> None:
    """A picture (or something named like one) and its `.gt.json`."""
    if path.suffix == ".png":
        put_picture(path)
    else:
        path.write_bytes(b"")
    path.with_suffix(".gt.json").write_text(json.dumps({"file": path.name, **truth}), encoding="utf-8")


def lines(*rows: tuple[str, Polygon]) -> list[dict[str, Any]]:
    return [{"text": text, "polygon": polygon} for text, polygon in rows]


def test_figures_by_set_and_language(tmp_path: Path) -> None:
    put_truth(tmp_path / "a.png", language="de", lines=lines(("eins", TOP), ("zwei", BELOW)))
    put_truth(tmp_path / "sub" / "b.png", language="fr", lines=lines(("un", TOP)))
    put_truth(tmp_path / "sub" / "c.png", language="de", lines=lines(("drei", TOP)))

    evaluation = evaluate(
        tmp_path,
        {
            "a.png": [[("eins", TOP), ("zwei", BELOW)]],
            "b.png": [[("un", TOP), ("??", BELOW)]],
            "c.png": [[("drel", TOP)]],
        },
    )

    here = tmp_path.name
    assert set(evaluation.rows) == {
        (here, "all"), (here, "de"), ("sub", "all"), ("sub", "de"), ("sub", "fr"), ("all", "all")
    }  # fmt: skip
    assert list(evaluation.rows)[-1] == ("all", "all")
    assert evaluation.rows[here, "all"].characters.rate == 0
    assert evaluation.rows["sub", "de"].characters.rate == pytest.approx(1 / 4)
    assert evaluation.rows["sub", "fr"].lines.precision == 0.5
    assert evaluation.total.documents == evaluation.total.pages == 3
    assert evaluation.total.characters.errors == 1 + 3
    assert [reading.document.name for reading in evaluation.worst] == ["sub/b.png", "sub/c.png", "a.png"]


def test_a_document_that_fails_counts_as_read_empty_and_is_named(tmp_path: Path) -> None:
    put_truth(tmp_path / "good.png", text="good")
    put_truth(tmp_path / "lost.png", lines=lines(("lost", TOP)))
    put_truth(tmp_path / "torn.png", text="ab\fcd")

    evaluation = evaluate(tmp_path, {"good.png": [[("good", TOP)]], "torn.png": [[("ab", TOP)], []]})

    assert evaluation.total.characters.errors == 4 + 2
    assert evaluation.total.lines.recall == 0
    assert evaluation.total.failed == 2
    reasons = dict(evaluation.failed)
    assert "cannot be read" in reasons["lost.png"]
    assert reasons["torn.png"] == "page 2: torn"
    assert "failed: torn.png: page 2: torn" in evaluation.table()


def test_words_of_mistaken_script_are_figures(tmp_path: Path) -> None:
    put_truth(tmp_path / "a.png", language="de", lines=lines(("Maus", TOP), ("COMETA", BELOW)))
    put_truth(tmp_path / "b.png", language="ru", partial=True, lines=lines(("Дом", TOP)))

    evaluation = evaluate(tmp_path, {"a.png": [[("Mаus", TOP), ("СОМЕТА", BELOW)]], "b.png": [[("Дoм", TOP)]]})

    de, ru = (evaluation.rows[tmp_path.name, language].figures() for language in ("de", "ru"))
    assert (de["mixed_scripts"], de["wrong_script"]) == (1, 1)
    assert (ru["mixed_scripts"], ru["wrong_script"]) == (1, 0)
    assert "wrong script" in evaluation.table()


def test_quads_in_points_are_scaled_to_the_page(tmp_path: Path) -> None:
    half = [{"text": "x", "polygon": [[x / 2, y / 2] for x, y in TOP]}]
    put_truth(tmp_path / "a.pdf", pages=[{"page": 2, "width": SIZE[0] / 2, "height": SIZE[1] / 2, "lines": half}])

    evaluation = evaluate(tmp_path, {"a.pdf": [[("not labelled", BELOW)], [("x", TOP)]]})

    assert evaluation.total.lines.h_mean == 1
    assert evaluation.total.characters.errors == 0
    np.testing.assert_allclose(evaluation.worst[0].truth_quads[0], TOP)
    assert evaluation.worst[0].index == 1


def test_ignored_and_partial_truth(tmp_path: Path) -> None:
    ignored = [{"text": "###", "polygon": BELOW, "ignore": True}]
    put_truth(tmp_path / "ignored.png", lines=lines(("x", TOP)) + ignored)
    put_truth(tmp_path / "partial.png", partial=True, lines=lines(("y", TOP)))
    far = box(10, 70, 190, 90)

    found = evaluate(
        tmp_path,
        {"ignored.png": [[("x", TOP), ("", BELOW)]], "partial.png": [[("y", TOP), ("more", far)]]},
    )

    assert found.total.lines.precision == found.total.lines.recall == 1
    # The partial page has no character error rate: nobody knows what else stands on it.
    assert found.total.characters.length == 1
    assert found.total.bag.f1 == 1


def test_plain_text_truth(tmp_path: Path) -> None:
    for name in ("row.png", "page.png", "both.png", "unlabelled.png"):
        put_picture(tmp_path / name)
    (tmp_path / "labels.tsv").write_text("row.png\tfrom the table\n\nboth.png\tgoes first\n", encoding="utf-8-sig")
    (tmp_path / "page.txt").write_text("line one\nline two\n", encoding="utf-8")
    (tmp_path / "both.txt").write_text("goes second", encoding="utf-8")

    found = {document.name: document.pages[0].text for document in find_labelled(tmp_path)}

    assert found == {"both.png": "goes first", "page.png": "line one\nline two", "row.png": "from the table"}


def test_pages_of_a_text_are_compared_one_by_one(tmp_path: Path) -> None:
    put_picture(tmp_path / "a.png")
    (tmp_path / "a.txt").write_text("one\ftwo\n", encoding="utf-8")

    evaluation = evaluate(tmp_path, {"a.png": [[("one", TOP)], [("twx", TOP)]]})

    assert [(reading.index, reading.characters.errors) for reading in evaluation.worst] == [(1, 1), (0, 0)]


def test_output(tmp_path: Path) -> None:
    put_truth(tmp_path / "in" / "a.png", lines=lines(("word", TOP)))
    put_truth(tmp_path / "in" / "gone.png", text="gone")
    (tmp_path / "in" / "gone.png").write_bytes(b"no picture")

    evaluation = evaluate(tmp_path / "in", {"a.png": [[("ward", BELOW)]]}, output=tmp_path / "out")

    figures = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert figures == evaluation.to_json()
    assert figures["rows"][-1]["cer"] == pytest.approx(5 / 8)
    assert (tmp_path / "out" / "evaluation.txt").read_text(encoding="utf-8") == evaluation.table() + "\n"
    # The page that cannot be opened has no picture; the other shows truth in green and what was found in red.
    assert [path.name for path in (tmp_path / "out" / "worst").iterdir()] == ["02-a.png-1.jpg"]
    picture = np.asarray(Image.open(tmp_path / "out" / "worst" / "02-a.png-1.jpg")).astype(int)
    assert picture[10, 100, 1] > picture[10, 100, 0] + 50
    assert picture[40, 100, 0] > picture[40, 100, 1] + 50


@pytest.mark.parametrize("name", ["evaluation.json", "evaluation.txt"])
def test_files_of_others_are_not_replaced(tmp_path: Path, name: str) -> None:
    put_truth(tmp_path / "in" / "a.png", text="x")
    evaluate(tmp_path / "in", {}, output=tmp_path / "out")
    evaluate(tmp_path / "in", {}, output=tmp_path / "out")  # its own are
    (tmp_path / "out" / name).write_text("my own words", encoding="utf-8")
    with pytest.raises(OutputError, match="is no evaluation of e2eocr"):
        evaluate(tmp_path / "in", {}, output=tmp_path / "out")
    assert (tmp_path / "out" / name).read_text(encoding="utf-8") == "my own words"


@pytest.mark.parametrize("worst", [0, 1])
def test_only_so_many_of_the_worst(tmp_path: Path, worst: int) -> None:
    for name in ("a.png", "b.png"):
        put_truth(tmp_path / name, text="x")
    assert len(evaluate(tmp_path, {}, worst=worst).worst) == worst


BAD_TRUTH = [
    # Not JSON.
    ("a.gt.json", "{"),
    # JSON, but not an object.
    ("a.gt.json", "[]"),
    # No file named.
    ("a.gt.json", '{"text": "x"}'),
    # The file is not there.
    ("a.gt.json", '{"file": "b.png", "text": "x"}'),
    # The file lies outside.
    ("a.gt.json", '{"file": "../a.png", "text": "x"}'),
    # A name that no file can have.
    ("a.gt.json", json.dumps({"file": "a" * 300 + ".png", "text": "x"})),
    ("labels.tsv", "a" * 300 + ".png\tx"),
    # A page number that is none, a width that is none, brackets without end.
    ("a.gt.json", '{"file": "a.png", "pages": [{"page": 1e999, "lines": []}]}'),
    ("a.gt.json", '{"file": "a.png", "pages": [{"page": 1, "width": "wide", "lines": []}]}'),
    ("a.gt.json", "[" * 100_000),
    # No truth in it.
    ("a.gt.json", '{"file": "a.png"}'),
    # A polygon that is no quad.
    ("a.gt.json", '{"file": "a.png", "lines": [{"text": "x", "polygon": [[1, 2], [3, 4], [5, 6]]}]}'),
    # No tab in the table.
    ("labels.tsv", "a.png x"),
    # The table names a file that is not there.
    ("labels.tsv", "b.png\tx"),
]


@pytest.mark.parametrize(("name", "content"), BAD_TRUTH)
def test_bad_truth_is_named(tmp_path: Path, name: str, content: str) -> None:
    put_picture(tmp_path / "in" / "a.png")
    (tmp_path / "in" / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=name):
        find_labelled(tmp_path / "in")


def test_nothing_labelled(tmp_path: Path) -> None:
    put_picture(tmp_path / "a.png")
    with pytest.raises(NothingToReadError, match=r"labels\.tsv"):
        evaluate(tmp_path, {})


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    put_truth(tmp_path / "a.png", text="x")
    (tmp_path / "out").write_text("a file is in the way")
    with pytest.raises(OutputError, match="out"):
        evaluate(tmp_path, {"a.png": [[("x", TOP)]]}, output=tmp_path / "out")


def test_an_evaluation_tells_where_the_text_came_from(tmp_path: Path) -> None:
    put_truth(tmp_path / "a.png", text="own")
    put_truth(tmp_path / "b.png", text="read")

    class Carried(FakePipeline):
        def page(self, index: int, lines: list[tuple[str, Polygon]]) -> Page:
            page = super().page(index, lines)
            return replace(page, origin="text-layer") if page.lines[0].text == "own" else page

    pipeline = Carried({"a.png": [[("own", TOP)]], "b.png": [[("read", TOP)]]})
    evaluation = evaluate_folder(tmp_path, pipeline=pipeline)
    assert evaluation.total.origins == Origins(ocr_pages=1, layer_pages=1, ocr_lines=1, layer_lines=1)
    assert evaluation.table().splitlines()[-1] == "1 page by the PDF's own text: 1 of 2 lines"
    assert evaluation.to_json()["rows"][-1]["origins"]["pages"]["text-layer"] == 1

"""Which recognizers may read: by name, by script, with and without a sorter; and what the engine tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from doubles.sorting import write_sorter_bundle
from doubles.tiny_models import SETTINGS, draw_bars, write_tiny_bundle

from e2eocr.errors import BundleError, OCRError, UsageError
from e2eocr.models import bundles
from e2eocr.models.bundles import list_bundles, read_bundle
from e2eocr.models.choice import ChoosingRecognizer, open_recognizer
from e2eocr.models.engine import identify_engine
from e2eocr.models.pool import Pool, find_pool, parse_scripts
from e2eocr.pipeline import load_pipeline
from e2eocr.results import Document, Page, Source
from e2eocr.settings import ReadSettings
from recognizers.ctc.reader import CTCReader

SCRIPTS = {"alphabetic": ("Latn", "Cyrl", "Grek"), "arabic": ("Arab", "Hebr"), "han": ("Hani", "Kana")}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bundles as they might travel with the program."""
    folder = tmp_path_factory.mktemp("shelf")
    for name, scripts in SCRIPTS.items():
        write_tiny_bundle(folder / name, settings=replace(SETTINGS, scripts=scripts))
    write_sorter_bundle(folder / "sorter")
    return folder


@pytest.fixture
def ship(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Have some of the bundles travel with the program, and no other recognizers and sorters."""

    def ship(*names: str) -> None:
        def shipped(kind: str, home: Path | None = None) -> Iterator[Path]:
            return (shelf / name for name in names if read_bundle(shelf / name).kind == kind)

        monkeypatch.setattr(bundles, "_shipped", shipped)

    return ship


def auto(scripts: str = "any") -> ReadSettings:
    return ReadSettings(detector="projection", scripts=scripts)


def found(pool: Pool) -> tuple[list[str], str | None, tuple[str, ...]]:
    return [bundle.name for bundle in pool.recognizers], pool.sorter.name if pool.sorter else None, pool.scripts


CASES = [
    # One recognizer and no sorter: it reads everything.
    (("alphabetic",), "any", (["alphabetic"], None, ())),
    # Several, and nothing to tell which: the one for Latin letters, or else the first.
    (("arabic", "alphabetic", "han"), "any", (["alphabetic"], None, ())),
    (("arabic", "han"), "any", (["arabic"], None, ())),
    # With a sorter all, and one alone too: it tells what that one cannot read.
    (("alphabetic", "han", "sorter"), "any", (["alphabetic", "han"], "sorter", ())),
    (("alphabetic", "sorter"), "any", (["alphabetic"], "sorter", ())),
    # Scripts narrow the choice; where one is left there is none.
    (("alphabetic", "arabic", "han", "sorter"), "latin, HAN", (["alphabetic", "han"], "sorter", ("Hani", "Latn"))),
    (("alphabetic", "arabic", "han", "sorter"), "hebrew", (["arabic"], None, ())),
    (("alphabetic", "han", "sorter"), "Grek", (["alphabetic"], None, ())),
]


@pytest.mark.parametrize(("names", "scripts", "expected"), CASES)
def test_what_may_read(ship: object, names: tuple[str, ...], scripts: str, expected: object) -> None:
    ship(*names)  # type: ignore[operator]
    assert found(find_pool(auto(scripts))) == expected


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (auto("latin,klingon"), UsageError, r"Invalid `scripts`\. Expected some of: .*greek.*'klingon'"),
        (auto(""), UsageError, "Invalid `scripts`"),
        (auto("tibetan"), BundleError, r"No recognizer is there for Tibt\. Known scripts: Arab, Cyrl, .*Latn"),
        (ReadSettings(recognizer="han", scripts="latin"), UsageError, "goes with the recognizer `auto`"),
        (ReadSettings(recognizer="sorter"), BundleError, "There is no recognizer 'sorter'"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    ship: object, settings: ReadSettings, error: type[OCRError], message: str
) -> None:
    ship("alphabetic", "arabic", "han", "sorter")  # type: ignore[operator]
    with pytest.raises(error, match=message):
        find_pool(settings)


def test_a_sorter_is_no_recognizer(shelf: Path) -> None:
    with pytest.raises(BundleError, match=r"sorter is a sorter, not a recognizer\.$"):
        find_pool(ReadSettings(recognizer=str(shelf / "sorter")))


def test_scripts_go_by_name_and_by_code() -> None:
    assert parse_scripts("Latn, cyrillic,LATIN,odia") == ("Cyrl", "Latn", "Orya")
    assert parse_scripts("any") == ()


def test_with_one_recognizer_auto_is_that_one(ship: object) -> None:
    ship("alphabetic")  # type: ignore[operator]
    recognizer = open_recognizer(auto())
    assert isinstance(recognizer, CTCReader)
    assert identify_engine(auto()) == identify_engine(replace(auto(), recognizer="alphabetic"))
    assert recognizer.read([draw_bars("dab")])[0].recognizer == ""


def test_the_shipped_recognizer_reads_as_before() -> None:
    named = ReadSettings(recognizer="alphabetic")
    if len(find_pool(ReadSettings()).recognizers) == 1 and find_pool(ReadSettings()).sorter is None:
        assert identify_engine(ReadSettings()) == identify_engine(named)


def test_a_choice_reads_with_what_the_sorter_says(ship: object) -> None:
    ship("alphabetic", "han", "sorter")  # type: ignore[operator]
    recognizer = open_recognizer(auto())
    assert isinstance(recognizer, ChoosingRecognizer)
    [reading] = recognizer.read([draw_bars("dab")])  # the sorter says `plain`, which goes with Latin letters
    assert reading.text == "dab" and reading.recognizer.startswith("alphabetic@")


def test_the_engine_knows_all_that_may_read(ship: object) -> None:
    ship("alphabetic", "han", "sorter")  # type: ignore[operator]
    engine = identify_engine(auto())
    assert [name.partition("@")[0] for name in engine.recognizers] == ["alphabetic", "han"]
    assert engine == load_pipeline(auto()).engine
    ship("alphabetic", "arabic", "han", "sorter")  # type: ignore[operator]
    engines = [engine, *(identify_engine(auto(scripts)) for scripts in ("any", "latin,han", "latin,kana", "latin"))]
    assert all(one != other for at, one in enumerate(engines) for other in engines[:at])


def test_a_document_names_those_that_read_it(ship: object) -> None:
    ship("alphabetic", "han", "sorter")  # type: ignore[operator]
    engine = identify_engine(auto())
    alphabetic, han = engine.recognizers

    def made(*used: tuple[str, ...]) -> Document:
        pages = tuple(Page(at, 9, 9, recognizers=names) for at, names in enumerate(used))
        return Document(Source("a.png", "0" * 64, 1, "image/png"), engine.of_document(pages), pages)

    assert made((han,), (alphabetic,)).engine.recognizers == (alphabetic, han)
    assert made((han,), ()).engine.recognizers == (han,)
    assert made(()).engine.recognizers == ()
    assert all(engine.may_have_read(made(*used)) for used in [((han,), (alphabetic,)), ((han,),), ((),)])
    ship("alphabetic", "arabic", "han", "sorter")  # type: ignore[operator]
    assert not identify_engine(auto()).may_have_read(made((alphabetic,)))  # it could choose otherwise


def test_one_recognizer_is_named_whether_or_not_it_read_anything() -> None:
    engine = identify_engine(ReadSettings(recognizer="alphabetic"))
    assert engine.of_document([Page(0, 9, 9)]) == engine


def test_sorters_are_listed(ship: object) -> None:
    ship("alphabetic", "sorter")  # type: ignore[operator]
    assert ("sorter", "sorter") in [(info.kind, info.name) for info in list_bundles()]


def test_the_pipeline_tells_of_each_page_what_read_it(ship: object) -> None:
    from e2eocr.documents import PageImage

    ship("alphabetic", "han", "sorter")  # type: ignore[operator]
    pipeline = load_pipeline(replace(auto(), detector="whole-image", min_legibility=0))
    pixels = np.repeat(draw_bars("dabdab")[..., None], 3, axis=2)
    page = pipeline.read_page(PageImage(0, pixels, 200.0))
    assert [line.text for line in page.lines] == ["dabdab"]
    assert [name.partition("@")[0] for name in page.recognizers] == ["alphabetic"]

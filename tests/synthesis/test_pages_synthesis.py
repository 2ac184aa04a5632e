"""From text and fonts to pages: layouts, their truth, and the command that renders them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from doubles.fonts import LETTERS, build_font

from e2eocr.errors import OutputError, UsageError
from e2eocr.synthesis.fonts.faces import find_faces
from e2eocr.synthesis.pages import synthesis
from e2eocr.synthesis.pages import text as page_text
from e2eocr.synthesis.pages.canvas import Backing, Canvas
from e2eocr.synthesis.pages.capture import CAPTURE_STYLES, CAPTURES, capture
from e2eocr.synthesis.pages.layouts import LAYOUTS, check_layouts, fitting
from e2eocr.synthesis.pages.layouts_prose import MIN_COLUMN, columns
from e2eocr.synthesis.pages.pictures import Pictures
from e2eocr.synthesis.pages.scene import Scene
from e2eocr.synthesis.pages.synthesis import PageSynthesizer, synth_pages
from e2eocr.synthesis.pages.typesetting import Type, break_lines, line_width, set_letters, set_words, visual_order
from e2eocr.synthesis.shard_rendering import Sources
from e2eocr.synthesis.text.sources import TextSource
from e2eocr.truth.page_shards import PageStore
from e2eocr.truth.records import PageSample

SIGNS = LETTERS + "0123456789.,:-"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text of few letters, and fonts that draw them."""
    path = tmp_path_factory.mktemp("made")
    (path / "en.txt").write_text("then he bent on the stone table\nno one has put the eggs there, they stay low\n")
    build_font(path / "serif.ttf", "Made Serif", SIGNS)
    build_font(path / "typed.ttf", "Made Typewriter", SIGNS)
    return path


@pytest.fixture(scope="module")
def synthesizer(folder: Path) -> PageSynthesizer:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_text, "_POOL", 300)
        source = TextSource(folder, charset=SIGNS, languages=["en"])
        return PageSynthesizer(source, find_faces(font_dirs=[folder]), 5, long_side=640)


def assert_inside(sample: PageSample) -> None:
    height, width = sample.image.shape[:2]
    for line in sample.lines:
        for polygon in (line.polygon, *(word.polygon for word in line.words if not line.ignore)):
            assert polygon.min() >= -1.0 and polygon[:, 0].max() <= width + 1 and polygon[:, 1].max() <= height + 1
            assert cv2.contourArea(polygon.astype(np.float32), oriented=True) > 0, "clockwise"


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_renders(name: str, synthesizer: PageSynthesizer) -> None:
    for index in range(3):
        sample = synthesizer.render_layout(name, index)
        assert sample.image.dtype == np.uint8 and max(sample.image.shape) == round(640 * LAYOUTS[name].enlarged)
        assert bool(sample.lines) == (name not in ("blank", "photograph"))
        assert_inside(sample)
        blocks = [line.block for line in sample.lines if not line.ignore]
        assert all(line.text == " ".join(word.text for word in line.words) for line in sample.lines if not line.ignore)
        if name in ("book", "title_page", "marginalia"):
            assert blocks == sorted(blocks)


@pytest.mark.parametrize("name", ["short_cells", "statement", "timetable", "score_sheet", "table", "invoice"])
def test_tables_know_their_cells(name: str, synthesizer: PageSynthesizer) -> None:
    for index in range(4):
        sample = synthesizer.render_layout(name, index)
        assert sample.tables
        for table in sample.tables:
            places = [(cell.row, cell.column) for cell in table.cells]
            assert len(set(places)) == len(places)
            low, high = table.polygon.min(axis=0) - 2, table.polygon.max(axis=0) + 2
            columns: dict[int, list[float]] = {}
            for cell in table.cells:
                for line in (sample.lines[number] for number in cell.lines):
                    assert line.kind == "table"
                    assert (line.polygon >= low).all() and (line.polygon <= high).all()
                    if cell.column_span == 1:
                        columns.setdefault(cell.column, []).append(float(line.polygon[:, 0].mean()))
            reaches = [(min(columns[column]), max(columns[column])) for column in sorted(columns)]
            assert all(left[1] < right[0] for left, right in pairwise(reaches)), "columns stand side by side"


def test_a_comb_is_one_line_of_all_its_characters(made_type: Type) -> None:
    canvas = Canvas(400, 60)
    for place, character in enumerate("then"):
        words = set_words(character, made_type, "Latn")
        canvas.place_line(words, made_type, 20 + 50 * place, 40, ink=(0, 0, 0), language="en", block=0)
    canvas.join_lines(1)
    alone, joined = canvas.lines
    assert (alone.text, joined.text) == ("t", "h e n")
    assert [word.text for word in joined.words] == ["h", "e", "n"]
    assert joined.polygon[0, 0] > 60 and joined.polygon[1, 0] > 170


def test_kinds_of_blocks_are_told(synthesizer: PageSynthesizer) -> None:
    pages = [synthesizer.render_layout(name, number) for name in LAYOUTS for number in (1, 2, 3)]
    kinds = {line.kind for page in pages for line in page.lines if not line.ignore}
    assert {"heading", "paragraph", "list", "table", "caption", "header", "footer", "page-number"} <= kinds


def test_tables_go_where_their_cells_go(synthesizer: PageSynthesizer) -> None:
    sample = synthesizer.render_layout("short_cells", 1)
    for style in ("office", "photo", "handheld"):
        taken = capture(sample, CAPTURE_STYLES[style], np.random.default_rng(3))
        for table in taken.tables:
            outline = table.polygon.astype(np.float32)
            for number in (number for cell in table.cells for number in cell.lines):
                x, y = taken.lines[number].polygon.mean(axis=0).tolist()
                assert cv2.pointPolygonTest(outline, (x, y), True) > -0.05 * max(sample.image.shape)


@pytest.mark.parametrize("name", ["book", "typescript", "article"])
def test_ink_lies_in_polygons_and_polygons_on_ink(name: str, synthesizer: PageSynthesizer) -> None:
    sample = synthesizer.render_layout(name, 1)
    grey = sample.image if sample.image.ndim == 2 else cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY)
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1] > 0
    for line in sample.lines:
        left, top = np.floor(line.polygon.min(axis=0)).astype(int)
        right, bottom = np.ceil(line.polygon.max(axis=0)).astype(int)
        rows = np.nonzero(ink[top:bottom, left:right].any(axis=1))[0]
        assert len(rows) > 0.5 * (bottom - top), line.text
        if name == "book":
            border = ink[max(top - 1, 0), left:right]
            assert not border.all(), "the line above is not part of this one"
    if name == "book":
        inside = np.zeros(ink.shape, np.uint8)
        for line in sample.lines:
            cv2.fillPoly(inside, [line.polygon.round().astype(np.int32)], 1)
        assert (ink & (inside > 0)).sum() > 0.9 * ink[:, 10:-10].sum()


def test_a_page_depends_on_seed_and_index_alone(synthesizer: PageSynthesizer) -> None:
    first = synthesizer.render(3)
    synthesizer.render(4)
    again = synthesizer.render(3)
    np.testing.assert_array_equal(first.image, again.image)
    assert [line.text for line in first.lines] == [line.text for line in again.lines]


def test_the_letters_of_a_street_are_as_large_as_its_boards_let_them_be(synthesizer: PageSynthesizer) -> None:
    samples = [synthesizer.render_layout("street", index) for index in range(12)]
    heights = [np.ptp(line.polygon[:, 1]) / len(sample.image) for sample in samples for line in sample.lines]
    assert max(heights) > 0.1 and np.median(heights) > 0.025
    assert {sample.image.ndim for sample in samples} == {3}


def test_letters_on_boards_and_pictures_can_be_told_from_them_as_grey(synthesizer: PageSynthesizer) -> None:
    for name in ("street", "promotion"):
        for index in range(20):
            sample = synthesizer.render_layout(name, index)
            if sample.image.ndim == 2:
                continue
            grey = cv2.cvtColor(sample.image, cv2.COLOR_RGB2GRAY)
            for line in sample.lines:
                (left, top), (right, bottom) = np.floor(line.polygon.min(axis=0)), np.ceil(line.polygon.max(axis=0))
                part = grey[int(top) : int(bottom), int(left) : int(right)]
                assert np.ptp(part) > 40, (name, index, line.text)


def test_letters_in_a_column_stand_below_one_another(made_type: Type) -> None:
    words = set_letters("then he", made_type)
    assert [word.text for word in words] == list("thenhe")
    canvas = Canvas(200, 300)
    line = canvas.place_column(words, made_type, 100, 10, ink=(0, 0, 0), language="ko", block=0)
    assert line is not None
    ink = np.argwhere(canvas.pixels[:, :, 0] < 128)
    (left, top), (right, bottom) = line.polygon.min(axis=0), line.polygon.max(axis=0)
    assert left <= ink[:, 1].min() and ink[:, 1].max() <= right and top <= ink[:, 0].min() and ink[:, 0].max() <= bottom


def test_layouts_that_are_named_are_drawn_where_their_script_may_stand() -> None:
    assert set(fitting("Latn", ("street", "promotion"))) == {"street", "promotion"}
    assert set(fitting("Jpan", ("vertical_columns",))) == {"vertical_columns"}
    assert set(fitting("Latn", ("vertical_columns",))) == set(fitting("Latn"))
    with pytest.raises(UsageError, match="no layout 'streets'"):
        check_layouts(("street", "streets"))


def test_letters_with_a_contour_and_a_shadow_keep_their_place(made_type: Type) -> None:
    plain, backed = Canvas(300, 80, colour=True), Canvas(300, 80, colour=True)
    backed.backings = (Backing((0, 0, 255), moved=(6, 4), blurred=1.0), Backing((255, 0, 0), grown=3))
    for canvas in (plain, backed):
        words = set_words("then he bent", made_type, "Latn")
        canvas.place_line(words, made_type, 20, 50, ink=(0, 0, 0), language="en", block=0)
    np.testing.assert_array_equal(plain.lines[0].polygon, backed.lines[0].polygon)
    letters = (plain.pixels == 0).all(axis=2)
    assert (backed.pixels[letters] == 0).all(), "letters stand above all of it"
    around = (backed.pixels == (255, 0, 0)).all(axis=2)
    assert cv2.dilate(letters.astype(np.uint8), np.ones((7, 7), np.uint8))[around].all() and around.sum() > 100
    blue = (backed.pixels[:, :, 2] == 255) & (backed.pixels[:, :, 0] < 100)
    assert np.argwhere(blue)[:, 0].max() > np.argwhere(letters)[:, 0].max(), "the shadow falls below"


def test_photographs_stand_where_pictures_are_drawn_else(folder: Path, synthesizer: PageSynthesizer) -> None:
    photographs = folder / "photographs"
    photographs.mkdir(exist_ok=True)
    cv2.imwrite(str(photographs / "grass.png"), np.full((600, 600, 3), (10, 200, 10), np.uint8))
    source = TextSource(folder, charset=SIGNS, languages=["en"])
    shown = PageSynthesizer(
        source, find_faces(font_dirs=[folder]), 5, long_side=320, pictures=Pictures.of_folder(photographs)
    )
    colours = [shown.render_layout("photograph", index).image for index in range(16)]
    green = [image.ndim == 3 and (image[:, :, 1] > 2 * image[:, :, 0].astype(int)).mean() for image in colours]
    assert max(green) > 0.9


@pytest.mark.slow
def test_pages_are_whole(synthesizer: PageSynthesizer) -> None:
    samples = [synthesizer.render(index) for index in range(40)]
    for sample in samples:
        assert_inside(sample)
        assert abs(sample.skew) <= 25 and sample.image.flags.c_contiguous
    assert len({sample.layout for sample in samples}) > 6
    assert {sample.image.ndim for sample in samples} == {2, 3}
    assert {sample.rotation for sample in samples} > {0}


@pytest.mark.parametrize("name", CAPTURE_STYLES)
@pytest.mark.parametrize("colour", [False, True])
def test_every_capture_keeps_the_size_and_the_lines(name: str, colour: bool, synthesizer: PageSynthesizer) -> None:
    sample = synthesizer.render_layout("book", 1)
    image = cv2.cvtColor(sample.image, cv2.COLOR_GRAY2RGB) if sample.image.ndim == 2 else sample.image
    image = image if colour else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    for seed in range(6):
        page = replace(sample, image=image.copy())
        taken = capture(page, CAPTURE_STYLES[name], np.random.default_rng(seed))
        assert taken.image.shape == image.shape and taken.image.dtype == np.uint8
        assert len(taken.lines) == len(sample.lines)
        assert_inside(taken)


def test_captures_name_styles_that_are_there() -> None:
    assert {layout.kind for layout in LAYOUTS.values()} == set(CAPTURES)
    assert {name for shares in CAPTURES.values() for name in shares} == set(CAPTURE_STYLES)


@pytest.fixture(scope="module")
def made_type(folder: Path) -> Type:
    return Type(find_faces(font_dirs=[folder])[0], 20, "the")


def test_lines_break_where_they_are_full(made_type: Type) -> None:
    words = set_words("then he bent on the stone z table", made_type, "Latn")
    assert [word.text for word in words] == ["then", "he", "bent", "on", "the", "stone", "table"]  # z has no ink
    rows = break_lines(words, made_type, 90.0)
    assert [word for row in rows for word in row] == words
    assert all(line_width(row, made_type.space) <= 90.0 for row in rows) and len(rows) > 2


def test_letters_wider_than_a_fixed_pitch_do_not_run_into_the_next_word(tmp_path: Path) -> None:
    build_font(tmp_path / "typed.ttf", "Made Typewriter", SIGNS, wide="g")
    typed = Type(find_faces(font_dirs=[tmp_path])[0], 20, "the")
    narrow, wide = set_words("then eggs", typed, "Latn")
    assert narrow.width == 4 * 10
    assert wide.width >= 6 * 10 - 1  # its last letter fills its place but for a pixel


def test_columns_have_room_for_words(synthesizer: PageSynthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Scene] = []

    def fill(scene: Scene) -> None:
        seen.append(scene)
        columns(scene, scene.margin, scene.canvas.height - scene.margin, 30)

    monkeypatch.setitem(LAYOUTS, "newspaper", replace(LAYOUTS["newspaper"], fill=fill))
    page = synthesizer.render_layout("newspaper", 0)
    lefts = np.sort([float(line.polygon[0, 0]) for line in page.lines])
    steps = np.diff(lefts)[np.diff(lefts) > 4 * seen[0].body]  # more than the indent of a paragraph
    assert len(steps) > 0
    assert (steps > MIN_COLUMN * seen[0].body).all()


def test_a_line_is_as_high_as_its_ink(made_type: Type) -> None:
    canvas = Canvas(200, 60)
    words = set_words("the the eggs", made_type, "Latn")
    line = canvas.place_line(words, made_type, 20, 40, ink=(0, 0, 0), language="en", block=canvas.new_block())
    assert line is not None and line.text == "the the eggs"
    # the boxes of this font are 0.7 of its size high, and 0.4 wide in a cell of 0.5
    rows, columns = np.nonzero(canvas.pixels[:, :, 0] < 128)
    assert (rows.min(), rows.max() + 1) == (26, 40)
    np.testing.assert_allclose(line.polygon[[0, 2]].T, [[columns.min(), columns.max() + 1], [26, 40]], atol=2.7)
    starts = [float(word.polygon[0, 0]) for word in line.words]
    assert starts == sorted(starts) and len(set(starts)) == 3


def test_what_has_no_room_is_not_placed(made_type: Type) -> None:
    canvas = Canvas(200, 60)
    words = set_words("the", made_type, "Latn")
    # beyond the right edge; above the page
    for left, baseline in ((190, 40), (20, 3)):
        assert canvas.place_line(words, made_type, left, baseline, ink=(0, 0, 0), language="en", block=0) is None
    assert canvas.lines == [] and canvas.pixels.min() == 255


def test_a_turned_canvas_takes_its_lines_along(made_type: Type) -> None:
    small, canvas = Canvas(100, 30, (0, 0, 0)), Canvas(200, 200)
    small.place_line(set_words("the", made_type, "Latn"), made_type, 10, 22, ink=(255,) * 3, language="en", block=0)
    assert canvas.place_turned(small, (100, 100), 90, (0, 0, 0))
    rows, columns = np.nonzero(canvas.pixels[:, :, 0] < 128)
    polygon = canvas.lines[0].polygon
    assert polygon[0, 0] > polygon[2, 0] and polygon[0, 1] < polygon[2, 1]  # its top left is now at the right
    assert polygon[:, 0].min() <= columns.min() and polygon[:, 0].max() >= columns.max()
    assert polygon[:, 1].min() <= rows.min() and polygon[:, 1].max() >= rows.max()
    assert not canvas.place_turned(small, (10, 10), 45, (0, 0, 0))


def test_foreign_words_keep_their_order_in_right_to_left_lines() -> None:
    from e2eocr.synthesis.pages.typesetting import SetWord

    words = [SetWord(text, (), 1.0) for text in ("אב", "New", "York", "גד")]
    assert visual_order(words) == [3, 1, 2, 0]


@pytest.mark.slow
def test_workers_do_not_change_the_pages(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "PAGES_PER_SHARD", 2)
    monkeypatch.setattr(page_text, "_POOL", 300)
    sources = Sources(3, text=folder, font_dirs=(folder,), languages=("en",))
    for workers in (1, 2):
        report = synth_pages(tmp_path / str(workers), pages=5, workers=workers, sources=sources, long_side=320)
        assert report.pages == 5
    for path in sorted((tmp_path / "1").iterdir()):
        assert path.read_bytes() == (tmp_path / "2" / path.name).read_bytes(), path.name
    with pytest.raises(OutputError, match="holds shards"):
        synth_pages(tmp_path / "1", pages=1, sources=sources)


def test_the_command_renders_and_labels(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from e2eocr.cli import cli

    monkeypatch.setattr(page_text, "_POOL", 300)
    arguments = ["synth", "pages", "-o", str(tmp_path / "out"), "--pages", "3", "--text", str(folder), "--fonts"]
    arguments += [str(folder), "--language", "en", "--long-side", "320", "--labelled", str(tmp_path / "labelled")]
    result = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert result.exit_code == 0 and result.stdout.startswith("3 pages")
    assert len(PageStore(tmp_path / "out")) == 3
    assert len(list((tmp_path / "labelled").glob("*.gt.json"))) == 3


def test_bad_numbers_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pages"):
        synth_pages(tmp_path, pages=0)

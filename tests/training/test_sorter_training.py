"""A line sorter's labels, training inputs, loop and export."""

from __future__ import annotations

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from doubles.training import draw_line, words, write_shards
from keras import ops

from e2eocr.errors import DataError, UsageError
from e2eocr.export import sorter as export
from e2eocr.export.sorter import MeasuredSorter, export_sorter
from e2eocr.models.bundles import read_bundle
from e2eocr.models.loading import load_sorter
from e2eocr.models.parts import load_settings
from e2eocr.training.batches.mixture import Draw
from e2eocr.training.recognizer.recipe import LineSet
from e2eocr.training.sorter import recipe as recipe_module
from e2eocr.training.sorter.inputs import KindInputs, KindSample, cut_piece, sort_set
from e2eocr.training.sorter.labels import GroupLabels
from e2eocr.training.sorter.loop import SorterTraining, measure_sorting, sorter_config, sorter_settings
from e2eocr.training.sorter.losses import kind_loss
from e2eocr.training.sorter.recipe import SorterRecipe, load_sorter_recipe
from e2eocr.training.sorter.textless import draw_textless
from recognizers.base import LineKind, ScriptGroup
from recognizers.sorter.reader import SorterSettings, prepare_line

GROUPS = (
    ScriptGroup("plain", ("Latn",), everywhere=True),
    ScriptGroup("alphabetic", ("Latn", "Cyrl")),
    ScriptGroup("han", ("Hani", "Hira")),
    ScriptGroup("arabic", ("Arab", "Hebr")),
)
PLAIN, ALPHABETIC, HAN, ARABIC = range(len(GROUPS))
LABELS = GroupLabels(GROUPS)
TINY: dict[str, Any] = {"filters": [4, 4, 8, 8], "features": 8, "hidden": 8, "dropout": 0.0}


def tiny_recipe(*learn_from: Path, **changes: Any) -> SorterRecipe:
    values: dict[str, Any] = {
        "groups": GROUPS,
        "architecture": TINY,
        "train": tuple(LineSet(str(path), degrade=0.0) for path in learn_from),
        "lines": 12000,
        "epoch_lines": 3000,
        "batch_pixels": 4096,
        "learning_rate": 1e-2,
        "warmup_lines": 50,
        "average": 0.9,
        "cut": 0.2,
        "precision": "float32",
        "data_workers": 0,
    }
    return SorterRecipe(**(values | changes))


def draw_squares(count: int) -> np.ndarray:
    """A line of full squares of ink."""
    image = np.full((32, 28 * count + 8), 255, np.uint8)
    for at in range(count):
        image[5:27, 8 + 28 * at : 28 + 28 * at] = 30
    return image


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Lines of Latin words, and of squares that are called Han."""
    folder = tmp_path_factory.mktemp("data")
    latin = write_shards(folder / "latin", [" ".join(words(12, seed)) for seed in range(40)])
    counts = [2 + number % 9 for number in range(40)]
    han = write_shards(folder / "han", ["漢" * count for count in counts], images=[draw_squares(n) for n in counts])
    return latin, han


# The labels.


@pytest.mark.parametrize(
    ("text", "group"),
    [
        # Digits, marks and a word or two in plain letters are found everywhere; running text is the alphabets'.
        ("2024-01-15", PLAIN),
        ("No. 12/B", PLAIN),
        ("— ★ …", PLAIN),
        ("Introduction to Algorithms", ALPHABETIC),
        ("café", ALPHABETIC),
        ("Привет", ALPHABETIC),
        # One character of another group is enough: its recognizer knows plain letters, and theirs knows none of its.
        ("第3章 Introduction", HAN),
        ("The word 漢 is Chinese, and means Chinese", HAN),
        ("ひらがな", HAN),
        ("السعر 250 USD", ARABIC),
        ("٢٠٢٤", ARABIC),  # its own digits tell
        ("۲۰۲۴", ARABIC),
        # A Greek letter in a formula amid Han characters: the most.
        ("漢字 И", HAN),
        # Letters of no group.
        ("ཀ་ཁ", None),
        ("ཀ plain", None),
    ],
)
def test_the_group_of_a_line_is_told_by_its_label(text: str, group: int | None) -> None:
    assert LABELS.group_of(text) == group


@pytest.mark.parametrize(
    ("text", "pure"),
    [
        ("漢字、ひら", True),
        ("Привет мир", True),
        ("第3章", False),
        ("漢字 GPU", False),
        ("words", False),
        ("12", False),
    ],
)
def test_pieces_are_cut_of_lines_of_one_script_alone(text: str, pure: bool) -> None:
    assert LABELS.is_pure(text) is pure


# The recipe.


GROUP_TABLES = (
    '[[groups]]\nname = "plain"\nscripts = ["Latn"]\neverywhere = true\n[[groups]]\nname = "han"\nscripts = ["Hani"]\n'
)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("upside = 0.3\n" + GROUP_TABLES, UsageError, "Did you mean `upside_down`"),
        ("cut = 1.5\n" + GROUP_TABLES, DataError, "`cut`"),
        ("lines = 0\n" + GROUP_TABLES, DataError, "`lines`"),
        ('[[groups]]\nname = "han"\nscripts = ["Hani"]\n', DataError, "two"),
        (GROUP_TABLES.replace("everywhere = true\n", ""), DataError, "`everywhere`"),
        (GROUP_TABLES.replace("plain", "han"), DataError, "another `name`"),
    ],
)
def test_a_wrong_recipe_is_refused(tmp_path: Path, text: str, error: type[Exception], told: str) -> None:
    path = tmp_path / "sorter.toml"
    path.write_text(f'{text}[[train]]\npath = "a"\n', encoding="utf-8")
    with pytest.raises(error, match=told):
        load_sorter_recipe(path)


def test_settings_and_architectures_that_cannot_be_are_refused(tmp_path: Path) -> None:
    recipe = tiny_recipe(tmp_path, architecture={"filters": [4]}, reading={"piece": 3})
    with pytest.raises(DataError, match="architecture"):
        SorterTraining(recipe, tmp_path)
    with pytest.raises(DataError, match=r"\[reading\] of the recipe: unknown key `piece`"):
        sorter_settings(recipe, sorter_config(tiny_recipe(tmp_path)))


def test_the_shipped_recipe_can_be_built() -> None:
    recipe = load_sorter_recipe(Path(recipe_module.__file__).parent / "recipes" / "sorter.toml", lines=7)
    config = sorter_config(recipe)
    assert (config.groups, recipe.lines) == (len(recipe.groups), 7)
    assert sorter_settings(recipe, config).groups == recipe.groups


# The inputs.


def inputs_of(*paths: Path, **changes: Any) -> KindInputs:
    recipe = tiny_recipe(*paths, **changes)
    return KindInputs(recipe, [sort_set(each, LABELS) for each in recipe.train], SorterSettings(GROUPS))


def samples_of(inputs: KindInputs, count: int = 300) -> list[KindSample]:
    rendered = [inputs.render(draw) for draw in inputs.mixture.draw(0, count)]
    return [sample for sample in rendered if sample is not None]


def test_lines_of_no_group_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_shards(tmp_path / "mixed", ["abc", "ཀ", " ", "漢"], images=[draw_line("abc")] * 4)
    with caplog.at_level(logging.WARNING):
        sorted_set = sort_set(LineSet(str(path)), LABELS)
    assert sorted_set.usable.tolist() == [0, 3]
    assert [record.getMessage() for record in caplog.records] == [
        "mixed: 2 of 4 lines left out: of no group, or too small"
    ]
    nothing = write_shards(tmp_path / "nothing", ["ཀ"], images=[draw_line("abc")])
    with pytest.raises(DataError, match="script group is known"):
        sort_set(LineSet(str(nothing)), LABELS)


def test_a_sample_is_what_the_reader_would_see(stores: tuple[Path, Path]) -> None:
    inputs = inputs_of(stores[1], cut=0.0, upside_down=0.0, textless=0.0)
    [usual] = samples_of(inputs, 1)
    pictures = [prepare_line(draw_squares(count), SorterSettings(GROUPS)) for count in range(2, 11)]
    assert any(usual.picture.shape == each.shape and np.allclose(usual.picture, each, atol=1e-3) for each in pictures)
    assert (usual.group, usual.upside_down) == (HAN, False)


def test_shares_are_those_of_the_recipe(stores: tuple[Path, Path]) -> None:
    samples = samples_of(inputs_of(*stores, upside_down=0.3, textless=0.2), 600)
    groups = Counter(sample.group for sample in samples)
    assert {*groups} == {PLAIN, ALPHABETIC, HAN}
    assert groups[PLAIN] == pytest.approx(120, abs=40)
    assert sum(sample.upside_down for sample in samples) == pytest.approx(0.3 * 480, abs=40)
    assert not any(sample.upside_down for sample in samples if sample.group == PLAIN)


def test_pieces_of_long_lines_are_shown(stores: tuple[Path, Path]) -> None:
    latin, han = stores
    cut = [sample.picture.shape[1] for sample in samples_of(inputs_of(han, cut=1.0, textless=0.0))]
    whole = [sample.picture.shape[1] for sample in samples_of(inputs_of(han, cut=0.0, textless=0.0))]
    assert np.mean(cut) < 0.8 * np.mean(whole)
    mixed = {sample.picture.shape[1] for sample in samples_of(inputs_of(latin, cut=1.0, textless=0.0))}
    assert mixed <= {sample.picture.shape[1] for sample in samples_of(inputs_of(latin, cut=0.0, textless=0.0))}


def test_a_sample_depends_on_its_seed_alone(stores: tuple[Path, Path]) -> None:
    inputs = inputs_of(*stores)
    first, again, *others = (inputs.render(Draw(1, 3, seed)) for seed in (5, 5, *range(6, 26)))
    assert first is not None and again is not None
    assert np.array_equal(first.picture, again.picture) and first.upside_down == again.upside_down
    assert len({sample.picture.tobytes() for sample in others if sample is not None}) > 1


def test_batches_are_packed_by_width(stores: tuple[Path, Path]) -> None:
    inputs = inputs_of(*stores)
    samples = samples_of(inputs)
    packed = inputs.pack(samples)
    assert sum(map(len, packed)) == len(samples)
    for members in packed:
        batch = inputs.collate(members)
        [pixels] = batch.inputs
        groups, upside_down = batch.truth
        assert pixels.shape[1:] == (32, pixels.shape[2], 1) and pixels.shape[2] % 64 == 0
        assert len(members) == 1 or pixels.shape[0] * pixels.shape[2] <= 4096
        assert groups.tolist() == [member.group for member in members] and upside_down.dtype == np.float32


def test_a_piece_is_no_longer_than_its_line() -> None:
    rng = np.random.default_rng(1)
    widths = [cut_piece(draw_squares(20), rng).shape[1] for _ in range(50)]
    assert max(widths) <= 6.1 * 32 and min(widths) >= 48
    assert cut_piece(draw_squares(1), rng).shape == (32, 36)


def test_pictures_without_text_differ() -> None:
    rng = np.random.default_rng(1)
    pictures = [draw_textless(rng) for _ in range(60)]
    assert all(picture.dtype == np.uint8 and min(picture.shape) >= 8 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) > 40
    assert sum(picture.std() > 5 for picture in pictures) > 20


# The loss.


def loss_of(group: int, upside_down: float, logits: list[float]) -> float:
    groups, turned = np.array([group], np.int32), np.array([upside_down], np.float32)
    return float(ops.convert_to_numpy(kind_loss(groups, turned, np.array([logits], np.float32))))


def test_the_loss_is_least_where_group_and_turn_are_right() -> None:
    right = loss_of(2, 1.0, [-4, -4, 4, -4, 5])
    assert right < 0.2
    assert loss_of(1, 1.0, [-4, -4, 4, -4, 5]) > right + 5
    assert loss_of(2, 0.0, [-4, -4, 4, -4, 5]) == pytest.approx(right + 0.5 * 5, abs=0.01)


def test_to_be_too_sure_costs() -> None:
    assert loss_of(2, 0.0, [-30, -30, 30, -30, -9]) > loss_of(2, 0.0, [-3, -3, 3, -3, -9])


# The loop.


class Knowing:
    """Knows squares from letters by their ink, and takes what lies for what stands."""

    name = "knowing"
    groups: tuple[ScriptGroup, ...] = GROUPS

    def sort(self, crops: Any) -> list[LineKind]:
        return [LineKind((("han", 0.95),) if crop.mean() < 190 else (("plain", 0.6),)) for crop in crops]


def test_plain_words_and_running_text_in_their_letters_are_no_mistake(stores: tuple[Path, Path]) -> None:
    latin, han = (measure_sorting(Knowing(), sort_set(LineSet(str(path), degrade=0.0), LABELS)) for path in stores)
    assert (latin.wrong, latin.unsure, latin.turned_wrong, latin.lines) == (0.0, 1.0, 0.5, 40)
    assert (han.wrong, han.unsure) == (0.0, 0.0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, stores: tuple[Path, Path]) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    validation = tuple(LineSet(str(path), degrade=0.0) for path in stores)
    SorterTraining(tiny_recipe(*stores, validation=validation), folder).run()
    return folder


@pytest.mark.slow
def test_a_run_learns_and_its_bundle_sorts(run: Path, stores: tuple[Path, Path], tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert rows[-1]["lines"] >= 12000 and rows[-1]["loss"] < rows[0]["loss"]
    measured = export_sorter(
        run, tmp_path / "kinds", description="two", trained_on=["drawn, CC0"], calibration=stores, dev=stores
    )
    bundle = read_bundle(tmp_path / "kinds")
    assert (bundle.kind, bundle.family, bundle.manifest["description"]) == ("sorter", "sorter", "two")
    assert bundle.manifest["lines_seen"] >= 12000
    settings = load_settings(bundle)
    assert settings.groups == GROUPS and settings.temperature != 1.0
    figures = json.loads((bundle.path / "metrics.json").read_text("utf-8"))
    assert figures["shipped"] in measured and {*figures["float"]["sets"]} == {"latin", "han"}
    assert measured["float"].wrong < 0.1
    letters, squares = load_sorter(str(bundle.path)).sort([draw_line("some words of it"), draw_squares(5)])
    assert letters.groups[0][0] in ("plain", "alphabetic") and squares.groups[0][0] == "han"


@pytest.mark.slow
@pytest.mark.parametrize(("int8_wrong", "shipped"), [(0.011, "int8"), (0.013, "float")])
def test_int8_ships_when_it_costs_next_to_nothing(
    run: Path,
    stores: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    int8_wrong: float,
    shipped: str,
) -> None:
    def measure(path: Path, settings: object, sets: object) -> MeasuredSorter:
        return MeasuredSorter({}, int8_wrong if path.stem == "int8" else 0.01, 1.0, path.stat().st_size)

    monkeypatch.setattr(export, "measure_sorter", measure)
    measured = export_sorter(run, tmp_path / "s", description="", trained_on=(), calibration=stores, dev=stores)
    assert (tmp_path / "s" / "model.onnx").stat().st_size == measured[shipped].size

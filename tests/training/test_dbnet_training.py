"""DBNet's graph, losses, training inputs, loop and export."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import pytest
from doubles.detectors import box, draw_page, write_pages
from doubles.tiny_models import write_tiny_bundle
from keras import ops

from detectors.dbnet.graph import DBNetConfig, build_dbnet, reading_graph
from e2eocr.errors import BundleError, DataError, UsageError
from e2eocr.export.detector import export_detector
from e2eocr.models.bundles import find_bundle, list_bundles, read_bundle
from e2eocr.models.loading import load_detector
from e2eocr.training.batches.stream import Batch
from e2eocr.training.detector import recipe as detector_recipe
from e2eocr.training.detector.growth import can_grow
from e2eocr.training.detector.inputs import NO_TURN, CropInputs, cut_crop
from e2eocr.training.detector.loop import DetectorTraining, dbnet_config, measure_pages
from e2eocr.training.detector.losses import (
    balanced_cross_entropy,
    dice_loss,
    maps_loss,
    masked_distance,
    turn_loss,
)
from e2eocr.training.detector.pages import open_pages
from e2eocr.training.detector.recipe import DetectorRecipe, PageSet, load_detector_recipe
from e2eocr.truth.page_shards import PageWriter
from e2eocr.truth.records import LineTruth, PageSample, with_points

TINY: dict[str, Any] = {
    "stem_filters": 8,
    "stages": [
        {"filters": 12, "blocks": 1},
        {"filters": 16, "blocks": 1},
        {"filters": 24, "blocks": 1},
        {"filters": 24, "blocks": 1, "attention": True},
    ],
    "pyramid": 16,
    "head_filters": 8,
}


def tiny_recipe(folder: Path, **changes: Any) -> DetectorRecipe:
    """Runs of two epochs of two steps; small crops of clean pages, hardly tilted, float32."""
    values: dict[str, Any] = {
        "architecture": TINY,
        "train": (PageSet(str(folder), degrade=0.0),),
        "crops": 8,
        "epoch_crops": 4,
        "batch": 2,
        "crop_side": 96,
        "text_heights": (14.0, 18.0),
        "turned": 0.0,
        "inverted": 0.0,
        "max_tilt": 1.0,
        "warmup_crops": 2,
        "precision": "float32",
        "data_workers": 0,
    }
    return DetectorRecipe(**(values | changes))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pages(tmp_path_factory.mktemp("data") / "pages")


@pytest.fixture(autouse=True)
def float32() -> Any:
    keras.config.set_dtype_policy("float32")
    yield
    keras.config.set_dtype_policy("float32")


# The graph.


@pytest.mark.parametrize("subpixels", [1, 2])
def test_the_graph_gives_maps_at_a_quarter_and_a_turn(subpixels: int) -> None:
    config = DBNetConfig.from_dict(TINY | {"subpixels": subpixels})
    model = build_dbnet(config)
    shrink, threshold, turn = model(np.zeros((2, 64, 96, 1), np.float32))
    assert shrink.shape == threshold.shape == (2, 16, 24, subpixels**2)
    assert turn.shape == (2, 4)
    assert len(reading_graph(model).outputs) == 1
    assert DBNetConfig.from_dict(config.to_dict()) == config


def test_the_usual_graph_is_small() -> None:
    assert build_dbnet(DBNetConfig()).count_params() < 1_000_000


@pytest.mark.parametrize(
    "values",
    [
        {"depth": 3},  # unknown
        {"subpixels": 3},  # no whole number of pixels
        {"pyramid": 30},  # not in four parts
        {"stages": []},  # too few
    ],
)
def test_an_architecture_that_cannot_be_is_refused(values: dict[str, Any], pages: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Invalid DBNet architecture"):
        DBNetConfig.from_dict(values)
    with pytest.raises(DataError, match="architecture"):
        DetectorTraining(tiny_recipe(pages, architecture=values), tmp_path)


# The losses.


def number(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def test_three_negatives_count_for_each_positive() -> None:
    truth = np.zeros(1000, np.float32)
    truth[:100] = 1
    logits = np.full(1000, -20.0, np.float32)
    logits[:100] = 20.0
    logits[100:400] = 2.0  # the hardest 300 are all wrong by as much
    expected = 300 * math.log1p(math.exp(2.0)) / 400
    valid = np.ones(1000, np.float32)
    assert number(balanced_cross_entropy(truth, logits, valid)) == pytest.approx(expected, rel=1e-3)


def test_places_that_do_not_count_do_not_cost() -> None:
    truth, logits = np.zeros(100, np.float32), np.full(100, 5.0, np.float32)
    nothing = np.zeros(100, np.float32)
    assert number(balanced_cross_entropy(truth, logits, nothing)) == pytest.approx(0, abs=1e-4)
    assert number(dice_loss(truth, truth + 1, nothing)) == pytest.approx(0, abs=1e-6)
    assert number(masked_distance(truth, truth + 1, nothing)) == 0.0


def test_a_blank_page_costs_where_text_is_seen() -> None:
    truth, valid = np.zeros(640, np.float32), np.ones(640, np.float32)
    seen = np.full(640, -8.0, np.float32)
    seen[:20] = 8.0
    assert number(balanced_cross_entropy(truth, seen, valid)) > 1.0
    assert number(balanced_cross_entropy(truth, np.full(640, -8.0, np.float32), valid)) < 0.01


def test_right_maps_cost_little_and_wrong_ones_much() -> None:
    truth = np.zeros((1, 4, 4, 16), np.float32)
    truth[..., :4] = [1, 0, 1, 0]
    truth[..., 4:8] = 0.5
    truth[..., 8:] = 1.0
    logits = np.zeros((1, 4, 4, 8), np.float32)
    logits[..., :4] = [20, -20, 20, -20]
    right = number(maps_loss(4)(truth, logits))
    logits[..., :4] *= -1
    assert right < 0.05
    assert number(maps_loss(4)(truth, logits)) > 20


def test_a_turn_that_is_not_known_does_not_cost() -> None:
    logits = np.array([[9, 0, 0, 0], [9, 0, 0, 0]], np.float32)
    assert number(turn_loss(np.array([[0], [NO_TURN]]), logits)) < 0.01
    assert number(turn_loss(np.array([[1], [NO_TURN]]), logits)) > 8
    assert number(turn_loss(np.array([[NO_TURN], [NO_TURN]]), logits)) == 0.0


# The inputs.


def batch_of(inputs: CropInputs, number: int = 0) -> Batch:
    return inputs.collate([inputs.render(draw) for draw in inputs.mixture.draw(number, 2)])


def test_crops_depend_on_seed_and_number_alone(pages: Path) -> None:
    recipe = tiny_recipe(pages, turned=0.5, inverted=0.5, max_tilt=10.0, train=(PageSet(str(pages)),))
    sets = [(recipe.train[0], open_pages(recipe.train[0]))]
    first, again = (CropInputs(recipe, sets, subpixels=2) for _ in range(2))
    other = batch_of(again, 1)
    for one, two in zip(batch_of(first).truth, batch_of(again).truth, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(batch_of(first).inputs[0], other.inputs[0])
    (pixels,), (maps, turns) = batch_of(first).inputs, batch_of(first).truth
    assert pixels.shape == (2, 96, 96, 1)
    assert maps.shape == (2, 24, 24, 16)
    assert turns.shape == (2, 1)
    assert -1 <= pixels.min() <= pixels.max() <= 1
    assert 0.0 == maps[..., :4].min() < maps[..., :4].max() == 1.0


@pytest.mark.parametrize("turned", [0.0, 1.0])
@pytest.mark.parametrize("heights", [(8.0, 8.0), (16.0, 16.0), (40.0, 40.0)])
def test_outlines_go_where_the_ink_goes(turned: float, heights: tuple[float, float]) -> None:
    image = np.full((300, 400, 3), 255, np.uint8)
    image[100:120, 50:350] = 0  # a line that is black all over
    quad = box(50, 100, 350, 120)
    page = PageSample(image, (LineTruth("", quad, "en", 0),))
    recipe = DetectorRecipe(train=(PageSet("pages"),), crop_side=128, turned=turned, text_heights=heights)
    for seed in range(8):
        crop, height = cut_crop(page, np.random.default_rng(seed), recipe)
        assert height == pytest.approx(heights[0])
        inside = np.zeros((128, 128), np.uint8)
        for outline in crop.outlines:
            cv2.fillPoly(inside, [np.round((outline - 0.5) * 16).astype(np.int32)], 1, shift=4)
        differs = (inside > 0) != (crop.image < 128)
        assert differs.mean() < 0.03
        assert crop.turn == NO_TURN if not crop.outlines else (crop.turn == 0) == (turned == 0.0)


def test_headlines_are_seen_at_the_size_of_small_print_too() -> None:
    quads = [box(50, 50, 950, 210), *(box(50, 300 + 40 * at, 950, 320 + 40 * at) for at in range(4))]
    lines = tuple(LineTruth("", quad, "en", 0) for quad in quads)
    page = PageSample(np.full((500, 1000, 3), 255, np.uint8), lines)
    recipe = DetectorRecipe(
        train=(PageSet("pages"),), crop_side=512, text_heights=(20.0, 20.0), turned=0.0, max_tilt=0.0
    )
    seen = [cut_crop(page, np.random.default_rng(seed), recipe)[0].outlines for seed in range(60)]
    heights = [sorted(float(np.ptp(outline[:, 1])) for outline in outlines) for outlines in seen if outlines]
    by_usual = [each for each in heights if each[0] == pytest.approx(20, abs=1)]
    by_headline = [each for each in heights if each[-1] == pytest.approx(20, abs=1) and each[0] < 5]
    assert len(by_usual) > len(by_headline) > 2


def test_what_only_its_colour_tells_is_seen_in_some_crops() -> None:
    image = np.full((300, 400, 3), (200, 30, 30), np.uint8)
    image[100:120, 50:350] = (30, 116, 30)  # as bright as the ground
    page = PageSample(image, (LineTruth("", box(50, 100, 350, 120), "en", 0),))
    recipe = DetectorRecipe(train=(PageSet("pages"),), crop_side=128, text_heights=(20.0, 20.0))
    crops = [cut_crop(page, np.random.default_rng(seed), recipe)[0] for seed in range(40)]
    clear = [bool(np.ptp(crop.image) > 90) for crop in crops if crop.outlines]
    assert 0.2 < np.mean(clear) < 0.8


def test_what_partial_truth_leaves_out_is_not_punished(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "partial", partial=True)
    recipe = tiny_recipe(folder)
    maps, _ = batch_of(CropInputs(recipe, [(recipe.train[0], open_pages(recipe.train[0]))], subpixels=2)).truth
    assert 0.05 < maps[..., 12:].mean() < 0.95


def test_pages_without_lines_can_be_learned_from(tmp_path: Path) -> None:
    image, _ = draw_page(50, 70, [])
    tmp_path.joinpath("blank.gt.json").write_text(json.dumps({"file": "blank.png", "lines": []}), encoding="utf-8")
    cv2.imwrite(str(tmp_path / "blank.png"), image)
    recipe = tiny_recipe(tmp_path)
    maps, turns = batch_of(CropInputs(recipe, [(recipe.train[0], open_pages(recipe.train[0]))], subpixels=2)).truth
    assert maps[..., :4].max() == 0.0
    assert (turns == NO_TURN).all()


def test_of_a_large_set_some_pages_are_taken(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "many", count=5)
    assert len(open_pages(PageSet(str(folder), max_pages=2))) == 2
    assert len(open_pages(PageSet(str(folder), max_pages=9))) == 5


def test_drawn_pages_come_with_outlines_quads_and_turn(tmp_path: Path) -> None:
    straight, bent = box(10, 10, 90, 24), with_points(box(10, 40, 90, 54), 10.0)
    lines = (
        LineTruth("straight", straight, "en", 0),
        LineTruth("bent", bent, "en", 0),
        LineTruth("", box(60, 60, 80, 80), "en", 1, ignore=True),
    )
    with PageWriter(tmp_path) as writer:
        writer.write(PageSample(np.full((100, 120), 240, np.uint8), lines, rotation=270))
    source = open_pages(PageSet(str(tmp_path)))
    page = source[0]
    assert len(source) == 1
    assert page.rgb.shape == (100, 120, 3)
    assert [len(line.polygon) for line in page.placed] == [4, len(bent)]
    np.testing.assert_allclose(page.quads, [straight, box(10, 40, 90, 54)], atol=0.02)
    assert (len(page.ignored), page.rotation, page.partial) == (1, 270, False)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"train": ()}, "nothing to learn from"),
        ({"crop_side": 100}, "multiple of 32"),
        ({"batch": 0}, "at least 1"),
        ({"text_heights": (20.0, 10.0)}, "the lower one first"),
        ({"shrink_ratio": 1.0}, "0–1"),
        ({"warmup_crops": -1}, "at least 0"),
        ({"learning_rate": 0.0}, "more than 0"),
        ({"validation": (PageSet("a/x"), PageSet("b/x"))}, "differ in name"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        DetectorRecipe(**({"train": (PageSet("pages"),)} | values))


@pytest.mark.parametrize("name", ["detector", "detector-wide"])
def test_the_shipped_recipes_are_such(name: str) -> None:
    path = Path(detector_recipe.__file__).parent / "recipes" / f"{name}.toml"
    assert load_detector_recipe(path, crops=7).crops == 7


def test_the_wider_recipe_grows_out_of_the_detector_that_ships() -> None:
    wider = load_detector_recipe(Path(detector_recipe.__file__).parent / "recipes" / "detector-wide.toml")
    assert can_grow(dbnet_config(find_bundle("dbnet", "detector").architecture), dbnet_config(wider.architecture))


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder"):
        open_pages(PageSet(str(tmp_path / "nowhere")))
    write_pages(tmp_path / "broken")
    (tmp_path / "broken" / "0.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"0\.png"):
        open_pages(PageSet(str(tmp_path / "broken")))


def test_outlines_of_a_scan_of_another_width_are_scaled(tmp_path: Path) -> None:
    image, _ = draw_page(50, 70, [])
    cv2.imwrite(str(tmp_path / "a.png"), image)
    line = {"text": "x", "polygon": (box(10, 10, 40, 20) * 2).tolist()}
    pages = [{"page": 1, "width": 2 * image.shape[1], "lines": [line]}]
    (tmp_path / "a.gt.json").write_text(json.dumps({"file": "a.png", "pages": pages}), encoding="utf-8")
    np.testing.assert_allclose(open_pages(PageSet(str(tmp_path)))[0].quads, [box(10, 10, 40, 20)])


def test_pages_of_which_only_the_text_is_known_are_refused(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "pages")
    (folder / "0.gt.json").write_text(json.dumps({"file": "0.png", "text": "what stands there"}), encoding="utf-8")
    with pytest.raises(DataError, match=r"0\.png: expected a page with the outlines"):
        open_pages(PageSet(str(folder)))


# The loop.


@pytest.mark.slow
def test_a_run_goes_on_from_its_checkpoint(pages: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(pages, validation=(PageSet(str(pages), name="held"),))
    whole = DetectorTraining(recipe, tmp_path / "whole")
    whole.run(report=lambda _: None)
    DetectorTraining(tiny_recipe(pages, validation=recipe.validation, crops=4), tmp_path / "parts").run()
    parts = DetectorTraining(recipe, tmp_path / "parts")
    assert parts.progress.seen == 4
    parts.run(report=lambda _: None)
    assert [row["crops"] for row in parts.progress.history] == [4, 8]
    rows = (tmp_path / "parts" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["crops"] for row in rows] == [4, 8]
    assert "held" in json.loads(rows[0])["h_mean"]
    assert (tmp_path / "parts" / "curve.png").is_file()


@pytest.mark.slow
def test_a_tiny_net_learns_to_find_the_lines(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "pages", count=3)
    recipe = tiny_recipe(
        folder,
        crops=1600,
        epoch_crops=1600,
        batch=8,
        warmup_crops=80,
        learning_rate=8e-3,
        average=0.9,
        turned=0.0,
    )
    training = DetectorTraining(recipe, tmp_path / "run")
    training.run(report=lambda _: None)
    with training.average.applied():
        score = measure_pages(training.detector(), open_pages(PageSet(str(folder))))
    assert score.h_mean > 0.9


@pytest.mark.slow
def test_a_run_becomes_a_bundle_that_loads(pages: Path, tmp_path: Path) -> None:
    DetectorTraining(tiny_recipe(pages, crops=2, epoch_crops=2), tmp_path / "run").run(report=lambda _: None)
    measured = export_detector(
        tmp_path / "run",
        tmp_path / "tiny",
        description="finds strokes",
        trained_on=["drawn strokes, CC0"],
        calibration=[pages],
        dev=[pages],
    )
    assert set(measured) == {"float", "int8"}
    bundle = read_bundle(tmp_path / "tiny")
    assert (bundle.kind, bundle.family, bundle.manifest["crops_seen"]) == ("detector", "dbnet", 2)
    detector = load_detector(str(tmp_path / "tiny"))
    assert detector.name == bundle.identity
    detector.detect(np.full((90, 70, 3), 255, np.uint8))
    started = DetectorTraining(tiny_recipe(pages), tmp_path / "next", start_from=tmp_path / "tiny")
    trained = DetectorTraining(tiny_recipe(pages), tmp_path / "run")
    for mine, its in zip(started.model.get_weights(), trained.average.values, strict=True):
        np.testing.assert_allclose(mine, its, rtol=2e-3, atol=1e-3)
    stages = [stage | {"filters": stage["filters"] + 8} for stage in TINY["stages"]]
    wider = DetectorTraining(
        tiny_recipe(pages, architecture=TINY | {"stages": stages}), tmp_path / "wider", start_from=tmp_path / "tiny"
    )
    page = np.random.default_rng(1).uniform(-1, 1, (1, 64, 64, 1)).astype(np.float32)
    for mine, its in zip(started.model.predict(page), wider.model.predict(page), strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-4)
    with pytest.raises(BundleError, match="another architecture"):
        other = tiny_recipe(pages, architecture=TINY | {"pyramid": 32})
        DetectorTraining(other, tmp_path / "other", start_from=tmp_path / "tiny")


def test_export_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"recipe\.json"):
        export_detector(tmp_path, tmp_path / "out", description="", trained_on=[], calibration=[], dev=[])


def test_no_detector_of_an_unknown_family_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"family 'bars'\. .*detectors: dbnet\."):
        load_detector(str(write_tiny_bundle(tmp_path / "bars", kind="detector", family="bars")))
    with pytest.raises(BundleError, match="projection"):
        load_detector("nothing of that name")
    assert {"projection", "whole-image"} <= {info.name for info in list_bundles() if info.kind == "detector"}

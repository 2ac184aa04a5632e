"""Recipes: what they may say, what is built of them, and the learning rate they ask for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles.training import tiny_recipe

from e2eocr.errors import DataError, UsageError
from e2eocr.models.bundles import find_bundle
from e2eocr.models.families import FAMILIES
from e2eocr.models.parts import load_settings
from e2eocr.synthesis.text.alphabets import ALPHABETIC, load_alphabet
from e2eocr.training.recognizer import recipe as recipe_module
from e2eocr.training.recognizer.loop import RecognizerTraining, reading_settings, recipe_family, recognizer_config
from e2eocr.training.recognizer.recipe import LineSet, Recipe, load_recipe
from e2eocr.training.run.folder import run_family
from recognizers.charset import Charset, script_counts

CHARSET = Charset(ALPHABETIC)
SHAPE = {"height": 32, "time_stride": 4}


def write_recipe(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_read_from_toml(tmp_path: Path) -> None:
    text = "seed = 7\n[architecture]\nlstm_units = 64\n"
    text += '[[train]]\npath = "a/b"\nweight = 2\n[[validation]]\npath = "c.tar"\n'
    recipe = load_recipe(write_recipe(tmp_path, text), lines=5, seed=None)
    assert recipe == Recipe(
        architecture={"lstm_units": 64},
        train=(LineSet("a/b", weight=2.0),),
        validation=(LineSet("c.tar"),),
        lines=5,
        seed=7,
    )
    assert [each.label for each in (*recipe.train, *recipe.validation)] == ["b", "c"]


TRAIN = '[[train]]\npath = "a"\n'


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        # No TOML, unknown keys, other types.
        ("lines", UsageError, "not valid TOML"),
        (f"epoch_line = 3\n{TRAIN}", UsageError, "Did you mean `epoch_lines`"),
        (f"{TRAIN}weigth = 3\n", UsageError, "Did you mean `weight`"),
        (f'lines = "many"\n{TRAIN}', UsageError, "`lines`"),
        ("[[train]]\nweight = 1\n", UsageError, "`path` is missing"),
        # Nothing to learn from.
        ("", DataError, "nothing to learn from"),
        # Out of range.
        (f"lines = 0\n{TRAIN}", DataError, "`lines`"),
        (f"plateau_epochs = -1\n{TRAIN}", DataError, "`plateau_epochs`"),
        (f"learning_rate = 0\n{TRAIN}", DataError, "`learning_rate`"),
        (f"teacher_weight = 0\n{TRAIN}", DataError, "`teacher_weight`"),
        (f"average = 1\n{TRAIN}", DataError, "`average`"),
        (f"{TRAIN}weight = 0\n", DataError, "a: `weight`"),
        (f"{TRAIN}degrade = -1\n", DataError, "a: `weight` must"),
        (f"{TRAIN}kinds = {{ poster = 1 }}\n", DataError, "a: `kinds` cannot be used.*poster"),
        (f'{TRAIN}kinds = {{ sign = "much" }}\n', DataError, "a: `kinds` cannot be used"),
        # Two sets that logs could not tell apart.
        (f'{TRAIN}[[validation]]\npath = "x/v"\n[[validation]]\npath = "y/v"\n', DataError, "differ in name"),
    ],
)
def test_a_wrong_recipe_is_refused(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        load_recipe(write_recipe(tmp_path, text))


@pytest.mark.parametrize(
    "changes",
    [
        {"alphabet": "RUNES"},  # unknown alphabet
        {"architecture": {"lstm_unit": 8}},  # unknown key
        {"architecture": {"stages": [{"filters": 8}]}},  # half a stage
        {"precision": "float5"},  # no policy
    ],
)
def test_a_run_that_cannot_be_built_is_refused(tmp_path: Path, shards: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        RecognizerTraining(tiny_recipe(shards, **changes), tmp_path / "run")


SHIPPED = sorted((Path(recipe_module.__file__).parent / "recipes").glob("alphabetic*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_recipes_can_be_built(path: Path) -> None:
    shipped = load_recipe(path, lines=7)
    assert shipped.lines == 7
    config = recognizer_config(shipped, Charset(load_alphabet(shipped.alphabet)))
    assert config.time_stride == 4
    bundle = load_settings(find_bundle("alphabetic", "recognizer"))
    assert replace(bundle, calibration=(1.0, 0.0)) == reading_settings(shipped, config)


OTHERS = {"arabic": "rtl", "ethiopic": "ltr", "indic": "ltr", "mainland": "ltr"}
_MAX_WEIGHTS = 4_000_000  # a byte each in the int8 model


@pytest.mark.parametrize("name", OTHERS)
def test_recipes_of_other_scripts_make_small_recognizers(name: str) -> None:
    recipe = load_recipe(Path(recipe_module.__file__).parent / "recipes" / f"{name}.toml")
    config = recognizer_config(recipe, Charset(load_alphabet(recipe.alphabet)))
    settings = reading_settings(recipe, config)
    assert (recipe.alphabet, recipe.direction, settings.height) == (name.upper(), OTHERS[name], config.height)
    assert recipe_family(recipe).load("graph")(config).count_params() < _MAX_WEIGHTS
    assert set(settings.scripts) <= {*script_counts(load_alphabet(recipe.alphabet))}


def test_settings_that_no_reader_has_are_told() -> None:
    recipe = Recipe(train=(LineSet("a"),), reading={"confusable": ["Latn"]})
    with pytest.raises(DataError, match=r"\[reading\] of the recipe: unknown key `confusable`.*`confusable_scripts`"):
        reading_settings(recipe, recognizer_config(recipe, Charset("ab")))


@pytest.mark.parametrize(
    ("lines", "rate"),
    [
        (0, 0.001),  # the first step is not lost
        (49, 0.5 * 0.1),  # half the warm-up
        (100, 0.1),  # the peak
        (600, 0.1 * (0.2 + 0.8 / 2)),  # half the cosine
        (1100, 0.1 * 0.2),  # the end
        (5000, 0.1 * 0.2),  # behind it
    ],
)
def test_learning_rate(lines: int, rate: float) -> None:
    recipe = Recipe(train=(LineSet("a"),), lines=1100, warmup_lines=100, learning_rate=0.1, final_rate=0.2)
    assert recipe.rate(lines) == pytest.approx(rate)


def test_a_learning_rate_without_warm_up() -> None:
    assert Recipe(train=(LineSet("a"),), warmup_lines=0, learning_rate=0.1).rate(0) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("values", "family"),
    [({}, "crnn"), ({"kind": "detector"}, "dbnet"), ({"kind": "recognizer", "family": "crnn"}, "crnn")],
)
def test_a_run_tells_its_family(tmp_path: Path, values: dict[str, str], family: str) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(values), encoding="utf-8")
    assert run_family(tmp_path) is FAMILIES[family]


@pytest.mark.parametrize("values", [{"kind": "radio"}, {"kind": "recognizer", "family": "dbnet"}, {"family": "none"}])
def test_a_run_of_no_known_family_is_refused(tmp_path: Path, values: dict[str, str]) -> None:
    (tmp_path / "recipe.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(UsageError, match="crnn"):
        run_family(tmp_path)

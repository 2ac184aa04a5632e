"""The table of families: every part is there, and a new family takes a module and a row."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import keras
import numpy as np
import pytest
from doubles.families import ECHO, EchoConfig, EchoSettings
from doubles.tiny_models import LETTERS, write_tiny_bundle
from doubles.training import draw_line, tiny_recipe, words, write_shards

from e2eocr.errors import BundleError, DataError
from e2eocr.models.bundles import read_bundle
from e2eocr.models.families import FAMILIES, Family, find_family
from e2eocr.models.loading import load_recognizer
from e2eocr.models.parts import load_config

PARTS = [
    (name, field.name)
    for name, family in FAMILIES.items()
    for field in fields(Family)
    if ":" in str(getattr(family, field.name))
]


@pytest.mark.parametrize(("name", "part"), PARTS, ids=lambda value: value)
def test_every_part_of_the_table_is_there(name: str, part: str) -> None:
    if part.startswith("torch_"):
        pytest.importorskip("torch")  # it is no dependency
    assert callable(FAMILIES[name].load(part))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_has_all_that_its_kind_needs(name: str) -> None:
    family = FAMILIES[name]
    needed = ["reader"]
    if family.needs_bundle:
        needed += ["settings", "config", "graph"]
        needed += {"recognizer": ["loss", "exporter"], "detector": ["exporter"], "sorter": []}[family.kind]
    assert [part for part in needed if not getattr(family, part)] == []


def test_a_part_that_a_family_has_not_is_no_part() -> None:
    with pytest.raises(ValueError, match="'growth'"):
        ECHO.load("growth")


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "echo", ECHO)


def test_a_bundle_of_another_family_is_not_read_as_it_comes(tmp_path: Path) -> None:
    path = write_tiny_bundle(tmp_path / "bars", family="echo")
    with pytest.raises(BundleError, match=r"bars is of the family 'echo'.*recognizers: crnn, vit-decoder\.") as caught:
        load_recognizer(str(path))
    assert str(path) in str(caught.value)


@pytest.mark.usefixtures("echo")
def test_a_new_family_reads_with_its_own_reader(tmp_path: Path) -> None:
    path = write_tiny_bundle(tmp_path / "bars", family="echo", settings=EchoSettings(32, 4, "hello"))
    assert [reading.text for reading in load_recognizer(str(path)).read([draw_line("any")] * 2)] == ["hello"] * 2
    assert load_config(read_bundle(path)) == EchoConfig(classes=len(LETTERS) + 1)


@pytest.mark.usefixtures("echo")
def test_a_config_that_the_family_has_not_is_told(tmp_path: Path) -> None:
    bundle = read_bundle(write_tiny_bundle(tmp_path / "bars", family="echo"))
    with pytest.raises(BundleError, match=r"bars: `architecture` cannot be used: .*'depth'"):
        load_config(replace(bundle, architecture={"depth": 3}))


@pytest.mark.parametrize("name", ["dbnet", "projection", "nothing"])
def test_a_family_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match="this is of the family"):
        find_family(name, "recognizer", "this")


@pytest.mark.usefixtures("echo")
def test_a_new_family_is_trained_and_exported(tmp_path: Path) -> None:
    from e2eocr.models.bundles import WEIGHTS
    from e2eocr.models.graphs import load_graph
    from e2eocr.models.saving import write_manifest
    from e2eocr.training.recognizer.loop import RecognizerTraining, recognizer_config

    lines = write_shards(tmp_path / "lines", words(8))
    recipe = tiny_recipe(lines, family="echo", architecture={"height": 32}, lines=8, epoch_lines=8)
    training = RecognizerTraining(recipe, tmp_path / "run")
    assert training.config == recognizer_config(recipe, training.charset)
    assert isinstance(training.config, EchoConfig)
    assert training.run().seen >= 8
    assert training.reader().read([draw_line("any")])[0].text == "echo"

    path = write_tiny_bundle(tmp_path / "bars", family="echo")
    weights = [np.ones((32, 4, 1, len(LETTERS) + 1), np.float16), np.zeros(len(LETTERS) + 1, np.float16)]
    np.savez_compressed(path / WEIGHTS, w000=weights[0], w001=weights[1])
    write_manifest(path, **{k: v for k, v in read_bundle(path).manifest.items() if k not in ("files", "format")})
    bundle = read_bundle(path)
    model = load_graph(bundle)
    assert isinstance(model, keras.Model) and model.output_shape == (None, None, len(LETTERS) + 1)


def test_a_recipe_of_no_family_is_told(tmp_path: Path) -> None:
    from e2eocr.training.recognizer.loop import RecognizerTraining

    with pytest.raises(DataError, match=r"The recipe is of the family 'crn'.*recognizers: crnn, vit-decoder\."):
        RecognizerTraining(tiny_recipe(tmp_path / "lines", family="crn"), tmp_path / "run")

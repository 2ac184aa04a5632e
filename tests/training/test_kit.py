"""The kit for minutes on a GPU: its list, and a rehearsal from packing to what goes home, tiny and on a processor."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from doubles.training import TINY
from make_gpu_kit import PACKAGES

from e2eocr.errors import DataError, UsageError
from e2eocr.settings import load_toml
from e2eocr.training.detector.recipe import DetectorRecipe
from e2eocr.training.kit.driving import in_time, take_home
from e2eocr.training.kit.plan import Due, load_plan, recipe_of
from e2eocr.training.recognizer.recipe import Recipe

RECIPE = """
alphabet = "ALPHABETIC"
lines = 40
epoch_lines = 40
[[train]]
path = "elsewhere"
[[validation]]
path = "elsewhere"
"""


def test_the_list_that_ships_is_one(repository: Path) -> None:
    plan = load_plan(repository / "tools" / "gpu_kit" / "plan.toml")
    assert [each.name for each in plan.due] == ["detector", "alphabetic"]
    for due in plan.due:
        path = repository / "e2eocr" / "training" / due.kind / due.recipe
        recipe = recipe_of(due, path.parent.parent, (Path("a/000"), Path("a/001")))
        assert isinstance(recipe, DetectorRecipe if due.kind == "detector" else Recipe)
        assert [each.path for each in recipe.train] == ["a/000", "a/001"] and recipe.validation == ()
        assert recipe.checkpoint_minutes == 1.0


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("", DataError, "needs a"),  # nothing is due
        ('[[due]]\nname = "a"\nrecipe = "r"\n' * 2, DataError, "another `name`"),
        ('[[due]]\nname = "a"\nrecipe = "r"\nkind = "prior"\n', DataError, "`kind`"),
        ('[[due]]\nname = "a"\nrecipe = "r"\nfirst = 0\n', DataError, "`first`"),
        ('[[due]]\nname = "a"\nrecipe = "r"\nworkers = 0\n', DataError, "`workers`"),
        ('[[due]]\nname = "a"\nrecipes = "r"\n', UsageError, "Did you mean `recipe`"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str, error: type[Exception], words: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=words):
        load_plan(path)


def test_a_recipe_is_changed_for_the_machine(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE, encoding="utf-8")
    due = Due("a", "r.toml", changes={"batch_pixels": 99})
    assert recipe_of(due, tmp_path, (Path("s"),)).batch_pixels == 99
    with pytest.raises(UsageError, match="Did you mean `batch_pixels`"):
        recipe_of(Due("a", "r.toml", changes={"batch_pixel": 99}), tmp_path, (Path("s"),))


def test_sets_are_made_of_what_is_drawn_and_of_what_the_kit_brings(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_text(RECIPE, encoding="utf-8")
    sets = ({"name": "signs", "kinds": {"sign": 1.0}, "weight": 3.0}, {"path": "real/komi.tar", "degrade": 0.5})
    recipe = recipe_of(Due("a", "r.toml", train=sets), tmp_path, (Path("s/000"), Path("s/001")))
    assert [(each.path, each.name, each.weight) for each in recipe.train] == [
        ("s/000", "signs 000", 1.5),
        ("s/001", "signs 001", 1.5),
        (str(tmp_path / "real/komi.tar"), "", 1.0),
    ]
    assert recipe.train[1].kinds == {"sign": 1.0} and recipe.train[2].degrade == 0.5
    with pytest.raises(UsageError, match="Did you mean `max_width`"):
        recipe_of(Due("a", "r.toml", train=({"maxwidth": 3},)), tmp_path, (Path("s"),))


@pytest.mark.parametrize(("seen", "left", "lines"), [(10, math.inf, 40), (10, 30.0, 40), (10, 5.0, 15), (10, 0.1, 11)])
def test_the_schedule_ends_with_the_time(tmp_path: Path, seen: int, left: float, lines: int) -> None:
    (tmp_path / "r.toml").write_text(RECIPE, encoding="utf-8")
    recipe = recipe_of(Due("a", "r.toml"), tmp_path, (Path("s"),))
    assert in_time(recipe, "lines", seen, left).total == lines


def test_what_goes_home_lies_at_most_two_folders_deep(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("recipe.json", "metrics.jsonl", "checkpoint/optimizer.npz", "checkpoint.old/optimizer.npz"):
        (out / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (out / "mine" / name).write_text(name, encoding="utf-8")
    (out / "drawn" / "mine").mkdir(parents=True)
    taken = take_home(out, tmp_path / "home")
    names = [str(path.relative_to(tmp_path / "home")) for path in taken]
    assert names == ["mine/recipe.json", "mine/metrics.jsonl", "mine/checkpoint/optimizer.npz"]


# What the machine has, of what reading and training need; docs/training.md names the large ones.
MACHINE = {"click", "cv2", "fontTools", "h5py", "matplotlib", "numpy", "onnxruntime", "PIL", "torch", "tqdm"}


def test_the_kit_brings_what_training_imports(repository: Path) -> None:
    code = "import json, sys; import e2eocr.training.kit.driving, e2eocr.training.recognizer.loop\n"
    code += "import e2eocr.training.detector.loop, e2eocr.synthesis.lines.synthesis, e2eocr.synthesis.pages.synthesis\n"
    code += "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    environment = os.environ | {"PYTHONPATH": str(repository)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    imported = set(json.loads(done.stdout.splitlines()[-1]))
    needed = {re.split(r"[>=<;\[ ]", each)[0] for each in our_requirements(repository)}
    modules = {"opencv-python-headless": "cv2", "pillow": "PIL", "fonttools": "fontTools"}
    brought = MACHINE | set(PACKAGES) | {"e2eocr", "tensorflow"}  # Keras takes TensorFlow where it is
    assert not {modules.get(name, name) for name in needed} & imported - brought


def our_requirements(repository: Path) -> list[str]:
    project = load_toml(repository / "pyproject.toml")["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["train"]]


def write_plan(folder: Path) -> Path:
    """A list of one training: a tiny net, few lines of a language whose text is there."""
    stages = json.dumps(TINY["stages"])[1:-1].replace(": ", " = ").replace('"', "")
    plan = folder / "plan.toml"
    plan.write_text(
        f"""
[[due]]
name = "tiny"
recipe = "recipes/alphabetic.toml"
first = 150
more = 60
options = ["--language", "en"]
[due.changes]
lines = 300
epoch_lines = 150
warmup_lines = 20
batch_pixels = 2048
threads = 1
data_workers = 0
precision = "float32"
[due.changes.architecture]
stem_filters = 4
features = 16
lstm_units = 8
stages = [{stages}]
""",
        encoding="utf-8",
    )
    return plan


def rehearse(kit: Path, minutes: float, out: Path, *more: Any) -> str:
    command = [sys.executable, str(kit / "run.py"), "--minutes", str(minutes), "--out", str(out), *map(str, more)]
    done = subprocess.run(command, cwd=kit, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_rehearsal_from_packing_to_what_goes_home(tmp_path: Path, repository: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is what the machine has")
    text = tmp_path / "text"
    text.mkdir()
    sentences = [
        f"The {word} number {number} is here today, as ever." for number in range(60) for word in ("red", "old")
    ]
    (text / "en.txt").write_text("\n".join(sentences), encoding="utf-8")
    command = [sys.executable, str(repository / "tools" / "make_gpu_kit.py"), "-o", str(tmp_path / "packed" / "kit")]
    command += ["--plan", str(write_plan(tmp_path)), "--text", str(text), "--text-megabytes", "0.001", "--no-wheels"]
    command += ["--fonts", str(Path(matplotlib.get_data_path()) / "fonts" / "ttf"), "--font-megabytes", "2"]
    environment = os.environ | {"PYTHONPATH": str(repository)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    archive = tmp_path / "packed" / "kit.tar.xz"
    assert archive.stat().st_size < 60e6
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "there", filter="data")
    assert len(list((tmp_path / "there" / "kit" / "fonts").iterdir())) > 2
    [wheel] = (tmp_path / "there" / "kit" / "wheels").glob("e2eocr-*.whl")
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("weights.npz")]
    kit, started = tmp_path / "there" / "kit", time.time()
    told = rehearse(kit, 8, tmp_path / "runs", "--home", tmp_path / "home")
    assert "tiny: 3" in told  # 300 lines and what there is of a batch more
    home = tmp_path / "home" / "tiny"
    status = json.loads((home / "status.json").read_text("utf-8"))
    assert status["seen"] >= status["total"] == 300 and status["written"] >= started - 1
    recipe = json.loads((home / "recipe.json").read_text("utf-8"))
    assert recipe["train"][0]["path"].endswith("000-150")
    assert (home / "checkpoint" / "average.weights.h5").is_file()
    # What came home goes on: nothing is left to do.
    (kit / "runs").mkdir()
    home.rename(kit / "runs" / "tiny")
    again = rehearse(kit, 8, tmp_path / "next")
    assert "tiny: 3" in again and "epoch" not in again

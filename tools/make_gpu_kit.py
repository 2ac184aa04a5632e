"""Packs what a bare machine with PyTorch and no network needs to train: `make gpu-kit`, see docs/training.md."""

from __future__ import annotations

import argparse
import lzma
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit_faces import Need, pack_faces

from e2eocr.settings import load_toml
from e2eocr.synthesis.fonts.faces import find_faces
from e2eocr.synthesis.text.alphabets import load_alphabet
from e2eocr.synthesis.text.languages import SCRIPTS
from e2eocr.training.kit.plan import Plan, load_plan

REPOSITORY = Path(__file__).resolve().parent.parent
RECIPES = REPOSITORY / "e2eocr" / "training"
# What training needs beside what comes with PyTorch, NumPy, Pillow, OpenCV, matplotlib, h5py and click.
PACKAGES = ("keras", "optree", "namex", "faker", "babel", "editdistance", "platformdirs", "tzdata", "pypdfium2")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
MAX_MEGABYTES = 60.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a kit.

    Attributes:
        text: Folder of `<language>.txt[.xz]`; None: none.
        languages: Whose text is taken; none: all there is.
        fonts: Folders of fonts.
        faces: Lists of faces to choose from.
        data: Folders and files that sets of the list name, such as real lines.
        runs: Folders of runs to go on with.
        text_megabytes: Of all text, packed.
        font_megabytes: Of all fonts, packed.
        python: Version of the machine's Python.
        with_wheels: Whether packages of others are fetched and packed.
    """

    text: Path | None = None
    languages: tuple[str, ...] = ()
    fonts: tuple[Path, ...] = ()
    faces: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    runs: tuple[Path, ...] = ()
    text_megabytes: float = 8.0
    font_megabytes: float = 12.0
    python: str = "3.12"
    with_wheels: bool = True


def make_kit(out: Path, plan: Path, contents: Contents) -> Path:
    """Write a kit as a folder and as `OUT.tar.xz`.

    Returns:
        The archive.

    Raises:
        SystemExit: If it is larger than a kit may be.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.copy(REPOSITORY / "tools" / "gpu_kit" / "run.py", out)
    _copy_recipes(out / "recipes")
    listed = load_plan(plan)
    sources = []
    if contents.text is not None:
        _cut_text(contents.text, out / "text", contents)
        sources.append('text = "text"\n')
    if contents.fonts or contents.faces:
        _pack_faces(contents, listed, out)
        sources += ['fonts = "fonts"\n', 'faces = "faces.jsonl"\n']
    (out / "plan.toml").write_text("".join(sources) + plan.read_text(encoding="utf-8"), encoding="utf-8")
    for source in contents.data:
        (shutil.copytree if source.is_dir() else shutil.copy)(source, out / source.name)
    for run in contents.runs:
        shutil.copytree(run, out / "runs" / run.name)
    _pack_wheels(out / "wheels", contents, [due.start_from for due in listed.due])
    return _pack(out)


def _copy_recipes(folder: Path) -> None:
    folder.mkdir()
    for path in sorted(RECIPES.glob("*/recipes/*.toml")):
        shutil.copy(path, folder)


def _cut_text(source: Path, folder: Path, contents: Contents) -> None:
    """The beginning of each language's text, to as many bytes as all together may have."""
    folder.mkdir()
    files = {path.name.partition(".")[0]: path for path in sorted(source.glob("*.txt*"))}
    paths = [path for name, path in files.items() if name in SCRIPTS and name in (contents.languages or files)]
    share = contents.text_megabytes * 1e6 / max(1, len(paths))
    for path in paths:
        text = (lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()).decode("utf-8")
        packed = lzma.compress(text.encode("utf-8"))
        if len(packed) > share:
            kept = text[: int(len(text) * share / len(packed))].rpartition("\n")[0]
            packed = lzma.compress(kept.encode("utf-8"))
        (folder / f"{path.name.partition('.')[0]}.txt.xz").write_bytes(packed)


def _pack_faces(contents: Contents, plan: Plan, kit: Path) -> None:
    """Faces that draw the packed text, and what the alphabets of the trainings have beside it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted((kit / "text").glob("*.txt.xz")):
        text = lzma.decompress(path.read_bytes()).decode("utf-8")
        counts[SCRIPTS[path.name.partition(".")[0]]].update(text)
    recipes = [load_toml(kit / due.recipe) for due in plan.due]
    alphabets = [load_alphabet(recipe["alphabet"]) for recipe in recipes if "alphabet" in recipe]
    charset = frozenset("".join(alphabets)).union(*counts.values()) - {"\n"}
    faces = find_faces(contents.faces, contents.fonts, charset=charset)
    pack_faces(faces, Need(charset, counts), kit / "fonts", contents.font_megabytes)


def _pack_wheels(folder: Path, contents: Contents, bundles: Collection[str]) -> None:
    """Our wheel with the bundles that are begun with, and those of others."""
    folder.mkdir()
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    for wheel in folder.glob("*.whl"):
        _leave_out_bundles(wheel, bundles)
    if contents.with_wheels:
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        fetch += ["--python-version", contents.python, "--implementation", "cp", "--dest", str(folder)]
        platforms = [part for platform in PLATFORMS for part in ("--platform", platform)]
        subprocess.run([*fetch, *platforms, *PACKAGES], check=True)


def _leave_out_bundles(wheel: Path, kept: Collection[str]) -> None:
    """Write a wheel anew without the models that nothing begins with: they are most of it."""

    def stays(name: str) -> bool:
        parts = name.split("/")
        return len(parts) < 4 or parts[1] != "bundles" or parts[2] in kept

    whole = wheel.rename(wheel.with_suffix(".whole"))
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in filter(lambda entry: stays(entry.filename), source.infolist()):
            data = source.read(entry)
            if entry.filename.endswith(".dist-info/RECORD"):
                rows = data.decode("utf-8").splitlines(keepends=True)
                data = "".join(row for row in rows if stays(row.rsplit(",", 2)[0])).encode("utf-8")
            target.writestr(entry, data)
    whole.unlink()


def _pack(out: Path) -> Path:
    archive = out.with_name(f"{out.name}.tar.xz")
    with tarfile.open(archive, "w:xz") as tar:
        tar.add(out, arcname=out.name)
    megabytes = archive.stat().st_size / 1e6
    if megabytes > MAX_MEGABYTES:
        raise SystemExit(f"{archive} has {megabytes:.1f} MB, more than {MAX_MEGABYTES:.0f}. Take less text or fonts.")
    return archive


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a kit by what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=REPOSITORY / "build" / "gpu-kit")
    parser.add_argument("--plan", type=Path, default=REPOSITORY / "tools" / "gpu_kit" / "plan.toml")
    parser.add_argument("--text", type=Path, help="folder of <language>.txt[.xz]")
    parser.add_argument("--language", action="append", default=[], help="whose text is taken; repeat it; default: all")
    parser.add_argument("--fonts", type=Path, action="append", default=[], help="folder of fonts; repeat it")
    parser.add_argument(
        "--faces", type=Path, action="append", default=[], help="list of faces to choose from; repeat it"
    )
    parser.add_argument("--data", type=Path, action="append", default=[], help="what sets of the list name; repeat it")
    parser.add_argument("--run", type=Path, action="append", default=[], help="run to go on with; repeat it")
    parser.add_argument("--text-megabytes", type=float, default=8.0)
    parser.add_argument("--font-megabytes", type=float, default=12.0)
    parser.add_argument("--python", default="3.12", help="version of the machine's Python")
    parser.add_argument("--no-wheels", action="store_true", help="leave out the packages of others")
    given = parser.parse_args(arguments)
    contents = Contents(
        given.text,
        tuple(given.language),
        tuple(given.fonts),
        tuple(given.faces),
        tuple(given.data),
        tuple(given.run),
        given.text_megabytes,
        given.font_megabytes,
        given.python,
        not given.no_wheels,
    )
    archive = make_kit(given.output, given.plan, contents)
    print(
        f"{archive}: {archive.stat().st_size / 1e6:.1f} MB. There: tar xf, then python3 run.py --minutes 9 --out RUNS"
    )


if __name__ == "__main__":
    main()

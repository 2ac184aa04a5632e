"""Packs what a bare machine with PyTorch and no network needs to train: `make gpu-kit`, see docs/training.md."""

from __future__ import annotations

import argparse
import lzma
import random
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
RECIPES = REPOSITORY / "e2eocr" / "training"
# What training needs beside what comes with PyTorch, NumPy, Pillow, OpenCV, matplotlib, h5py and click.
PACKAGES = ("keras", "optree", "namex", "faker", "babel", "editdistance", "platformdirs", "tzdata")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
MAX_MEGABYTES = 60.0
MAX_FONT = 1_500_000  # bytes of a file: larger ones hold thousands of characters that alphabets do not have


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a kit.

    Attributes:
        text: Folder of `<language>.txt[.xz]`; None: none.
        fonts: Folders of fonts.
        faces: A list of faces to choose from; None: none.
        runs: Folders of runs to go on with.
        text_megabytes: Of all text, packed.
        font_megabytes: Of all fonts, as they are.
        python: Version of the machine's Python.
        with_wheels: Whether packages of others are fetched and packed.
    """

    text: Path | None = None
    fonts: tuple[Path, ...] = ()
    faces: Path | None = None
    runs: tuple[Path, ...] = ()
    text_megabytes: float = 8.0
    font_megabytes: float = 12.0
    python: str = "3.12"
    with_wheels: bool = True


def make_kit(out: Path, plan: Path, contents: Contents) -> Path:
    """Write a kit as a folder and as `OUT.tar`.

    Returns:
        The archive.

    Raises:
        SystemExit: If it is larger than a kit may be.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.copy(REPOSITORY / "tools" / "gpu_kit" / "run.py", out)
    _copy_recipes(out / "recipes")
    sources = []
    if contents.text is not None:
        _cut_text(contents.text, out / "text", contents.text_megabytes)
        sources.append('text = "text"\n')
    if contents.fonts:
        _choose_fonts(contents, out / "fonts")
        sources.append('fonts = "fonts"\n')
    if contents.faces is not None:
        shutil.copy(contents.faces, out / "faces.jsonl")
        sources.append('faces = "faces.jsonl"\n')
    (out / "plan.toml").write_text("".join(sources) + plan.read_text(encoding="utf-8"), encoding="utf-8")
    for run in contents.runs:
        shutil.copytree(run, out / "runs" / run.name)
    _pack_wheels(out / "wheels", contents)
    return _pack(out)


def _copy_recipes(folder: Path) -> None:
    folder.mkdir()
    for path in sorted(RECIPES.glob("*/recipes/*.toml")):
        shutil.copy(path, folder)


def _cut_text(source: Path, folder: Path, megabytes: float) -> None:
    """The beginning of each language's text, to as many bytes as all together may have."""
    folder.mkdir()
    paths = sorted(path for path in source.glob("*.txt*") if path.name.endswith((".txt", ".txt.xz")))
    share = megabytes * 1e6 / max(1, len(paths))
    for path in paths:
        text = (lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()).decode("utf-8")
        packed = lzma.compress(text.encode("utf-8"))
        if len(packed) > share:
            kept = text[: int(len(text) * share / len(packed))].rpartition("\n")[0]
            packed = lzma.compress(kept.encode("utf-8"))
        (folder / f"{path.name.partition('.')[0]}.txt.xz").write_bytes(packed)


def _choose_fonts(contents: Contents, folder: Path) -> None:
    """Fonts of as many families as fit, a face or two of each first."""
    from e2eocr.synthesis.fonts.faces import find_faces

    folder.mkdir()
    faces = find_faces(font_dirs=contents.fonts, faces_files=[contents.faces] if contents.faces else [])
    left = contents.font_megabytes * 1e6
    for path in _by_family({face.path: face.family for face in faces}):
        size = path.stat().st_size
        if size <= min(left, MAX_FONT) and not (folder / path.name).exists():
            shutil.copy(path, folder)
            left -= size


def _by_family(families: dict[Path, str]) -> Iterator[Path]:
    """Font files, one of each family in turn; always in the same order."""
    rng = random.Random(1)
    rows: dict[str, list[Path]] = {}
    for path in sorted(families):
        rows.setdefault(families[path], []).append(path)
    names = sorted(rows)
    rng.shuffle(names)
    while rows:
        for name in [name for name in names if name in rows]:
            yield rows[name].pop(rng.randrange(len(rows[name])))
            if not rows[name]:
                del rows[name]


def _pack_wheels(folder: Path, contents: Contents) -> None:
    folder.mkdir()
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(REPOSITORY)]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    if contents.with_wheels:
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        fetch += ["--python-version", contents.python, "--implementation", "cp", "--dest", str(folder)]
        platforms = [part for platform in PLATFORMS for part in ("--platform", platform)]
        subprocess.run([*fetch, *platforms, *PACKAGES], check=True)


def _pack(out: Path) -> Path:
    archive = out.with_name(f"{out.name}.tar")
    with tarfile.open(archive, "w") as tar:
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
    parser.add_argument("--fonts", type=Path, action="append", default=[], help="folder of fonts; repeat it")
    parser.add_argument("--faces", type=Path, help="faces.jsonl: the faces to choose from")
    parser.add_argument("--run", type=Path, action="append", default=[], help="run to go on with; repeat it")
    parser.add_argument("--text-megabytes", type=float, default=8.0)
    parser.add_argument("--font-megabytes", type=float, default=12.0)
    parser.add_argument("--python", default="3.12", help="version of the machine's Python")
    parser.add_argument("--no-wheels", action="store_true", help="leave out the packages of others")
    given = parser.parse_args(arguments)
    contents = Contents(
        given.text,
        tuple(given.fonts),
        given.faces,
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

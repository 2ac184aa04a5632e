"""Trains what is due on this machine: python3 run.py --minutes 9 --out RUNS [--home DIR].

Needs Python with PyTorch, and no network: what else is missing lies in wheels/ and goes into site/ beside this file.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

KIT = Path(__file__).resolve().parent


def install(site: Path) -> None:
    """Unpack the kit's wheels into a folder of their own."""
    wheels = sorted(map(str, (KIT / "wheels").glob("*.whl")))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", str(site), *wheels], check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", required=True, help="stop after so long, with checkpoints")
    parser.add_argument("--out", required=True, help="folder for the runs; gone on with")
    parser.add_argument("--home", help="copy here what goes home")
    arguments = parser.parse_args()
    site = KIT / "site"
    if not site.is_dir():
        install(site)
    environment = os.environ | {"PYTHONPATH": f"{site}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    environment |= {"PYTHONUNBUFFERED": "1", "KERAS_BACKEND": "torch"}
    command = [sys.executable, "-m", "e2eocr", "train", "kit", str(KIT / "plan.toml"), "-o", arguments.out]
    command += ["--minutes", arguments.minutes, *(["--home", arguments.home] if arguments.home else [])]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

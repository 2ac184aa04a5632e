"""`python -m e2eocr …` is the `e2eocr` command."""

import sys
from pathlib import Path

# Python looks first in the current folder, where packages may lie that are called as ours are.
if sys.path and Path(sys.path[0] or ".").resolve() != Path(__file__).resolve().parents[1]:
    sys.path.pop(0)

from e2eocr.cli import main

if __name__ == "__main__":  # Worker processes import this file again: they must not start a scan of their own.
    sys.exit(main())

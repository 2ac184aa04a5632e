"""`python -m e2eocr …` is the `e2eocr` command."""

import sys

from e2eocr.cli import main

if __name__ == "__main__":  # Worker processes import this file again: they must not start a scan of their own.
    sys.exit(main())

"""`python cli.py …` is the `e2eocr` command, from a checkout."""

import sys

from e2eocr.cli import main

if __name__ == "__main__":  # Worker processes import this file again: they must not start a scan of their own.
    sys.exit(main())

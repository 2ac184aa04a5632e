"""Stand-ins and made-up inputs that several tests share."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

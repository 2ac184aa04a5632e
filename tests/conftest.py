"""What all tests share: quiet libraries on one thread, and hypothesis without a clock."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from doubles import REPOSITORY
from hypothesis import settings

# Set before any test imports a library that reads them, and inherited by the commands that tests start.
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")
_CACHE = tempfile.TemporaryDirectory(prefix="e2eocr-tests-")  # removed when the tests end
os.environ["XDG_CACHE_HOME"] = _CACHE.name  # the user's own cache stays as it is

# A busy machine is slow, not wrong; and the same commit meets the same examples everywhere.
settings.register_profile("e2eocr", deadline=None, derandomize=True)
settings.load_profile("e2eocr")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of sixty drawn words, to train on."""
    from doubles.training import words, write_shards

    return write_shards(tmp_path_factory.mktemp("lines") / "shards", words(60))

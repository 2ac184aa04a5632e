"""A real browser without a window, for the tests of the page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_REASON = "no browser: install Debian's chromium, Chrome or Edge, or run `python -m playwright install chromium`"


def find_browser(playwright: Playwright) -> str | None:
    """The program of a browser that playwright can drive: the system's, or one that playwright has fetched."""
    of_system = next(filter(None, map(shutil.which, _NAMES)), None)
    own = playwright.chromium.executable_path
    return of_system or (own if Path(own).exists() else None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser; the test is skipped where none is to be had."""
    api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    with api.sync_playwright() as playwright:
        program = find_browser(playwright)
        if program is None:
            pytest.skip(_REASON)
        # A sandbox needs rights of its own, which root in a container has not.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()

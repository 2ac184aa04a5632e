"""Where a server's settings come from: options, the environment, a file; and what is refused at the door."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2eocr.batch.settings import ScanSettings
from e2eocr.cli import main
from e2eocr.errors import UsageError
from e2eocr.serving import running
from e2eocr.serving.settings import ServeSettings
from e2eocr.settings import options_of


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[ServeSettings]:
    """The settings of the servers that are started, in place of servers."""
    found: list[ServeSettings] = []
    monkeypatch.setattr(running, "serve", lambda settings: found.append(settings))
    return found


def test_options_win_over_the_environment_and_that_over_the_file(
    started: list[ServeSettings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "serve.toml"
    config.write_text('port = 1\nmax_upload = 7\nkeep = 9\nlog_file = "a.log"\n[read]\ndpi = 300\nthreads = 2\n')
    monkeypatch.setenv("E2EOCR_TOKEN", "s3cret")
    monkeypatch.setenv("E2EOCR_KEEP", "99")
    monkeypatch.setenv("E2EOCR_PORT", "2")
    assert main(["serve", "--config", str(config), "--port", "3", "--dpi", "150"]) == 0
    [settings] = started
    assert (settings.port, settings.keep, settings.max_upload, settings.token) == (3, 99.0, 7, "s3cret")
    assert (settings.read.dpi, settings.read.threads) == (150.0, 2)
    assert settings.log_file == tmp_path / "a.log"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "70000"], "Invalid `port`. Expected 0 to 65535"),  # click does not know the range
        (["--keep", "0"], "Invalid `keep`. Expected 1 or more seconds"),
        (["--token", ""], "Invalid `token`. Expected at least one character"),
        (["--max-waiting", "5"], "Invalid `max_files`. Expected at most `max_waiting`, 5. Received: max_files=50"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(
    started: list[ServeSettings], arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert started == []


def test_an_unknown_key_of_the_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "serve.toml"
    config.write_text("prot = 1\n")
    assert main(["serve", "--config", str(config)]) == 2
    assert "unknown key `prot`. Did you mean `port`?" in capsys.readouterr().err


def test_what_it_shares_with_a_scan_is_declared_there() -> None:
    of_scan = {each.name: about for each, about in options_of(ScanSettings)}
    shared = {each.name for each, about in options_of(ServeSettings) if of_scan.get(each.name) is about}
    assert shared == {
        *("workers", "page_timeout", "document_timeout", "memory_limit", "recycle_pages"),
        *("quiet", "verbose", "log_file", "log_format"),
    }


def test_workers_are_told_what_a_scan_tells_them(tmp_path: Path) -> None:
    settings = ServeSettings(workers=3, page_timeout=5.0, memory_limit=700)
    scan = settings.for_workers(tmp_path)
    assert (scan.workers, scan.page_timeout, scan.memory_limit) == (3, 5.0, 700)
    assert scan.formats == ("txt", "json") and scan.output == tmp_path


def test_names_of_the_server() -> None:
    assert ServeSettings().known_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert ServeSettings(host="0.0.0.0").known_hosts is None
    with pytest.raises(UsageError):
        ServeSettings(max_upload=0)

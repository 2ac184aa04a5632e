"""The commands about folders of documents: `scan` and `status`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from e2eocr.batch.settings import ScanSettings
from e2eocr.cli.options import FilePath, complain, given_options, read_options, setting_options
from e2eocr.errors import OCRError, UsageError
from e2eocr.settings import ReadSettings, load_toml, options_of, settings_from_mapping


@click.command()
@click.argument("inputs", metavar="INPUT...", nargs=-1, type=FilePath)
@setting_options(ScanSettings)
@click.option("--config", metavar="FILE", type=FilePath, help="TOML file with settings; options win over it.")
@read_options
def scan(config: Path | None, **options: Any) -> int:
    """Read files, and folders with all that is in them.

    For each document OUT gets a file per format: a/b.pdf under an input folder becomes OUT/a/b.pdf.txt and
    OUT/a/b.pdf.json.
    """
    settings = scan_settings(config, given_options(options))

    from e2eocr.batch.runner import scan as run_scan

    try:
        return run_scan(settings).exit_code
    except OCRError as error:
        return complain(str(error), error.exit_code, as_json=settings.log_format == "json")


def scan_settings(config: Path | None, given: dict[str, Any]) -> ScanSettings:
    """Settings of a scan: those of the command line, over those of the file, over the defaults."""
    values = load_toml(config) if config else {}
    names = {each.name for each, _ in options_of(ReadSettings)}
    of_reading = {name: given.pop(name) for name in list(given) if name in names}
    read = values.get("read", {})
    merged = {**values, **given, "read": {**read, **of_reading} if isinstance(read, dict) else read}
    if not merged.get("inputs"):
        raise UsageError("Nothing to scan. Name files or folders: e2eocr scan INPUT... -o OUT")
    if "output" not in merged:
        raise UsageError("No folder for the results. Name one: e2eocr scan INPUT... -o OUT")
    return settings_from_mapping(ScanSettings, merged, str(config or "command line"))


@click.command()
@click.argument("folder", metavar="OUT", type=FilePath)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def status(folder: Path, as_json: bool) -> None:
    """Tell what scans into the folder OUT have done, also while one goes on.

    Shown are documents by status, failures with their reasons, documents that are gone, and the last run.
    """
    from e2eocr.batch.status import read_status, status_json, status_text

    found = read_status(folder)
    click.echo(status_json(found) if as_json else status_text(found), nl=False)

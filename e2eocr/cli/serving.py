"""The command that reads for others over HTTP: `serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from e2eocr.cli.options import FilePath, complain, given_options, read_options, setting_options
from e2eocr.cli.scanning import check_system
from e2eocr.errors import OCRError
from e2eocr.serving.settings import ServeSettings
from e2eocr.settings import ReadSettings, load_toml, options_of, resolve_paths, settings_from_mapping


@click.command()
@setting_options(ServeSettings)
@click.option("--config", metavar="FILE", type=FilePath, help="TOML file with settings; options win over it.")
@read_options
def serve(config: Path | None, **options: Any) -> int:
    """Read documents over HTTP, with a page for people.

    POST /predict takes a picture in the field image and answers its text; POST /documents takes many files, PDFs too.
    The page is at the address that is told at the start. A signal ends the server: the first lets documents under way
    be finished, the second ends it at once.
    """
    settings = serve_settings(config, given_options(options))
    check_system()

    from e2eocr.serving.running import serve as run_server

    try:
        return run_server(settings)
    except OCRError as error:
        return complain(str(error), error.exit_code, as_json=settings.log_format == "json")


def serve_settings(config: Path | None, given: dict[str, Any]) -> ServeSettings:
    """Settings of a server: those of the command line, over those of the file, over the defaults."""
    values = resolve_paths(ServeSettings, load_toml(config), config.parent) if config else {}
    names = {each.name for each, _ in options_of(ReadSettings)}
    of_reading = {name: given.pop(name) for name in list(given) if name in names}
    read = values.get("read", {})
    merged = {**values, **given, "read": {**read, **of_reading} if isinstance(read, dict) else read}
    return settings_from_mapping(ServeSettings, merged, str(config or "command line"))

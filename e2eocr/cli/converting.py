"""The command about results that are there: `convert`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from e2eocr.batch.settings import ScanSettings
from e2eocr.cli.options import (
    STREAM,
    FilePath,
    WordList,
    complain,
    flatten,
    given_options,
    password_options,
    setting_options,
    write_stdout,
)
from e2eocr.errors import ExitCode, UsageError
from e2eocr.writers import FORMATS


@click.command()
@click.argument("results", metavar="RESULT...", nargs=-1, required=True, type=FilePath)
@click.option(
    "--format",
    "formats",
    type=WordList(tuple(FORMATS)),
    multiple=True,
    required=True,
    callback=flatten,
    help="What to write for each result; repeat it for several.",
)
@setting_options(ScanSettings, "dehyphenate", "page_furniture", "pdf_images", "signed")
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="File or folder.  [default: beside each result]")
@click.option("--source", metavar="FILE|DIR", type=FilePath, help="The document, or the folder that was scanned.")
@password_options
@click.option("--force", is_flag=True, help="Replace files that are there with other content.")
def convert(results: tuple[Path, ...], **options: Any) -> int:
    """Make more formats of JSON results, without reading the documents again.

    A RESULT is a JSON file that `scan` has written, a folder of them, or - for stdin. Formats that show pages (pdf,
    html, overlay, labelme, page) need the documents too.
    """
    given = given_options(options)
    if results == (STREAM,) or given.get("output") == STREAM:
        return _convert_stream(results, given)
    from e2eocr.writers.convert import convert as run_convert

    code = ExitCode.OK
    for conversion in run_convert(results, given.pop("formats"), **given):
        if conversion.message is not None:
            code = ExitCode(complain(conversion.message, ExitCode.SOME_FAILED))
    return code


def _convert_stream(results: tuple[Path, ...], given: dict[str, Any]) -> int:
    """Convert one result, from stdin or a file, to stdout."""
    from e2eocr.writers.convert import convert_data, read_result

    formats = given.pop("formats")
    if len(results) != 1 or len(formats) != 1 or given.pop("output", STREAM) != STREAM:
        raise UsageError("`-` goes with one result and one format: e2eocr convert - --format md < a.json > a.md")
    [path] = results
    given.pop("force", None)
    data = sys.stdin.buffer.read() if path == STREAM else read_result(path)
    write_stdout(convert_data(data, path, formats[0], **given))
    return ExitCode.OK

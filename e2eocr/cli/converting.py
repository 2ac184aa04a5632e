"""The command about results that are there: `convert`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from e2eocr.cli.options import FilePath, complain, dehyphenate_option, given_options, password_options
from e2eocr.errors import ExitCode
from e2eocr.writers import FORMATS


@click.command()
@click.argument("results", metavar="RESULT...", nargs=-1, required=True, type=FilePath)
@click.option(
    "--format",
    "formats",
    type=click.Choice(list(FORMATS)),
    multiple=True,
    required=True,
    help="What to write for each result; repeat it for several.",
)
@dehyphenate_option
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="File or folder.  [default: beside each result]")
@click.option("--source", metavar="FILE|DIR", type=FilePath, help="The document, or the folder that was scanned.")
@password_options
@click.option("--force", is_flag=True, help="Replace files that are there with other content.")
def convert(results: tuple[Path, ...], **options: Any) -> int:
    """Make more formats of JSON results, without reading the documents again.

    A RESULT is a JSON file that `scan` has written, or a folder of them. Formats that show pages (pdf, html, overlay)
    need the documents too.
    """
    given = given_options(options)

    from e2eocr.writers.convert import convert as run_convert

    code = ExitCode.OK
    for conversion in run_convert(results, tuple(dict.fromkeys(given.pop("formats"))), **given):
        if conversion.message is not None:
            code = ExitCode(complain(conversion.message, ExitCode.SOME_FAILED))
    return code

"""The command that takes data sets of others: `import`."""

from __future__ import annotations

from pathlib import Path

import click

from e2eocr.cli.options import FilePath, say
from e2eocr.errors import ExitCode, UsageError
from e2eocr.truth.adapters import ADAPTERS

_FORMATS = "\b\nFormats:\n" + "\n".join(f"  {name:<14} {adapter.about}" for name, adapter in ADAPTERS.items())


@click.command("import", epilog=_FORMATS)
@click.argument("format_", metavar="FORMAT", type=click.Choice(list(ADAPTERS)))
@click.argument("source", metavar="SOURCE", type=FilePath)
@click.option("-o", "--output", metavar="OUT", type=FilePath, help="The labelled folder to write.")
@click.option("--check", is_flag=True, help="Only look, and tell what would be taken and what not.")
@click.option("--split", metavar="NAME", help="Take this part of the set, such as train.  [default: all]")
@click.option("--pictures", metavar="DIR", type=FilePath, multiple=True, help="Look for pictures here too; repeat it.")
@click.option("--encoding", metavar="NAME", default="utf-8", help="Of text files without a byte order mark.")
@click.option("--language", metavar="CODE", help="Language of lines that do not tell theirs.")
def import_(
    format_: str,
    source: Path,
    output: Path | None,
    check: bool,
    split: str | None,
    pictures: tuple[Path, ...],
    encoding: str,
    language: str | None,
) -> int:
    """Make a labelled folder, which `evaluate` and `train` take, of a data set of another form.

    SOURCE is the folder of the data set, the one file that lists it, or an archive of it.
    """
    from e2eocr.truth.adapters.opening import DataSet
    from e2eocr.truth.importing import check_data_set, import_data_set

    data_set = DataSet(format_, source, split or "", pictures, encoding, language or "")
    if check == (output is not None):
        raise UsageError("Name either a folder for the result by -o OUT, or --check.")
    findings = check_data_set(data_set) if output is None else import_data_set(data_set, output)
    lines = f"{findings.lines:,} lines on {findings.pictures:,} pictures, {findings.cut:,} of them single lines"
    say(lines + ("" if output is None else f": {output}"))
    if set(findings.splits) != {""}:
        say("splits: " + ", ".join(f"{name or '-'} {count:,}" for name, count in findings.splits.items()))
    for row in findings.summary():
        click.echo(row, err=True)
    return ExitCode.SOME_FAILED if findings.left_out else ExitCode.OK

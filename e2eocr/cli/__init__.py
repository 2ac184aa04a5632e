"""The `e2eocr` command: it parses, and calls the library. Its exit codes are those of `e2eocr.errors.ExitCode`.

What a command needs is imported inside it, so that help and a wrong option answer at once.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence

import click

from e2eocr import __version__
from e2eocr.cli.converting import convert
from e2eocr.cli.data_sets import import_
from e2eocr.cli.exporting import export
from e2eocr.cli.measuring import evaluate, models
from e2eocr.cli.options import PROGRAM, advised, complain, lenient, wants_json
from e2eocr.cli.scanning import scan, status, watch
from e2eocr.cli.serving import serve
from e2eocr.cli.synthesis import synth
from e2eocr.cli.training import train
from e2eocr.errors import ExitCode, OCRError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and tell its exit code.

    Args:
        arguments: What stands after the program's name; `sys.argv` when not given.
    """
    try:
        result = cli.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as refused:
        error = advised(refused)
        if wants_json(arguments):
            return complain(error.format_message(), ExitCode(error.exit_code), as_json=True)
        with lenient():
            error.show()
        return error.exit_code
    except click.Abort as aborted:
        # click makes one of KeyboardInterrupt.
        signal_number = getattr(aborted.__cause__, "signal_number", signal.SIGINT)
        return complain("interrupted", ExitCode(128 + signal_number), as_json=wants_json(arguments))
    except OCRError as known:
        return complain(str(known), known.exit_code, as_json=wants_json(arguments))
    return int(result or ExitCode.OK)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 100})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """Read the text of scans, photos and PDFs."""


for _command in (scan, watch, status, convert, evaluate, models, import_, synth, train, export, serve):
    cli.add_command(_command)

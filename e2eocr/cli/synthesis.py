"""The commands that make training data: `synth lines`, `synth pages` and `synth crops`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from e2eocr.cli.options import FilePath, say
from e2eocr.cli.training_options import drawing_options, seed_option, shards_option, training_packages

preview_option = click.option(
    "--preview", metavar="FILE", type=FilePath, help="Write a sheet of what was drawn, a PNG, to look at."
)


@click.group()
def synth() -> None:
    """Make training data."""


@synth.command("lines")
@shards_option
@click.option("--lines", metavar="N", type=click.IntRange(min=1), default=100_000, help="How many lines to render.")
@seed_option("lines")
@drawing_options
@click.option("--alphabet", metavar="NAME", default="ALPHABETIC", help="Characters that may be drawn.")
@preview_option
def synth_lines(output: Path, alphabet: str, lines: int, workers: int, preview: Path | None, **sources: Any) -> None:
    """Render lines of text with their labels."""
    with training_packages("Rendering needs"):
        from e2eocr.synthesis.lines.synthesis import synth_lines as render
        from e2eocr.synthesis.preview import preview_lines, write_preview
        from e2eocr.synthesis.shard_rendering import Sources
        from e2eocr.synthesis.text.alphabets import load_alphabet
        from e2eocr.truth.line_shards import ShardReader
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    charset = load_alphabet(alphabet)
    report = render(output, lines=lines, workers=workers, sources=Sources(**sources), charset=charset, group=alphabet)
    if preview is not None:
        write_preview(preview_lines(ShardReader(output)), preview)
    say(f"{report.lines} lines in {report.seconds:.0f} s, {report.lines / report.seconds:.0f} lines/s: {output}")


@synth.command("pages")
@shards_option
@click.option("--pages", metavar="N", type=click.IntRange(min=1), default=5_000, help="How many pages to render.")
@seed_option("pages")
@drawing_options
@click.option(
    "--long-side", metavar="N", type=click.IntRange(min=200), default=1280, help="Longer side of a page, pixels."
)
@click.option("--layout", "layouts", metavar="NAME", multiple=True, help="Draw this layout; repeat it. Default: all.")
@click.option("--pictures", metavar="DIR", type=FilePath, help="Folder of photographs without text, which pages show.")
@click.option("--labelled", metavar="DIR", type=FilePath, help="Write the pages here too, as `evaluate` reads them.")
@preview_option
def synth_pages(
    output: Path,
    pages: int,
    workers: int,
    long_side: int,
    layouts: tuple[str, ...],
    labelled: Path | None,
    preview: Path | None,
    **sources: Any,
) -> None:
    """Render pages with the places of their lines and words."""
    with training_packages("Rendering needs"):
        from e2eocr.synthesis.pages.synthesis import synth_pages as render
        from e2eocr.synthesis.preview import preview_pages, write_preview
        from e2eocr.synthesis.shard_rendering import Sources
        from e2eocr.truth.page_shards import PageStore, write_labelled
    report = render(
        output, pages=pages, workers=workers, sources=Sources(**sources), long_side=long_side, layouts=layouts
    )
    if labelled is not None:
        write_labelled(PageStore(output), labelled)
    if preview is not None:
        write_preview(preview_pages(PageStore(output)), preview)
    rate = report.pages / report.seconds
    say(f"{report.pages} pages, {report.lines} lines in {report.seconds:.0f} s, {rate:.1f} pages/s: {output}")


@synth.command("crops")
@click.argument("pages", metavar="PAGES...", type=FilePath, nargs=-1, required=True)
@shards_option
@click.option("--seed", metavar="N", type=int, default=1, help="Of the room that is left around lines.")
@click.option("--dpi", type=float, default=200.0, help="Resolution at which PDF pages are drawn.")
@click.option(
    "--check-with",
    metavar="NAME|DIR",
    help="Recognizer that tells the case of labels in capitals, and which labels are of other lines.",
)
def synth_crops(pages: tuple[Path, ...], output: Path, seed: int, dpi: float, check_with: str | None) -> None:
    """Cut the lines out of pages, drawn or labelled."""
    with training_packages("Cutting needs"):
        from e2eocr.models.loading import load_recognizer
        from e2eocr.synthesis.lines.page_crops import cut_pages
    recognizer = load_recognizer(check_with) if check_with else None
    counts = cut_pages(pages, output, seed=seed, dpi=dpi, recognizer=recognizer)
    left_out = ", ".join(f"{count} {reason.value}" for reason, count in counts.items() if reason is not None)
    say(f"{counts[None]} lines: {output}" + (f" (left out: {left_out})" if left_out else ""))

"""Write docs/effects.md: what each effect on drawn lines and pages does, and which documents meet it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from e2eocr.synthesis.effects.lines import EFFECTS, PRESETS
from e2eocr.synthesis.pages.capture import CAPTURE_STYLES

PAGE = Path(__file__).parents[1] / "docs" / "effects.md"
_HEAD = "| Effect | What it does | Met by |\n|---|---|---|\n"
_TEXT = """# Effects

What makes drawn lines and pages look like scans. This page is made by `tools/write_effects_page.py`.
`synth lines --preview` and `synth pages --preview` show them at work.

## On lines

As a line is trained on, a kind of document is drawn for it, and the effects that this kind meets by chance are applied
in this order.

{lines}
## On pages

A page is taken in one of several ways, each with its effects.

{pages}"""


def effects_page() -> str:
    """The whole page, Markdown."""
    return _TEXT.format(lines=_table(line_effects()), pages=_table(page_effects()))


def line_effects() -> dict[str, str]:
    """A row for each effect on lines, in the order in which they are applied."""
    kinds = {name: [kind for kind, met in PRESETS.items() if name in met] for name in EFFECTS}
    return {name: _row(name, effect, kinds[name]) for name, effect in EFFECTS.items()}


def page_effects() -> dict[str, str]:
    """A row for each effect on pages."""
    styles: dict[Callable[..., object], list[str]] = {}
    for name, style in CAPTURE_STYLES.items():
        for effect, _, _ in (*style.before, *style.after):
            styles.setdefault(effect, []).append(name)
    return {effect.__name__: _row(effect.__name__, effect, names) for effect, names in styles.items()}


def _table(rows: dict[str, str]) -> str:
    return _HEAD + "".join(f"{row}\n" for row in rows.values())


def _row(name: str, effect: Callable[..., object], kinds: list[str]) -> str:
    first = (effect.__doc__ or "").partition("\n")[0].rstrip(".")
    return f"| `{name}` | {first} | {', '.join(kinds).replace('_', ' ')} |"


if __name__ == "__main__":
    PAGE.write_text(effects_page(), encoding="utf-8")

"""An option of reading is told in one place, the field of its settings; everything else is made of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click
import pytest
from click.testing import CliRunner

from e2eocr.cli.options import given_options, setting_options
from e2eocr.errors import UsageError
from e2eocr.settings import ReadSettings, option, settings_from_mapping


@dataclass(frozen=True)
class TiltingSettings(ReadSettings):
    """The settings with options that nobody else has heard of."""

    tilt: float = option("Lean to one side.", 0.0, effect="text", low=-5, high=5, unit="degrees", metavar="ANGLE")
    ink: tuple[str, ...] = option("Colours that are read.", ("black",), effect="text", choices=("black", "red"))
    glasses: int | None = option("Strength of the glasses.", None, low=1, word_for_none="none", short="g")
    hasty: bool = option("Do it in a hurry.", False)


def run(*arguments: str) -> tuple[int, Any, str]:
    """The exit code, the settings and the output of a command with these settings for its options."""
    made: list[TiltingSettings] = []

    @click.command(context_settings={"show_default": True})
    @setting_options(TiltingSettings)
    def command(**options: Any) -> None:
        made.append(settings_from_mapping(TiltingSettings, given_options(options), "command line"))

    done = CliRunner().invoke(command, arguments)
    if isinstance(done.exception, UsageError):
        raise done.exception
    return done.exit_code, made[0] if made else None, done.output


@pytest.mark.parametrize(
    ("arguments", "changes"),
    [
        ([], {}),
        (["--tilt", "2.5"], {"tilt": 2.5}),
        (["--ink", "red", "--ink", "black"], {"ink": ("red", "black")}),
        (["-g", "3"], {"glasses": 3}),
        (["--glasses", "none"], {}),
        (["--hasty"], {"hasty": True}),
    ],
)
def test_the_command_line_has_it(arguments: list[str], changes: dict[str, Any]) -> None:
    assert run(*arguments)[:2] == (0, TiltingSettings(**changes))


def test_help_tells_it() -> None:
    _, _, text = run("--help")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "--tilt ANGLE Lean to one side. [default: 0.0]" in lines
    assert any(line.startswith("-g, --glasses") for line in lines)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tilt": 6.0}, "Invalid `tilt`. Expected -5 to 5 degrees. Received: tilt=6"),
        ({"tilt": float("nan")}, "Received: tilt=nan"),
        ({"ink": ("black", "blue")}, "Invalid `ink`. Expected one of: black, red. Received: ink='blue'"),
        ({"glasses": 0}, "Invalid `glasses`. Expected a whole number of at least 1. Received: glasses=0"),
    ],
)
def test_it_is_checked(values: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        TiltingSettings(**values)
    assert message in str(caught.value)


def test_a_settings_file_may_set_it() -> None:
    values = {"tilt": 1, "ink": ["red"], "glasses": "none", "hasty": True}
    settings = settings_from_mapping(TiltingSettings, values, "scan.toml")
    assert settings == TiltingSettings(tilt=1.0, ink=("red",), glasses=None, hasty=True)


def test_what_changes_the_text_is_in_the_fingerprint() -> None:
    plain = TiltingSettings().fingerprint_fields()
    assert {"tilt": 0.0, "ink": ("black",)}.items() <= plain.items()
    assert TiltingSettings(glasses=3, hasty=True).fingerprint_fields() == plain
    assert TiltingSettings(tilt=1.0).fingerprint_fields() != plain

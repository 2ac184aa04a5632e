"""Settings: what is refused, and what TOML gives."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2eocr.batch.settings import ScanSettings
from e2eocr.errors import UsageError
from e2eocr.settings import ReadSettings, load_toml, options_of, settings_from_mapping


def scan_settings(**changes: Any) -> ScanSettings:
    return ScanSettings(**{"inputs": (Path("in"),), "output": Path("out"), **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        # A word that is no choice: the choices are listed.
        ({"text_layer": "maybe"}, r"`text_layer`\. Expected one of: auto, ignore, keep\. Received: text_layer='maybe'"),
        ({"pdf_engine": "gs"}, "auto, poppler, pdfium"),
        ({"order": "diagonal"}, "columns, rows"),
        # Numbers out of their range, on both sides.
        ({"dpi": 49.0}, "Expected 50 to 1200. Received: dpi=49"),
        ({"dpi": 1201.0}, "Received: dpi=1201"),
        # Not a number at all compares false with every bound.
        ({"dpi": float("nan")}, "Received: dpi=nan"),
        ({"threads": 0}, "`threads`.*at least 1"),
        ({"max_pixels": 0}, "`max_pixels`.*at least 1"),
        ({"min_legibility": 1.5}, "`min_legibility`.*0 to 1"),
    ],
)
def test_read_settings_refuse(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        ReadSettings(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        # Nothing to do.
        ({"inputs": ()}, "Nothing to scan"),
        ({"formats": ()}, "txt, json"),
        # One good format does not hide a bad one.
        ({"formats": ("txt", "doc")}, "Received: formats='doc'"),
        ({"workers": 0}, "`workers`.*at least 1"),
        ({"executor": "threads"}, "process, serial"),
    ],
)
def test_scan_settings_refuse(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        scan_settings(**changes)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ReadSettings().dpi = 300.0  # type: ignore[misc]


def test_passwords_are_not_shown() -> None:
    settings = ReadSettings(passwords=("secret",))
    assert "secret" not in repr(settings)
    assert "secret" not in repr(scan_settings(read=settings))


def test_fingerprint_leaves_out_what_never_changes_text() -> None:
    plain = ReadSettings().fingerprint_fields()
    assert ReadSettings(threads=8, passwords=("secret",)).fingerprint_fields() == plain
    assert ReadSettings(dpi=300.0).fingerprint_fields() != plain


def test_every_read_setting_is_an_option() -> None:
    assert {each.name for each, _ in options_of(ReadSettings)} == {
        each.name for each in dataclasses.fields(ReadSettings)
    }


def test_models_and_what_changes_nothing_are_not_in_the_fingerprint() -> None:
    # Models are named beside the settings in a result.
    others = {"detector", "recognizer", "scripts", "models", "threads", "passwords"}
    names = {each.name for each in dataclasses.fields(ReadSettings)}
    assert set(ReadSettings(pages="1").fingerprint_fields()) == names - others


def test_scan_settings_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "scan.toml"
    path.write_text(
        """
        inputs = ["letters", "more.pdf"]
        output = "out"
        formats = ["json"]
        workers = 3
        force = true
        [read]
        dpi = 300
        passwords = ["open sesame"]
        """,
        encoding="utf-8",
    )
    assert settings_from_mapping(ScanSettings, load_toml(path), str(path)) == ScanSettings(
        inputs=(Path("letters"), Path("more.pdf")),
        output=Path("out"),
        formats=("json",),
        workers=3,
        force=True,
        read=ReadSettings(dpi=300.0, passwords=("open sesame",)),
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        # A slip of the pen is named with the key that was meant.
        ({"wrokers": 2}, "scan.toml: unknown key `wrokers`. Did you mean `workers`?"),
        # One that is near nothing: the keys are listed.
        ({"zzz": 2}, "scan.toml: unknown key `zzz`. Known keys: inputs, output, formats,"),
        # In a table the path to it is told.
        ({"read": {"threds": 2}}, "scan.toml: `read`: unknown key `threds`. Did you mean `threads`?"),
        # Wrong types; true is no number though Python counts with it.
        ({"workers": "two"}, "scan.toml: `workers`: expected a whole number. Received: 'two'"),
        ({"workers": True}, "expected a whole number. Received: True"),
        ({"read": {"dpi": False}}, "`dpi`: expected a number. Received: False"),
        ({"read": {"dpi": "200"}}, "`dpi`: expected a number. Received: '200'"),
        ({"read": 3}, "`read`: expected a table. Received: 3"),
        ({"formats": "txt"}, "`formats`: expected a list. Received: 'txt'"),
        ({"formats": [1]}, "`formats`: expected text in quotes. Received: 1"),
        ({"force": 1}, "`force`: expected true or false. Received: 1"),
        ({"output": 1}, "`output`: expected a path. Received: 1"),
        ({"inputs": ["a"]}, "scan.toml: `output` is missing."),
    ],
)
def test_mapping_refused(values: dict[str, Any], message: str) -> None:
    base = {} if "missing" in message else {"inputs": ["in"], "output": "out"}
    with pytest.raises(UsageError) as caught:
        settings_from_mapping(ScanSettings, {**base, **values}, "scan.toml")
    assert message in str(caught.value)


@pytest.mark.parametrize("passwords", ["open sesame", ["fine", 1234567], {"open sesame": 1234567}])
def test_a_secret_of_the_wrong_type_is_not_echoed(passwords: Any) -> None:
    with pytest.raises(UsageError, match=r"^scan\.toml: `read`: `passwords`: expected [a-z ]+\.$") as caught:
        settings_from_mapping(
            ScanSettings, {"inputs": ["in"], "output": "out", "read": {"passwords": passwords}}, "scan.toml"
        )
    assert caught.value.__suppress_context__


def test_ready_made_parts_are_taken_as_they_are() -> None:
    read = ReadSettings(dpi=150.0)
    values = {"inputs": (Path("in"),), "output": Path("out"), "read": read, "workers": None}
    assert settings_from_mapping(ScanSettings, values, "here").read is read


def test_any_frozen_dataclass_can_be_a_recipe() -> None:
    @dataclass(frozen=True)
    class Recipe:
        epochs: int
        rates: tuple[float, ...] = ()

    assert settings_from_mapping(Recipe, {"epochs": 3, "rates": [1, 0.5]}, "recipe") == Recipe(3, (1.0, 0.5))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),  # No such file.
        (b"a = ", "is not valid TOML"),
        (b"a = '\xff'", "is not valid TOML"),  # Not UTF-8.
    ],
)
def test_toml_that_cannot_be_loaded(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "settings.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_toml(path)
    assert str(path) in str(caught.value)

"""The documentation names every command, option, format, exit code and exception."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from doubles import REPOSITORY

from e2eocr import errors
from e2eocr.batch import finding, jobs, progress, runner, watching
from e2eocr.batch.journal import Entry, Run
from e2eocr.batch.report import ScanReport, report_json
from e2eocr.batch.settings import ScanSettings
from e2eocr.batch.status import FolderStatus, status_json
from e2eocr.cli import cli
from e2eocr.errors import ExitCode, OCRError
from e2eocr.serving import running
from e2eocr.serving.settings import ServeSettings
from e2eocr.settings import Option, ReadSettings, load_toml, options_of, settings_from_mapping
from e2eocr.truth.adapters import ADAPTERS
from e2eocr.writers import FORMATS

DOCS = REPOSITORY / "docs"


def leaf_commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that is no group, with the words that call it."""
    for part, command in group.commands.items():
        words = f"{name} {part}".strip()
        if isinstance(command, click.Group):
            yield from leaf_commands(command, words)
        else:
            yield words, command


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of its rank or above; empty where there is none."""
    match = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return match.group(1) if match else ""


COMMANDS = dict(leaf_commands(cli))
USAGE = (DOCS / "usage.md").read_text(encoding="utf-8")
ERRORS = (DOCS / "errors.md").read_text(encoding="utf-8")
FORMAT_DOCS = (DOCS / "formats.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    text = section(USAGE, name)
    assert f"`e2eocr {name}" in text
    options = [option for each in COMMANDS[name].params if isinstance(each, click.Option) for option in each.opts]
    missing = [option for option in options if not re.search(rf"`{option}[ `]", text)]
    assert not missing, f"docs/usage.md, section {name}"


def printed_commands() -> Iterator[tuple[str, str]]:
    """Every call of the program in the blocks for a console, with the page it is on."""
    for path in sorted([*DOCS.glob("*.md"), REPOSITORY / "README.md"]):
        for block in re.findall(r"```(?:console|sh|bash)\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                call = re.match(r"\$? ?(?:\S+=\S+ )*(?:\S*/)?(?:e2eocr|python3? cli\.py) ([^|;&>]+)", line)
                if call and "…" not in line:
                    yield path.name, call.group(1)


def test_every_command_that_is_printed_can_be_given() -> None:
    printed = list(printed_commands())
    assert len(printed) > 40
    for page, words in printed:
        command: click.Command = cli
        arguments = shlex.split(words, comments=True)
        while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
            assert arguments[0] in command.commands, f"{page}: {words}"
            command = command.commands[arguments.pop(0)]
        try:
            command.make_context(words, arguments)
        except click.exceptions.Exit:
            continue  # it tells its version or its help
        except click.ClickException as error:
            raise AssertionError(f"docs: {page}: {words}: {error.format_message()}") from error


OPTIONS = {each.name: (each, about) for kind in (ScanSettings, ReadSettings) for each, about in options_of(kind)}


@pytest.mark.parametrize("name", OPTIONS)
def test_defaults_and_choices_are_documented(name: str) -> None:
    each, about = OPTIONS[name]
    flag = f"--{(about.name or name).replace('_', '-')}"
    row = re.search(rf"^\| (?:`-.`, )?`{flag}[ `][^|]*\| ([^|]*)\|(.*)$", section(USAGE, "scan"), re.MULTILINE)
    assert row is not None
    assert row.group(1).strip() == default_text(each, about)
    assert [word for word in about.choices if f"`{word}`" not in row.group(2)] == []


SERVER_OPTIONS = {each.name: (each, about) for each, about in options_of(ServeSettings)}


@pytest.mark.parametrize("name", SERVER_OPTIONS)
def test_defaults_of_a_server_are_documented(name: str) -> None:
    each, about = SERVER_OPTIONS[name]
    flag = f"--{(about.name or name).replace('_', '-')}"
    row = re.search(rf"^\| `{flag}[ `][^|]*\| ([^|]*)\|", section(USAGE, "serve"), re.MULTILINE)
    if row is None:  # it is told to be as for scan
        assert each.default == OPTIONS[name][0].default
    else:
        assert row.group(1).strip() == default_text(each, about)


def default_text(each: dataclasses.Field[Any], about: Option) -> str:
    """How the tables of the docs tell the default of an option."""
    if each.default is dataclasses.MISSING or (each.default is None and about.word_for_none is None):
        return ""
    default = about.word_for_none if each.default is None else each.default
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, tuple | str):
        words = (default,) if isinstance(default, str) else default
        return " and ".join(f"`{word}`" for word in words)
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_no_option_is_documented_that_is_not_there() -> None:
    known = {option for command in COMMANDS.values() for each in command.params for option in each.opts}
    of_plugins = set(re.findall(r"`(--e2eocr-[a-z-]+)", section(USAGE, "In OCRmyPDF")))
    written = set(re.findall(r"`(--[a-z0-9-]+)", USAGE + ERRORS + FORMAT_DOCS))
    assert written - known - of_plugins == {"--help"}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_documented(name: str) -> None:
    assert section(FORMAT_DOCS, name)
    assert f"`{name}`" in section(USAGE, "scan")


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_format_of_data_sets_is_documented(name: str) -> None:
    assert f"| `{name}` |" in section(FORMAT_DOCS, "Data sets of others")


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_is_documented(code: ExitCode) -> None:
    assert f"| {code.value} | `{code.name}` |" in section(ERRORS, "Exit codes")


def test_every_exception_is_documented_with_its_code() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, OCRError)]
    table = section(ERRORS, "Exceptions")
    assert [kind.__name__ for kind in kinds if f"| `{kind.__name__}` | {kind.exit_code.value} |" not in table] == []


def test_the_settings_file_of_the_docs_works(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", section(USAGE, "scan"), re.DOTALL)
    path = tmp_path / "scan.toml"
    path.write_text(example, encoding="utf-8")
    settings = settings_from_mapping(ScanSettings, load_toml(path), "docs/usage.md")
    assert settings.read == ReadSettings(dpi=300.0, text_layer="ignore", passwords=("open sesame",))


def test_every_reason_to_leave_something_out_is_documented() -> None:
    table = section(FORMAT_DOCS, "The report of a run").partition("Reason in `left_out`")[2]
    documented = re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE)
    assert set(get_args(finding.Reason)) == set(re.findall(r"`([a-z ]+)`", " ".join(documented)))


def test_every_event_of_the_log_is_documented() -> None:
    sources = [inspect.getsource(module) for module in (progress, runner, watching, running)]
    source = "".join([*sources, (REPOSITORY / "e2eocr/serving/web/app.py").read_text(encoding="utf-8")])
    events = set(re.findall(r'event(?:: str)? ?= ?"([^"]+)"', source)) | {"error"}
    rows = re.findall(r"^\| (`[^|]+`) \|", section(FORMAT_DOCS, "Log lines"), re.MULTILINE)
    assert events == set(re.findall(r"`([^`]+)`", " ".join(rows)))


def documented_example(heading: str) -> Any:
    [example] = re.findall(r"```json\n(.*?)```", section(FORMAT_DOCS, heading), re.DOTALL)
    return json.loads(example)


def test_the_report_of_the_docs_has_the_keys_of_a_report() -> None:
    job = jobs.Job(Path("a.png"), "a.png", Path("out/a.png"))
    outcomes = (jobs.Outcome("failed", job=job, message="is torn"),)
    made = json.loads(
        report_json(ScanReport(ScanSettings((Path("in"),), Path("out")), outcomes, finding.FoundJobs((job,))))
    )
    example = documented_example("The report of a run")
    assert list(example) == list(made)
    assert list(example["documents"][0]) == list(made["documents"][0])


def test_the_status_of_the_docs_has_the_keys_of_a_status() -> None:
    entry = Entry(
        name="a.png",
        path="/in/a.png",
        size=1,
        mtime_ns=1,
        settings="",
        formats="txt",
        status="failed",
        message="is torn",
        gone="2026-11-22T02:15:03Z",
    )
    run = Run(1, "", None, None, 1, "", "", [], None, None)
    made = json.loads(status_json(FolderStatus(Path("out"), (entry,), run, running=True)))
    example = documented_example("The status of a folder")
    assert list(example) == list(made)
    for key in ("failures", "gone"):
        assert list(example[key][0]) == list(made[key][0])
    assert list(example["last_run"]) == list(made["last_run"])


def anchor_of(heading: str) -> str:
    """The anchor that a heading of Markdown gets: small letters, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_decision_stands_in_the_index_by_subject() -> None:
    text = (DOCS / "decisions.md").read_text(encoding="utf-8")
    headings = [heading for heading in re.findall(r"^## (.+)$", text, re.MULTILINE) if heading != "By subject"]
    linked = re.findall(r"^- \[.+?\]\(#(.+)\)$", section(text, "By subject"), re.MULTILINE)
    assert sorted(map(anchor_of, headings)) == sorted(linked)


PAGES = [*sorted(DOCS.glob("*.md")), REPOSITORY / "CONTRIBUTING.md", *sorted(REPOSITORY.glob("README*.md"))]
pages = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])


@pages
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def anchors_of(page: Path) -> list[str]:
    return [anchor_of(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)]


@pages
def test_every_file_of_ours_that_is_named_is_there(page: Path) -> None:
    ours = r"`((?:e2eocr|detectors|recognizers|tests|benchmarks|tools|docs)/[a-z_][\w./-]*)`"
    named = re.findall(ours, page.read_text(encoding="utf-8"))
    assert [path for path in named if not (REPOSITORY / path).exists()] == []


def fenced_code(page: str) -> list[str]:
    """The blocks of code of a page, without their comments."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [re.sub(r"\s*#.*", "", block) for block in blocks]


def named_and_counted(page: str) -> list[str]:
    """The code, links and figures of a page's prose, in their order within each kind."""
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    code = re.findall(r"`[^`]+`", prose)
    links = re.findall(r"\]\(([^)]+)\)", prose)
    figures = re.findall(r"\d+(?:\.\d+)*", re.sub(r"`[^`]+`|\]\([^)]+\)", "", prose))
    return [*sorted(code), *sorted(links), *sorted(figures)]


def test_the_readme_in_chinese_says_what_the_english_one_says() -> None:
    english = (REPOSITORY / "README.md").read_text(encoding="utf-8").replace("[中文](README.zh.md)\n\n", "", 1)
    chinese = (REPOSITORY / "README.zh.md").read_text(encoding="utf-8").replace("[English](README.md)\n\n", "", 1)
    assert fenced_code(chinese) == fenced_code(english)
    assert named_and_counted(chinese) == named_and_counted(english)
    assert len(re.findall("^## ", chinese, re.MULTILINE)) == len(re.findall("^## ", english, re.MULTILINE))

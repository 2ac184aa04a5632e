"""Which documents a run finds, in which order, and what their results are called."""

from __future__ import annotations

import inspect
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from doubles.batch import refuse_folder

from e2eocr.batch.finding import Choice, FoundJobs, find_jobs, natural_key
from e2eocr.batch.jobs import Job, Stamp
from e2eocr.batch.journal import Entry, Journal
from e2eocr.errors import NothingToReadError, UsageError


def make_files(folder: Path, names: list[str]) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def found_names(found: FoundJobs) -> list[str]:
    return [job.name for job in found.jobs]


def test_folder_is_walked_in_a_stable_order(tmp_path: Path) -> None:
    make_files(tmp_path, ["page 10.png", "page 2.png", "B.PDF", "a/z.tif", "a/b/c.jpg", "a 10/x.png", "a 2/x.png"])
    found = find_jobs([tmp_path], tmp_path / "out")
    assert found_names(found) == [
        *("B.PDF", "page 2.png", "page 10.png"),
        *("a/z.tif", "a/b/c.jpg", "a 2/x.png", "a 10/x.png"),
    ]
    assert found.left_out == {}


def test_output_names_add_the_suffix(tmp_path: Path) -> None:
    make_files(tmp_path, ["in/a/b.pdf"])
    job = find_jobs([tmp_path / "in"], tmp_path / "out").jobs[0]
    assert job == Job(tmp_path / "in/a/b.pdf", "a/b.pdf", tmp_path / "out/a/b.pdf")
    assert job.output_path("txt") == tmp_path / "out/a/b.pdf.txt"
    assert pickle.loads(pickle.dumps(job)) == job


def test_job_tells_size_and_time_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"12345")
    os.utime(tmp_path / "a.png", ns=(0, 123_456_789))
    assert find_jobs([tmp_path], tmp_path / "out").jobs[0].stamp == Stamp(5, 123_456_789)


@pytest.mark.parametrize(
    ("age", "found"),
    [
        (0.0, False),  # just written
        (50.0, False),  # not long enough ago
        (500.0, True),  # at rest
        (-50.0, False),  # by a clock that is a little ahead
        (-1e8, True),  # by one that is years ahead: waiting would not help
    ],
)
def test_files_that_are_still_written_are_left(tmp_path: Path, age: float, found: bool) -> None:
    make_files(tmp_path, ["a.png"])
    written = time.time() - age
    os.utime(tmp_path / "a.png", (written, written))
    for inputs in ([tmp_path], [tmp_path / "a.png"]):
        left = find_jobs(inputs, tmp_path / "out", Choice(settle=100))
        assert found_names(left) == (["a.png"] if found else [])
        assert left.left_out == ({} if found else {"still changing": 1})


def test_what_is_no_document_is_counted(tmp_path: Path) -> None:
    make_files(tmp_path, ["a.png", ".b.png", ".git/c.png", "d.txt", "e", "f.docx"])
    os.mkfifo(tmp_path / "g.png")
    found = find_jobs([tmp_path], tmp_path / "out")
    assert found_names(found) == ["a.png"]
    assert found.left_out == {"hidden": 2, "not a regular file": 1, "unknown type": 3}


def test_results_of_a_scan_are_no_documents_and_others_named_like_them_are(tmp_path: Path) -> None:
    make_files(tmp_path, ["a.png", "a.png.pdf", "b/c.pdf", "b/c.pdf.overlay.png", "d.overlay.png"])
    assert len(find_jobs([tmp_path], tmp_path).jobs) == 5
    record(tmp_path, "a.png", "pdf")
    record(tmp_path, "b/c.pdf", "overlay")
    for output in (tmp_path, tmp_path / "out"):  # the journal tells, wherever new results go
        found = find_jobs([tmp_path], output)
        assert found_names(found) == ["a.png", "d.overlay.png", "b/c.pdf"]
        assert found.left_out == {"hidden": 1, "result": 2}


def test_without_a_journal_results_are_known_by_the_json_that_was_written_with_them(tmp_path: Path) -> None:
    make_files(tmp_path, ["a.png", "a.png.pdf", "a.png.overlay.png"])
    (tmp_path / "a.png.json").write_bytes(b'{"format":"e2eocr/1"}')
    for name in ("a.png.json", "a.png.pdf"):
        os.utime(tmp_path / name, ns=(5, 5))
    assert found_names(find_jobs([tmp_path], tmp_path)) == ["a.png", "a.png.overlay.png"]


def test_an_old_output_folder_within_the_input_is_passed_over(tmp_path: Path) -> None:
    make_files(tmp_path, ["a.png", "old/a.png.pdf", "old/mine.pdf", "old/e2eocr-aside/a.png.1.pdf"])
    record(tmp_path / "old", "a.png", "pdf")
    assert found_names(find_jobs([tmp_path], tmp_path / "new")) == ["a.png", "old/mine.pdf"]


def record(folder: Path, name: str, format: str) -> None:
    """Have the journal of a folder say that a result was written there."""
    entry = Entry(
        name=name, path=name, size=1, mtime_ns=1, settings="", formats=format, status="ok", written=f"{format}=0"
    )
    with Journal(folder) as journal:
        journal.write([entry])


def test_a_file_named_itself_keeps_its_own_name(tmp_path: Path) -> None:
    make_files(tmp_path, ["a/.hidden.png"])
    assert found_names(find_jobs([tmp_path / "a/.hidden.png"], tmp_path / "out")) == [".hidden.png"]


def test_links_do_not_loop(tmp_path: Path) -> None:
    make_files(tmp_path, ["in/a/x.png", "elsewhere/y.png"])
    (tmp_path / "in/a/up").symlink_to(tmp_path / "in")
    (tmp_path / "in/b").symlink_to(tmp_path / "in/a")
    (tmp_path / "in/c").symlink_to(tmp_path / "elsewhere")
    found = find_jobs([tmp_path / "in"], tmp_path / "out")
    assert found_names(found) == ["a/x.png", "c/y.png"]
    assert found.left_out == {"repeated": 2}


def test_deep_folders_do_not_exhaust_the_stack(tmp_path: Path) -> None:
    name = "d/" * 200 + "x.png"
    make_files(tmp_path, [name])
    before = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack()) + 100)
        found = find_jobs([tmp_path], tmp_path / "out")
    finally:
        sys.setrecursionlimit(before)
    assert found_names(found) == [name]


def test_broken_link_is_a_job(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "b.png")
    assert found_names(find_jobs([tmp_path], tmp_path / "out")) == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (["in/a/x.png", "in/a/x.png"], ["x.png"]),  # the same file
        (["in/a/x.png", "in/a/../a/x.png"], ["x.png"]),  # spelled in another way
        (["in/a", "in/a"], ["x.png"]),  # the same folder
        (["in", "in/a"], ["a/x.png"]),  # a folder, then one in it
        (["in/a", "in"], ["x.png"]),  # the other way round: the first name holds
        (["in/a/x.png", "in"], ["x.png"]),  # a file, then its folder
    ],
)
def test_what_is_given_twice_is_one_job(tmp_path: Path, inputs: list[str], names: list[str]) -> None:
    make_files(tmp_path, ["in/a/x.png"])
    assert found_names(find_jobs([tmp_path / name for name in inputs], tmp_path / "out")) == names


def test_of_two_documents_with_the_same_results_the_second_fails(tmp_path: Path) -> None:
    make_files(tmp_path, ["a/x.png", "b/x.png"])
    found = find_jobs([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert found_names(found) == ["x.png"]
    [outcome] = found.refused
    assert (outcome.status, outcome.job.path) == ("failed", tmp_path / "b/x.png")
    assert str(tmp_path / "a/x.png") in str(outcome.message)


def test_output_folder_is_not_walked(tmp_path: Path) -> None:
    make_files(tmp_path, ["x.png", "results/x.png.pdf"])
    found = find_jobs([tmp_path], tmp_path / "results")
    assert found_names(found) == ["x.png"]
    assert found.left_out == {"output folder": 1}


def test_output_folder_that_is_the_input_is_walked(tmp_path: Path) -> None:
    make_files(tmp_path, ["x.png"])
    assert found_names(find_jobs([tmp_path], tmp_path)) == ["x.png"]


def test_missing_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere: No such file or directory\. Check the path"):
        find_jobs([tmp_path / "nowhere"], tmp_path / "out")


def test_one_bad_input_of_many_costs_itself_alone(tmp_path: Path) -> None:
    make_files(tmp_path, ["in/a.png"])
    found = find_jobs([tmp_path / "in", tmp_path / "nowhere"], tmp_path / "out")
    assert found_names(found) == ["a.png"]
    assert [(outcome.status, outcome.job.path) for outcome in found.refused] == [("failed", tmp_path / "nowhere")]


@pytest.mark.parametrize(
    ("content", "is_document"),
    [
        (b"%PDF-1.7\n", True),
        (b"\x89PNG\r\n\x1a\n", True),
        (b"P5\n# made by hand\n3 2\n255\n", True),
        (b"BM" + bytes(12) + b"\x28\0\0\0", True),
        # Text that begins like a picture, or tells of one.
        (b"BMW sells cars in many countries", False),
        (b"P1 is the first of the points", False),
        (b"A file that begins with %PDF-1.4 is a PDF", False),
        (b"", False),
    ],
)
@pytest.mark.parametrize("name", ["scan", "scan.tmp", "page.2"])
def test_files_whose_name_says_nothing_are_judged_by_content(
    tmp_path: Path, name: str, content: bytes, is_document: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "a.png").touch()
    assert (name in found_names(find_jobs([tmp_path], tmp_path / "out"))) == is_document


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        (Choice(include=("*.pdf",)), ["a.pdf", "old/b.pdf"]),
        (Choice(exclude=("old",)), ["a.pdf", "c.png"]),  # a folder with all that is in it
        (Choice(exclude=("old/*.png",)), ["a.pdf", "c.png", "old/b.pdf"]),
        (Choice(include=("*.png",), exclude=("old/*",)), ["c.png"]),
        (Choice(exclude=("*.PDF",)), ["a.pdf", "c.png", "old/b.pdf", "old/d.png"]),  # case counts
    ],
)
def test_patterns_choose(tmp_path: Path, choice: Choice, names: list[str]) -> None:
    make_files(tmp_path, ["a.pdf", "c.png", "old/b.pdf", "old/d.png"])
    assert found_names(find_jobs([tmp_path], tmp_path / "out", choice)) == names


@pytest.mark.parametrize(
    ("files", "reasons"),
    [
        ([], r"nothing to read\. Known types: .*\.pdf"),  # an empty folder
        (["a.txt", "b.doc", ".c.png"], r"nothing to read \(1 hidden, 2 unknown type\)"),  # nothing that can be read
    ],
)
def test_nothing_to_read(tmp_path: Path, files: list[str], reasons: str) -> None:
    make_files(tmp_path, files)
    with pytest.raises(NothingToReadError, match=reasons):
        find_jobs([tmp_path], tmp_path / "out")


def test_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_files(tmp_path, ["x.png", "private/y.png"])
    refuse_folder(monkeypatch, "private")
    found = find_jobs([tmp_path], tmp_path / "out")
    assert found_names(found) == ["x.png"]
    assert found.left_out == {"unreadable folder": 1}
    assert found.unreadable == (f"{tmp_path / 'private'}: Permission denied",)


@pytest.mark.parametrize(
    "name",
    [
        "na\u00efve \u6587\u66f8 \U0001f4c4.png",  # letters of several scripts
        "nai\u0308ve.png",  # a combining mark
        "two\nlines.png",  # a line break
        os.fsdecode(b"caf\xe9.png"),  # bytes that are no UTF-8
        "-o.png",  # looks like an option
        " .png",  # a space
    ],
)
def test_unusual_names(tmp_path: Path, name: str) -> None:
    make_files(tmp_path, [f"in/{name}"])
    job = find_jobs([tmp_path / "in"], tmp_path / "out").jobs[0]
    assert job.name == name
    assert job.output_path("txt").name == f"{name}.txt"


def test_natural_key_orders_numbers_by_value() -> None:
    names = ["2", "10", "1", "01", "a10b2", "a10b10", "a9", "", "a"]
    assert sorted(names, key=natural_key) == ["", "01", "1", "2", "10", "a", "a9", "a10b2", "a10b10"]


def test_finding_documents_loads_no_decoder() -> None:
    script = "import sys, e2eocr.batch.runner; print(*{'numpy', 'cv2', 'PIL', 'pypdfium2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

"""The page in a real browser: documents in, pictures with boxes, text, tables, and every format out."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from doubles.browser import open_browser
from doubles.serving import RunningServer, run_server
from PIL import Image, ImageDraw, ImageFont

from e2eocr.batch.workers.worker import load_reader
from e2eocr.writers import FORMATS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.slow
MEBIBYTE = 1 << 20
EVIL_NAME = "<img src=x onerror=alert(1)>.png"
# A page gets a file as a browser gives it from the clipboard, or from another window.
BRING = """([kind, name, data]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "image/png"}));
    const facts = {clipboardData: transfer, dataTransfer: transfer, bubbles: true, cancelable: true};
    document.body.dispatchEvent(kind === "paste" ? new ClipboardEvent(kind, facts) : new DragEvent(kind, facts));
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with run_server(load_reader, max_upload=2, max_files=4) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    context.set_default_timeout(120_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, server: RunningServer) -> Iterator[Page]:
    """The page, which must say nothing on the console and ask nobody else."""
    with watched(context, server) as page:
        yield page


class watched:  # noqa: N801
    """Opens the page of a server, and looks at the end that nothing went wrong in it."""

    def __init__(self, context: BrowserContext, server: RunningServer) -> None:
        self._context, self._server = context, server
        self._trouble: list[str] = []

    def __enter__(self) -> Page:
        page = self._context.new_page()
        page.on("console", lambda message: self._trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self._trouble.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self._trouble.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self._note(request.url))
        page.goto(self._server.url)
        return page

    def __exit__(self, *_: object) -> None:
        # What the server refuses is told there too, by the browser itself.
        assert [each for each in self._trouble if "Failed to load resource" not in each] == []

    def _note(self, url: str) -> None:
        if not url.startswith((self._server.url, f"blob:{self._server.url}", "data:")):
            self._trouble.append(f"asks elsewhere: {url}")


def drawn(text: str) -> bytes:
    page = Image.new("RGB", (700, 220), "white")
    ImageDraw.Draw(page).text((40, 80), text, fill="black", font=ImageFont.load_default(40))
    data = io.BytesIO()
    page.save(data, "PNG")
    return data.getvalue()


def choose(page: Page, *files: Path | tuple[str, bytes]) -> None:
    """Choose files by the button, and wait until all are done."""
    known = [(each.name, each.read_bytes()) if isinstance(each, Path) else each for each in files]
    page.set_input_files("#files", [payload(name, data) for name, data in known])
    await_done(page, len(files))


def payload(name: str, data: bytes) -> Any:
    """A file as playwright chooses it."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def await_done(page: Page, count: int) -> None:
    until(page, lambda: page.locator("li.ok, li.partial, li.failed").count() == count)


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait until something is so; the page's policy lets no script of a test wait inside it."""
    for _ in range(2400):
        if is_so():
            return
        page.wait_for_timeout(50)
    raise TimeoutError(page.locator("main").inner_text())


def document_of(page: Page) -> Any:
    """The document that is shown, as the server has it."""
    return json.loads(saved(page, "json"))


def saved(page: Page, format: str) -> bytes:
    page.select_option("#format", format)
    with page.expect_download() as waiting:
        page.click("#download")
    return Path(waiting.value.path()).read_bytes()


def test_a_document_is_shown_with_its_boxes_text_and_tables(page: Page, repository: Path) -> None:
    choose(page, repository / "samples/invoice-en.pdf")
    page.wait_for_selector("#sheet img")
    [read] = document_of(page)["pages"]
    words = [word for line in read["lines"] for word in line["words"]]
    assert page.locator("polygon[data-key]").count() == page.locator(".word").count() == len(words)
    assert sorted(page.locator(".word").all_inner_texts()) == sorted(word["text"] for word in words)
    assert page.locator("#text table").count() == len(read["tables"]) >= 1
    cells = sum(len(table["cells"]) for table in read["tables"])
    assert page.locator("#text td, #text th").count() == cells
    assert "Wall bracket, black steel" in page.locator("#text td").all_inner_texts()
    low = sum(word["confidence"] < 0.8 for word in words)
    assert page.locator(".word.low").count() == page.locator("polygon.low").count() == low
    width, height = (
        page.evaluate(f"document.querySelector('#sheet img').natural{side}") for side in ("Width", "Height")
    )
    assert abs(width / height - read["width"] / read["height"]) < 0.01


def test_a_word_and_its_box_are_linked(page: Page, repository: Path) -> None:
    choose(page, repository / "samples/receipt-it.jpg")
    page.wait_for_selector("#sheet img")
    word = page.locator(".word").nth(5)
    key = word.get_attribute("data-key")
    word.hover()
    assert page.locator("polygon.chosen").get_attribute("data-key") == key
    assert page.locator("#word").inner_text().startswith(word.inner_text())
    box = page.locator("polygon[data-key]").nth(2)
    box.hover()
    assert page.locator(".word.chosen").get_attribute("data-key") == box.get_attribute("data-key")
    assert page.locator("polygon.chosen").count() == 1


def test_pages_are_turned(page: Page, repository: Path) -> None:
    choose(page, repository / "samples/minutes-de.pdf")
    page.wait_for_selector("#sheet img[alt^='Page 1']")
    assert page.locator("#page").inner_text() == "Page 1 of 3"
    assert page.locator("#previous").is_disabled()
    first = page.locator("#text").inner_text()
    for number in (2, 3):
        page.click("#next")
        page.wait_for_selector(f"#sheet img[alt^='Page {number}']")
    assert page.locator("#next").is_disabled() and page.locator("#text").inner_text() != first


# In two parts: Chromium asks the user before it saves more than ten files in a row.
@pytest.mark.parametrize("formats", [[*FORMATS][:8], [*FORMATS][8:]], ids=["first", "others"])
def test_every_format_is_saved(page: Page, repository: Path, formats: list[str]) -> None:
    choose(page, repository / "samples/receipt-it.jpg")
    for format in formats:
        assert len(saved(page, format)) > 50, format


def test_text_is_copied_and_all_results_are_saved_as_one(page: Page, context: BrowserContext, repository: Path) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(page, repository / "samples/receipt-it.jpg")
    text = saved(page, "txt").decode()
    assert "TOTALE" in text
    page.select_option("#format", "txt")
    page.click("#copy")
    until(page, lambda: page.locator("#word").inner_text() == "Copied as txt.")
    assert page.evaluate("navigator.clipboard.readText()") == text
    page.select_option("#format", "xlsx")
    assert page.locator("#copy").is_disabled()
    with page.expect_download() as waiting:
        page.click("#archive")
    assert waiting.value.suggested_filename == "results.zip"


def test_what_cannot_be_read_is_told_and_nothing_of_it_is_run(page: Page) -> None:
    choose(page, (EVIL_NAME, b"no picture"), ("b.png", drawn("<script>alert(2)</script>")), ("c.png", b""))
    rows = page.locator("#list li")
    assert rows.nth(0).locator(".name").inner_text() == EVIL_NAME
    assert "not a kind of file we read" in rows.nth(0).locator(".state").inner_text()
    assert page.locator("#list img, #text img, #text script").count() == 0
    page.wait_for_selector("#sheet img")
    assert "script" in page.locator("#text").inner_text()
    assert page.locator("#title").inner_text() == "b.png"


def test_files_that_are_too_large_are_told_before_they_are_sent(page: Page) -> None:
    choose(page, ("large.png", bytes(2 * MEBIBYTE + 1)), ("small.png", drawn("small")))
    states = page.locator("#list .state").all_inner_texts()
    assert states == ["larger than 2 MiB, which is all that the server takes", "1 page read"]


def test_more_files_than_a_request_takes_are_sent_in_several(page: Page, server: RunningServer) -> None:
    choose(page, *[(f"{number}.png", drawn(f"number {number}")) for number in range(6)])
    assert page.locator("#list .ok").count() == 6
    page.locator("#list button").nth(5).click()
    page.wait_for_selector("#sheet img[alt='Page 1 of 5.png']")
    assert page.locator("#text").inner_text().strip() == "number 5"


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_pictures_are_pasted_and_dropped(page: Page, kind: str) -> None:
    page.evaluate(BRING, [kind, "shot.png", base64.b64encode(drawn("Harbour Museum")).decode()])
    await_done(page, 1)
    assert page.locator("#list .name").inner_text() == ("pasted-1.png" if kind == "paste" else "shot.png")
    page.wait_for_selector("#sheet img")
    assert page.locator("#text").inner_text().strip() == "Harbour Museum"


def test_keys_alone_will_do(page: Page) -> None:
    choose(page, ("a.png", drawn("one two three")))
    page.wait_for_selector("#sheet img")
    page.locator("body").focus()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
        if reached[-1] == "text":
            break
    assert {"files", "archive", "clear", "Show", "format", "copy", "download", "picture", "text"} <= set(reached)
    shown = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        shown.append(page.locator(".word.chosen").inner_text())
    assert shown == ["one", "two", "three", "three", "two"]


def test_documents_are_removed_from_the_server_too(page: Page, server: RunningServer) -> None:
    choose(page, ("a.png", drawn("one")))
    before = set(server.desk._orders)
    page.click("#clear")
    until(page, lambda: page.locator("#documents").is_hidden() and page.locator("#viewer").is_hidden())
    assert server.desk.wait(lambda: len(server.desk._orders) == len(before) - 1, 60)


@pytest.mark.parametrize("width", [400, 1300])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_window_and_the_colours_of_the_system(
    browser: Browser, server: RunningServer, repository: Path, scheme: Any, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    with watched(context, server) as page:
        choose(page, repository / "samples/invoice-en.pdf", ("x" * 90 + ".png", b"no picture"))
        page.wait_for_selector("#sheet img")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        sides = [page.locator(pane).bounding_box() for pane in ("#picture", "#text")]
        assert all(side is not None and side["width"] > min(300, width / 3) for side in sides)
        assert is_dark(page) == (scheme == "dark")
        page.select_option("#theme", "light" if scheme == "dark" else "dark")
        assert is_dark(page) == (scheme == "light")
        page.reload()
        assert is_dark(page) == (scheme == "light")
    context.close()


def is_dark(page: Page) -> bool:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) < 3 * 100


def test_a_token_is_asked_for(context: BrowserContext) -> None:
    with run_server(token="s3cret") as server, watched(context, server) as page:
        page.wait_for_selector("#access:not([hidden])")  # comes once the server has told its limits
        assert page.locator("#intake").is_hidden()
        page.fill("#token", "wrong")
        page.click("#access button")
        page.set_input_files("#files", [payload("a.png", b"double")])
        page.wait_for_selector("#access:not([hidden])")
        assert page.locator("#access-error").inner_text() == "This token does not fit."
        page.fill("#token", "s3cret")
        page.click("#access button")
        page.set_input_files("#files", [payload("a.png", b"double")])
        page.wait_for_selector("#list .ok")
        page.wait_for_selector("#text .line")


def test_a_locked_pdf_is_read_with_its_password(page: Page, tmp_path: Path) -> None:
    import pikepdf

    plain, locked = tmp_path / "plain.pdf", tmp_path / "locked.pdf"
    Image.open(io.BytesIO(drawn("Harbour Museum"))).save(plain)
    with pikepdf.open(plain) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="owner", user="sesame"))
    choose(page, locked)
    assert "needs a password" in page.locator("#list .state").inner_text()
    page.click("summary")
    page.fill("#password", "sesame")
    choose_more = page.locator("#list .ok")
    page.set_input_files("#files", str(locked))
    choose_more.wait_for()
    page.wait_for_selector("#sheet img")
    assert page.locator("#text").inner_text().strip() == "Harbour Museum"

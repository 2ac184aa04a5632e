"""A server with the models that ship: what is read and shown, and what bad documents cost."""

from __future__ import annotations

import io
import json
import struct
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from doubles.serving import RunningServer, run_server
from PIL import Image, ImageDraw, ImageFont

from e2eocr.batch.workers.worker import load_reader
from e2eocr.serving.web.formats import MEDIA_TYPES
from e2eocr.settings import ReadSettings
from e2eocr.writers import FORMATS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with run_server(load_reader, page_timeout=60.0, read=ReadSettings(max_pixels=4_000_000)) as server:
        yield server


def picture(text: str, kind: str = "PNG", rotation: int = 0) -> bytes:
    page = Image.new("RGB", (700, 220), "white")
    ImageDraw.Draw(page).text((40, 80), text, fill="black", font=ImageFont.load_default(40))
    data = io.BytesIO()
    page.rotate(rotation, expand=True).save(data, kind)
    return data.getvalue()


def locked_pdf(text: str, password: str) -> bytes:
    pdf = pikepdf.open(io.BytesIO(picture(text, "PDF")))
    data = io.BytesIO()
    pdf.save(data, encryption=pikepdf.Encryption(owner="owner", user=password))
    return data.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that claims `side` by `side` pixels in colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


def send(url: str, field: str, data: bytes, name: str = "a.png", **more: str) -> tuple[int, Any]:
    """Post a file with other fields beside it; the status and the JSON that is answered."""
    parts = [f'name="{key}"\r\n\r\n{value}'.encode() for key, value in more.items()]
    parts.append(f'name="{field}"; filename="{name}"\r\n\r\n'.encode() + data)
    body = b"".join(b"--X\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--X--\r\n"
    request = urllib.request.Request(url, body, {"Content-Type": "multipart/form-data; boundary=X"})
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def fetch(url: str) -> tuple[bytes, str]:
    with urllib.request.urlopen(url, timeout=120) as response:
        return response.read(), response.headers.get_content_type()


def test_a_picture_is_read(server: RunningServer) -> None:
    assert send(f"{server.url}/predict", "image", picture("Harbour Museum")) == (200, {"text": "Harbour Museum"})
    status, document = send(f"{server.url}/predict?detail=1", "image", picture("Harbour Museum"), "b.png")
    assert (status, document["format"], document["source"]["path"]) == (200, "e2eocr/1", "b.png")


def test_results_are_had_in_every_format_and_pages_are_shown_as_people_see_them(server: RunningServer) -> None:
    _, order = send(f"{server.url}/documents", "files", picture("Harbour Museum", rotation=90), "turned.png")
    place = f"{server.url}/documents/{order['id']}"
    fetch(f"{place}/events")
    for format in FORMATS:
        data, kind = fetch(f"{place}/1/{format}")
        assert data and kind == MEDIA_TYPES[format], format
    page, kind = fetch(f"{place}/1/pages/1")
    shown = Image.open(io.BytesIO(page))
    assert (kind, shown.size) == ("image/jpeg", (220, 700))
    assert np.asarray(shown.convert("L")).min() < 80


def test_a_large_page_is_shown_reduced(server: RunningServer) -> None:
    data = io.BytesIO()
    Image.new("L", (3000, 1200), 255).save(data, "PNG")
    _, order = send(f"{server.url}/documents", "files", data.getvalue())
    place = f"{server.url}/documents/{order['id']}"
    fetch(f"{place}/events")
    assert Image.open(io.BytesIO(fetch(f"{place}/1/pages/1")[0])).size == (2400, 960)


def test_a_locked_pdf_says_what_it_needs_and_is_read_with_it(server: RunningServer) -> None:
    data = locked_pdf("Harbour Museum", "sesame")
    for more in ({}, {"password": "wrong"}):
        status, answer = send(f"{server.url}/predict", "image", data, "a.pdf", **more)
        assert (status, answer["error"]["code"]) == (422, "PasswordError")
        assert answer["error"]["message"] == "the PDF needs a password. Send it as the field `password`."
    assert send(f"{server.url}/predict", "image", data, "a.pdf", password="sesame") == (200, {"text": "Harbour Museum"})
    assert send(f"{server.url}/predict", "image", data, "a.pdf")[0] == 422  # nobody's password serves another
    _, order = send(f"{server.url}/documents", "files", data, "a.pdf", password="sesame")
    place = f"{server.url}/documents/{order['id']}"
    fetch(f"{place}/events")
    assert fetch(f"{place}/1/pdf")[0].startswith(b"%PDF")
    assert fetch(f"{place}/1/pages/1")[1] == "image/jpeg"


def test_bad_pictures_are_refused(server: RunningServer) -> None:
    good = picture("Harbour Museum")
    cases = {
        b"": (422, "DocumentError"),
        b"no picture": (422, "DocumentError"),
        good[:40]: (422, "DocumentError"),
        b"%PDF-1.7 and nothing": (422, "DocumentError"),
        bomb(60_000): (413, "TooLargeError"),
    }
    found = {data: send(f"{server.url}/predict", "image", data) for data in cases}
    assert {data: (status, answer["error"]["code"]) for data, (status, answer) in found.items()} == cases
    assert send(f"{server.url}/predict", "image", good)[0] == 200


def test_nothing_is_left_of_predictions(server: RunningServer) -> None:
    folder: Path = server.desk._folder
    before = {path.name for path in folder.iterdir()}
    send(f"{server.url}/predict", "image", picture("Harbour Museum"))
    for _ in range(100):
        if {path.name for path in folder.iterdir()} <= before:
            return
        time.sleep(0.05)
    raise AssertionError(list(folder.iterdir()))

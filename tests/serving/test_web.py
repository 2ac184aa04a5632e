"""What the server answers, and how it refuses: each with its status, its code and a next step."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from doubles.serving import PATIENCE, open_desk
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from e2eocr.serving.desk import Desk
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.app import create_app
from e2eocr.serving.web.formats import MEDIA_TYPES
from e2eocr.serving.web.openapi import SCHEMAS, describe
from e2eocr.writers import FORMATS, read_json

SETTINGS = ServeSettings(max_files=3, max_waiting=5, page_timeout=2.0)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with open_desk(max_files=3, max_waiting=5, page_timeout=2.0) as desk:
        assert desk.wait(lambda: desk.is_ready, PATIENCE)
        yield desk


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return client_of(desk)


class BufferedClient(FlaskClient):
    """A client that takes an answer in whole, so that what it was read from is closed."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return super().open(*args, **{**options, "buffered": True})


def client_of(desk: Desk, **settings: Any) -> FlaskClient:
    app = create_app(ServeSettings(**{"max_files": 3, "max_waiting": 5, **settings}), desk)
    app.test_client_class = BufferedClient
    return app.test_client()


def form(field: str, *files: tuple[str, str], **more: str) -> dict[str, Any]:
    """A form with files in a field: each its content and its name."""
    return {field: [(io.BytesIO(text.encode()), name) for text, name in files], **more}


def order_of(client: FlaskClient, *files: tuple[str, str]) -> str:
    """The address of an order whose documents are all read."""
    response = client.post("/documents", data=form("files", *files))
    assert response.status_code == 202
    place = response.headers["Location"]
    client.get(f"{place}/events")
    return place


def check(response: TestResponse, schema: str) -> Any:
    """The JSON of an answer, which must be as it is described."""
    jsonschema.validate(response.json, {"$ref": f"#/components/schemas/{schema}", "components": {"schemas": SCHEMAS}})
    return response.json


def refused(response: TestResponse, status: int, code: str) -> str:
    """The message of a refusal."""
    assert response.status_code == status, response.text
    error = check(response, "Error")["error"]
    assert error["code"] == code
    return str(error["message"])


def test_predict_answers_the_text(client: FlaskClient) -> None:
    response = client.post("/predict", data=form("image", ("a line\nanother page", "a.png")))
    assert response.status_code == 200
    assert check(response, "Text") == {"text": "a line\n\fanother page"}


def test_predict_in_detail_answers_the_document(client: FlaskClient) -> None:
    response = client.post("/predict?detail=1", data=form("image", ("a line", "../../scan.png")))
    document = read_json(response.data)
    assert document.source.path == "scan.png"
    assert [line.text for page in document.pages for line in page.lines] == ["a line"]
    check(response, "Result")


def test_predict_leaves_nothing(client: FlaskClient, desk: Desk) -> None:
    for text in ("a line", "refuse"):
        client.post("/predict", data=form("image", (text, "a.png")))
    assert desk.stored() == desk.waiting() == 0
    assert [path.name for path in desk._folder.iterdir() if path.is_dir() and not path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ({}, "no_file", "Send a form as multipart/form-data"),
        ({"image": "text"}, "no_file", "Send a form as multipart/form-data"),
        (form("file", ("x", "a.png")), "no_file", "No file in the field `image`. The request has `file`."),
        (form("image", ("x", "")), "no_file", "No file in the field `image`"),
        (form("image", ("x", "a"), ("y", "b")), "too_many_files", "which takes 1. Use POST /documents"),
    ],
)
def test_predict_wants_one_file_in_its_field(
    client: FlaskClient, data: dict[str, Any], code: str, message: str
) -> None:
    assert message in refused(client.post("/predict", data=data), 400, code)


def test_a_broken_form_is_refused(client: FlaskClient) -> None:
    for body in (b"", b"--x\r\nnonsense", b"--y\r\n\r\n--y--"):
        response = client.post("/predict", data=body, content_type="multipart/form-data; boundary=x")
        refused(response, 400, "no_file")


def test_detail_is_yes_or_no(client: FlaskClient) -> None:
    response = client.post("/predict?detail=perhaps", data=form("image", ("a", "a.png")))
    assert "Received: 'perhaps'" in refused(response, 400, "bad_request")


@pytest.mark.parametrize(
    ("text", "status", "code", "message"),
    [
        ("refuse", 422, "DocumentError", "is torn. Scan it again."),
        ("!bad", 422, "PageError", "is torn"),
        ("", 422, "DocumentError", "the document has no pages"),
        ("kill", 500, "WorkerDied", "was ended by SIGKILL"),
        ("!hang", 504, "PageTimeout", "took longer than 2 s"),
    ],
)
def test_a_document_that_cannot_be_read_says_why(
    client: FlaskClient, text: str, status: int, code: str, message: str
) -> None:
    assert message in refused(client.post("/predict", data=form("image", (text, "a.png"))), status, code)


def test_an_answer_that_takes_too_long_is_given_up(desk: Desk) -> None:
    client = client_of(desk, answer_timeout=1.0)
    message = refused(client.post("/predict", data=form("image", ("!hang", "a.png"))), 504, "answer_timeout")
    assert "POST /documents" in message
    assert desk.waiting() == 0


def test_one_too_many_is_told_when_to_come_again(client: FlaskClient) -> None:
    held = [client.post("/documents", data=form("files", ("!nap\n" * 8, "a"), ("x", "b"))) for _ in range(2)]
    assert [response.status_code for response in held] == [202, 202]
    response = client.post("/documents", data=form("files", ("x", "a"), ("x", "b"), ("x", "c")))
    refused(response, 429, "busy")
    assert int(response.headers["Retry-After"]) >= 1
    for each in held:
        assert client.delete(each.headers["Location"]).status_code == 204


def test_documents_are_followed_and_fetched(client: FlaskClient) -> None:
    response = client.post("/documents", data=form("files", ("one\ntwo", "a.pdf"), ("refuse", "b.png"), ("x", "a.pdf")))
    assert response.status_code == 202
    begun = check(response, "Documents")
    place = response.headers["Location"]
    assert place == f"/documents/{begun['id']}"
    events = client.get(f"{place}/events")
    assert events.mimetype == "text/event-stream"
    told = [part for part in events.text.split("\n\n") if part]
    assert told[-1] == "event: end\ndata: {}"
    states = [json.loads(part.partition("data: ")[2]) for part in told[:-1]]
    assert states[-1]["status"] == "done"
    documents = states[-1]["documents"]
    assert [each["status"] for each in documents] == ["ok", "failed", "ok"]
    assert documents[1]["error"] == {"code": "DocumentError", "message": "is torn. Scan it again."}
    state = check(client.get(place), "Documents")
    assert 0 < state["expires_in"] <= 3600
    text = client.get(f"{place}/1/txt")
    assert (text.text, text.mimetype) == ("one\n\ftwo\n", "text/plain")
    assert text.headers["Content-Disposition"] == "attachment; filename=a.pdf.txt"
    assert refused(client.get(f"{place}/2/txt"), 422, "DocumentError") == "is torn. Scan it again."
    assert client.delete(place).status_code == 204
    refused(client.get(place), 404, "unknown_documents")


@pytest.mark.parametrize("format", [name for name, about in FORMATS.items() if not about.needs_source])
def test_results_are_had_in_any_format(client: FlaskClient, format: str) -> None:
    place = order_of(client, ("one", "Zürich №1.png"))
    first, second = client.get(f"{place}/1/{format}"), client.get(f"{place}/1/{format}")
    assert first.status_code == 200 and first.data == second.data and first.data
    assert first.mimetype == MEDIA_TYPES[format]
    assert f"%E2%84%961.png.{FORMATS[format].suffix}" in first.headers["Content-Disposition"]
    assert "sandbox" in first.headers["Content-Security-Policy"]  # HTML of a stranger's picture runs nothing


def test_every_format_has_a_media_type() -> None:
    assert list(MEDIA_TYPES) == list(FORMATS)


def test_an_archive_has_all_results(client: FlaskClient) -> None:
    place = order_of(client, ("one", "a.png"), ("two", "a.png"), ("refuse", "c.png"))
    response = client.get(f"{place}/archive?format=txt&format=md&format=txt")
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {"a.png.txt": "one\n", "a.png.md": "one\n", "2-a.png.txt": "two\n", "2-a.png.md": "two\n"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/1/exe", 404, "unknown_format"),
        ("/9/txt", 404, "unknown_document"),
        ("/0/txt", 404, "unknown_document"),
        ("/1/pages/2", 404, "unknown_page"),
        ("/1/pages/1", 422, "DocumentError"),  # a double's file is no picture
        ("/archive?format=exe", 404, "unknown_format"),
        ("/1/..%2f..%2fsource", 404, "not_found"),
        ("/../../etc/passwd", 404, "not_found"),
        ("/1/source", 404, "unknown_format"),
    ],
)
def test_what_is_not_there_is_told(client: FlaskClient, path: str, status: int, code: str) -> None:
    refused(client.get(order_of(client, ("one", "a.png")) + path), status, code)


def test_documents_that_expire_while_they_are_looked_at_are_gone(
    client: FlaskClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = order_of(client, ("one", "a.png"))
    order = desk.find(place.rpartition("/")[2])
    assert order is not None
    order.discard()
    assert str(desk._folder) not in refused(client.get(f"{place}/1/md"), 500, "FileNotFoundError")
    monkeypatch.setattr(Path, "is_file", lambda path: True)
    refused(client.get(f"{place}/1/txt"), 404, "unknown_documents")
    desk.drop(order)


@pytest.mark.parametrize("path", ["/page/../app.py", "/page/..%2fapp.py", "/page/%2e%2e/app.py", "/page/nothing.js"])
def test_no_path_leads_out_of_the_page(client: FlaskClient, path: str) -> None:
    refused(client.get(path), 404, "not_found")


def test_a_document_that_is_not_read_yet_is_waited_for(client: FlaskClient) -> None:
    place = client.post("/documents", data=form("files", ("!hang", "a.png"))).headers["Location"]
    response = client.get(f"{place}/1/txt")
    refused(response, 409, "not_ready")
    assert response.headers["Retry-After"] == "1"
    client.delete(place)


def test_a_method_that_does_not_fit_is_refused(client: FlaskClient) -> None:
    response = client.get("/predict")
    refused(response, 405, "method_not_allowed")
    assert "POST" in response.headers["Allow"]


def test_health_and_limits(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200 and check(response, "Health")["status"] == "ok"
    limits = check(client.get("/limits"), "Limits")
    assert (limits["max_upload"], limits["max_files"], limits["token_needed"]) == (100 << 20, 3, False)
    assert list(limits["formats"]) == list(FORMATS)
    assert limits["formats"]["alto"] == {"suffix": "alto.xml", "media_type": "application/xml", "is_text": True}
    assert not limits["formats"]["xlsx"]["is_text"]


def test_health_before_models_are_loaded_and_at_the_end() -> None:
    with open_desk() as desk:
        client = client_of(desk)
        if not desk.is_ready:
            assert client.get("/healthz").status_code == 503
        assert desk.wait(lambda: desk.is_ready, PATIENCE)
        desk.close()
        response = client.get("/healthz")
        assert (response.status_code, check(response, "Health")["status"]) == (503, "closing")
        refused(client.post("/predict", data=form("image", ("a", "a.png"))), 503, "closing")


def test_metrics_count(client: FlaskClient) -> None:
    def figures() -> dict[str, float]:
        lines = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    before = figures()
    client.post("/predict", data=form("image", ("one\ntwo", "a.png")))
    client.post("/predict", data=form("image", ("refuse", "a.png")))
    after = figures()

    def rise(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert rise('e2eocr_documents_total{status="ok"}') == rise('e2eocr_documents_total{status="failed"}') == 1
    assert (rise("e2eocr_pages_total"), rise("e2eocr_lines_total")) == (2, 2)
    assert after['e2eocr_requests_total{endpoint="predict",method="POST",status="422"}'] == 1.0
    assert (after["e2eocr_ready"], after["e2eocr_workers"], after["e2eocr_documents_waiting"]) == (1, 1, 0)
    assert after['e2eocr_request_seconds_count{endpoint="predict"}'] == 2.0


def test_a_token_is_asked_for(desk: Desk) -> None:
    client = client_of(desk, token="s3cret")
    for shown in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret"}, {"Authorization": "é"}):
        for path in ("/metrics", "/documents/x", "/nothing"):
            response = client.get(path, headers=shown)
            assert "Bearer TOKEN" in refused(response, 401, "unauthorized")
            assert response.headers["WWW-Authenticate"] == "Bearer"
    for path in ("/", "/healthz", "/openapi.json", "/limits", "/page/main.js"):
        assert client.get(path).status_code == 200
    data = form("image", ("a", "a.png"))
    assert client.post("/predict", data=data, headers={"Authorization": "Bearer s3cret"}).json == {"text": "a"}


def test_pages_of_others_may_not_use_it(client: FlaskClient, desk: Desk) -> None:
    foreign = {"Origin": "https://example.org"}
    refused(client.post("/predict", data=form("image", ("a", "a.png")), headers=foreign), 403, "foreign_origin")
    assert client.get("/healthz", headers={"Origin": "http://localhost"}).status_code == 200
    open_client = client_of(desk, cors=("https://example.org",))
    response = open_client.post("/predict", data=form("image", ("a", "a.png")), headers=foreign)
    assert response.headers["Access-Control-Allow-Origin"] == "https://example.org"
    asked = open_client.options("/predict", headers={**foreign, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204 and "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    refused(open_client.get("/healthz", headers={"Origin": "https://example.com"}), 403, "foreign_origin")
    assert "Access-Control-Allow-Origin" not in client.get("/healthz").headers


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "localhost:8080", 200),
        ({}, "127.0.0.1:8080", 200),
        ({}, "rebound.example", 400),  # a page of that host, sent to this machine by its name server
        ({"allow_host": ("ocr.example",)}, "ocr.example", 200),
        ({"host": "0.0.0.0"}, "anything.example", 200),
        ({"host": "0.0.0.0", "allow_host": ("ocr.example",)}, "anything.example", 400),
    ],
)
def test_the_host_that_is_called_is_looked_at(desk: Desk, settings: dict[str, Any], host: str, status: int) -> None:
    assert client_of(desk, **settings).get("/healthz", headers={"Host": host}).status_code == status


def test_browsers_are_kept_in_bounds(client: FlaskClient) -> None:
    for path in ("/", "/page/main.js", "/healthz", "/nothing"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["Content-Security-Policy"]


def routes_of(app: Flask) -> set[tuple[str, str]]:
    """Path, as OpenAPI writes it, and method of each route."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
        found |= {(path, method.lower()) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def test_the_description_tells_every_route_and_no_other(client: FlaskClient, desk: Desk) -> None:
    described = client.get("/openapi.json").json
    assert described == json.loads(json.dumps(describe(SETTINGS)))
    paths = {(path, method) for path, operations in described["paths"].items() for method in operations}
    assert paths == routes_of(client.application)
    for path, operations in described["paths"].items():
        for operation in operations.values():
            named = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
            assert named == {part.strip("{}") for part in path.split("/") if part.startswith("{")}, path
    assert "security" not in described
    assert (client_of(desk, token="x").get("/openapi.json").json or {})["security"] == [{"token": []}]

"""The server on its socket: requests too large, too slow, or none at all, and clients that go."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest
from doubles.serving import PATIENCE, RunningServer, run_server

from e2eocr.errors import UsageError
from e2eocr.serving.running import listen
from e2eocr.serving.settings import ServeSettings

BOUNDARY = "XXX"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with run_server(max_upload=1, client_timeout=2.0, page_timeout=20.0) as server:
        yield server


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of what comes until the server closes the connection."""
    data = b""
    while part := connection.recv(1 << 16):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


def request(text: str, *headers: str, length: int | None = None) -> bytes:
    """A request to read a document with this text."""
    disposition = 'Content-Disposition: form-data; name="image"; filename="a.png"'
    body = f"--{BOUNDARY}\r\n{disposition}\r\n\r\n{text}\r\n--{BOUNDARY}--\r\n"
    head = [
        "POST /predict HTTP/1.1",
        "Host: localhost",
        "Connection: close",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def ask(server: RunningServer, data: bytes) -> tuple[int, bytes]:
    with connect(server) as connection:
        connection.sendall(data)
        return answer(connection)


def test_a_request_is_answered(server: RunningServer) -> None:
    assert ask(server, request("hello")) == (200, b'{"text":"hello"}\n')


def test_a_request_that_is_too_large_is_refused_even_when_all_of_it_is_sent_first(server: RunningServer) -> None:
    status, body = ask(server, request("x" * 3_000_000))
    assert status == 413
    assert json.loads(body)["error"]["code"] == "too_large"


def test_a_client_that_asks_first_need_not_send_what_is_too_large(server: RunningServer) -> None:
    head = request("", "Expect: 100-continue", length=3_000_000).partition(b"\r\n\r\n")[0]
    assert ask(server, head + b"\r\n\r\n")[0] == 413


def test_a_large_request_that_fits_is_read(server: RunningServer) -> None:
    assert ask(server, request("x" * 900_000))[0] == 200


def test_a_client_that_falls_silent_is_given_up_and_keeps_nobody_waiting(server: RunningServer) -> None:
    with connect(server) as silent:
        silent.sendall(request("hello", length=5000))
        assert ask(server, request("others"))[0] == 200
        assert answer(silent) == (0, b"")


def test_a_client_that_drips_is_given_up(server: RunningServer) -> None:
    with connect(server) as dripping:
        dripping.sendall(b"POST /predict HTTP/1.1\r\nX-Drip: ")
        end = time.monotonic() + PATIENCE
        with pytest.raises(OSError):
            while time.monotonic() < end:
                dripping.sendall(b"x")
                time.sleep(0.1)


def test_what_is_no_request_is_refused_in_json(server: RunningServer) -> None:
    status, body = ask(server, b"GET / HTTP/1.1\r\nnonsense\r\n\r\n")
    assert status == 400 and json.loads(body)["error"]["code"] == "bad_request"


def test_a_client_that_goes_is_not_read_for(server: RunningServer) -> None:
    with connect(server) as holding, connect(server) as going:
        holding.sendall(request("!nap\n" * 40 + "held"))
        going.sendall(request("gone"))
        assert server.desk.wait(lambda: server.desk._waiting() == 2, PATIENCE)
        going.close()
        assert answer(holding)[0] == 200
    assert server.desk.wait(lambda: not server.desk._waiting(), PATIENCE)
    assert server.desk.stored() == 0


def test_a_port_that_is_taken_is_told_with_a_next_step(server: RunningServer) -> None:
    with pytest.raises(UsageError, match=rf"127.0.0.1:{server.port}: Address already in use. Name another by `--port`"):
        listen(ServeSettings(port=server.port))


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a" * 300])
def test_an_address_of_nobody_here_is_told(host: str) -> None:
    with pytest.raises(UsageError, match="Cannot listen on"):
        listen(ServeSettings(host=host, port=0))


def test_it_listens_to_this_machine_alone_unless_told() -> None:
    with listen(ServeSettings(port=0)) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    with listen(ServeSettings(port=0, host="0.0.0.0")) as listener:
        assert listener.getsockname()[0] == "0.0.0.0"

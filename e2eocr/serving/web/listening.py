"""Waitress, told when to turn, with answers in JSON also where a request never reaches the application.

Waitress takes requests in whole before the application sees them, large ones in files without a name. So a slow client
holds no thread; one that is too slow is given up.
"""

from __future__ import annotations

import json
import socket
import time

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from e2eocr.serving.settings import MEBIBYTE, ServeSettings
from e2eocr.serving.web.limits import MAX_MAKING, MAX_STREAMS

_SPARE_THREADS = 8
_CONNECTIONS = 1000
_TURN_SECONDS = 0.2
_LOOK_SECONDS = 1
_END_SECONDS = 5.0
_FORM_BYTES = MEBIBYTE  # what the parts of a form may take beside the files
_MAX_SWALLOWED = 1024 * MEBIBYTE
_MIN_PACE = 10_000  # bytes a second of a client that is slow, but honest


class _Parser(HTTPRequestParser):
    """Takes a request in.

    A body that is too large is read to its end and thrown away, in bounds: many clients look at an answer only when
    they have sent all.
    """

    expect_continue: bool

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.since = time.time()
        self._left = 0

    def received(self, data: bytes) -> int:
        if self._left:
            taken = min(len(data), self._left)
            self._left -= taken
            self.body_bytes_received += taken
            self.completed = not self._left
            return taken
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge) and not self.body_bytes_received:
            self._left = 0 if self.expect_continue else min(self.content_length, _MAX_SWALLOWED)
            self.expect_continue = False
            self.completed = not self._left
        return consumed

    def is_overdue(self, now: float, seconds: float) -> bool:
        """Whether it takes longer than a client may be silent, at a pace that is too low."""
        return now - self.since > seconds + self.body_bytes_received / _MIN_PACE


class _JSONErrorTask(ErrorTask):
    """Answers what is no request, or too large a one."""

    def execute(self) -> None:
        error = self.request.error
        too_large = isinstance(error, RequestEntityTooLarge)
        message = "The request is too large." if too_large else f"{error.reason}: {error.body}."
        code = "too_large" if too_large else "bad_request"
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _JSONErrorTask


class WebServer(TcpWSGIServer):
    """Serves an application on a socket, a turn at a time.

    Args:
        application: The WSGI application.
        listener: The socket, which listens already.
        settings: The server.
    """

    channel_class = _Channel

    def __init__(self, application: object, listener: socket.socket, settings: ServeSettings) -> None:
        adjustments = Adjustments(
            threads=settings.max_waiting + MAX_STREAMS + MAX_MAKING + _SPARE_THREADS,
            connection_limit=_CONNECTIONS,
            channel_timeout=int(settings.client_timeout),
            cleanup_interval=_LOOK_SECONDS,
            max_request_body_size=settings.max_upload_bytes + _FORM_BYTES,
            # It goes on reading while a request is worked at, and so sees a client that goes.
            channel_request_lookahead=1,
            clear_untrusted_proxy_headers=True,
            ident="e2eocr",
        )
        self._client_timeout = settings.client_timeout
        sockinfo = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(application, {}, True, listener, None, adjustments, sockinfo, False)

    @property
    def url(self) -> str:
        """Where it is."""
        host, port = self.sockinfo[3][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def is_idle(self) -> bool:
        """Whether no request is worked at, and no answer waits to be sent."""
        return not any(each.requests or each.total_outbufs_len for each in self.active_channels.values())

    def turn(self) -> None:
        """Do what there is to do with connections; wait a moment if there is nothing."""
        wasyncore.loop(timeout=_TURN_SECONDS, map=self._map, use_poll=True, count=1)

    def maintenance(self, now: float) -> None:
        """Close connections that are silent, and give up requests that come too slowly."""
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.request is not None and channel.request.is_overdue(now, self._client_timeout):
                channel.will_close = True

    def close(self) -> None:
        """End all threads and connections."""
        self.task_dispatcher.shutdown(timeout=_END_SECONDS)
        super().close()
        wasyncore.close_all(self._map, ignore_all=True)

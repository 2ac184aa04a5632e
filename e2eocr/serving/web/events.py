"""Server-sent events: a client that follows an order is told its state whenever that has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import Response

from e2eocr.serving.desk import Desk
from e2eocr.serving.orders import Order

_SILENCE_SECONDS = 10.0  # then a comment is sent, which tells a connection that lives from one that is gone
_MAX_SILENCES = 360


def follow(desk: Desk, order: Order, state: Callable[[], dict[str, Any]], leave: Callable[[], None]) -> Response:
    """The stream of an order: events `state`, and `end` when all is read or the order is gone.

    Args:
        desk: Where the order is.
        order: The order.
        state: What a client is told of it.
        leave: Called at the end of the stream, whoever ends it.
    """
    response = Response(_events(desk, order, state), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # proxies that gather answers would spoil it
    response.call_on_close(leave)
    return response


def _events(desk: Desk, order: Order, state: Callable[[], dict[str, Any]]) -> Iterator[str]:
    told, silences = state(), 0
    yield _event("state", told)
    while told["status"] != "done" and silences < _MAX_SILENCES and _goes_on(desk, order):
        if desk.wait(partial(_differs, told, order), _SILENCE_SECONDS):
            told, silences = state(), 0
            yield _event("state", told)
        else:
            silences += 1
            yield ": waiting\n\n"
    yield _event("end", {})


def _goes_on(desk: Desk, order: Order) -> bool:
    return desk.failure is None and desk.find(order.id) is not None


def _differs(told: dict[str, Any], order: Order) -> bool:
    """Whether an order is no longer as it was told."""
    before = [(each["status"], each["pages_begun"], each["pages"]) for each in told["documents"]]
    return before != [(each.status, each.begun, each.pages) for each in order.tickets]


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"

"""`/documents`: many files in as an order, to be followed while they are read, and fetched in any format."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, request, send_file, url_for

from e2eocr.serving.desk import Desk
from e2eocr.serving.orders import Order, Ticket
from e2eocr.serving.settings import ServeSettings
from e2eocr.serving.web.archive import zip_results
from e2eocr.serving.web.events import follow
from e2eocr.serving.web.formats import MEDIA_TYPES, check_format, installed_formats
from e2eocr.serving.web.limits import MAX_MAKING, MAX_STREAMS, Places
from e2eocr.serving.web.refusals import RefusalError, error_message, unknown_documents, unreadable
from e2eocr.serving.web.requests import client_is_gone, passwords_of, uploads_of
from e2eocr.serving.worker import ClientJob, ConversionJob, Errand, PictureJob
from e2eocr.writers import FORMATS

FIELD = "files"


def documents_blueprint(settings: ServeSettings, desk: Desk) -> Blueprint:
    """The routes of `/documents`."""
    routes = Blueprint("documents", __name__, url_prefix="/documents")
    counter = _Counter(settings, desk)
    streams, making = Places(MAX_STREAMS), Places(MAX_MAKING)

    @routes.post("")
    def take() -> Response:
        order = desk.take(uploads_of(FIELD, settings.max_files), passwords_of())
        response = jsonify(counter.state(order))
        response.status_code = 202
        response.headers["Location"] = url_for("documents.state", id=order.id)
        return response

    @routes.get("/<id>")
    def state(id: str) -> Response:
        return jsonify(counter.state(counter.order(id)))

    @routes.delete("/<id>")
    def drop(id: str) -> Response:
        desk.drop(counter.order(id))
        return Response(status=204)

    @routes.get("/<id>/events")
    def events(id: str) -> Response:
        order = counter.order(id)
        streams.enter()
        return follow(desk, order, lambda: counter.state(order), streams.leave)

    @routes.get("/<id>/archive")
    def archive(id: str) -> Response:
        order = counter.order(id)
        formats = [check_format(name) for name in dict.fromkeys(request.args.getlist("format") or ["txt"])]
        with making.one():
            results = [
                (ticket.job.client_name, name, counter.result(order, ticket, name))
                for ticket in order.tickets
                if ticket.has_results
                for name in formats
            ]
            return send_file(zip_results(results), "application/zip", as_attachment=True, download_name="results.zip")

    @routes.get("/<id>/<int:number>/<format>")
    def result(id: str, number: int, format: str) -> Response:
        check_format(format)
        order, ticket = counter.ticket(id, number)
        with making.one():
            path = counter.result(order, ticket, format)
        name = f"{ticket.job.client_name}.{FORMATS[format].suffix}"
        return send_file(path, MEDIA_TYPES[format], as_attachment=True, download_name=name)

    @routes.get("/<id>/<int:number>/pages/<int:page>")
    def picture(id: str, number: int, page: int) -> Response:
        order, ticket = counter.ticket(id, number)
        if not 1 <= page <= (ticket.pages or 0):
            raise RefusalError(404, "unknown_page", f"The document has {ticket.pages or 0} pages.")
        with making.one():
            path = counter.picture(order, ticket, page)
        return send_file(path, "image/jpeg")

    return routes


class _Counter:
    """What clients are handed over the desk, or told that it is not there."""

    def __init__(self, settings: ServeSettings, desk: Desk) -> None:
        self._settings, self._desk = settings, desk

    def order(self, id: str) -> Order:
        order = self._desk.find(id)
        if order is None:
            raise unknown_documents()
        return order

    def ticket(self, id: str, number: int) -> tuple[Order, Ticket]:
        """A document of an order that has results."""
        order = self.order(id)
        if not 1 <= number <= len(order.tickets):
            raise RefusalError(404, "unknown_document", f"There are {len(order.tickets)} documents, counted from 1.")
        ticket = order.tickets[number - 1]
        if ticket.outcome is None:
            raise RefusalError(409, "not_ready", "The document is not read yet.", {"Retry-After": "1"})
        if not ticket.has_results:
            raise unreadable(ticket.outcome)
        return order, ticket

    def state(self, order: Order) -> dict[str, Any]:
        """What a client is told of its order."""
        with self._desk.changed:
            plain = order.to_plain(self._settings.keep)
        for document in plain["documents"]:
            if document["error"]:
                document["error"]["message"] = error_message(**document["error"])
        return {**plain, "formats": installed_formats()}

    def result(self, order: Order, ticket: Ticket, format: str) -> Path:
        """The result in a format, made now if it is asked for the first time."""
        job = _errand(ConversionJob, ticket, f"#{format}", format=format)
        return self._made(order, job)

    def picture(self, order: Order, ticket: Ticket, page: int) -> Path:
        """The picture of a page, counted from 1."""
        return self._made(order, _errand(PictureJob, ticket, f"#page-{page}", page=page - 1))

    def _made(self, order: Order, job: Errand) -> Path:
        if job.target.is_file():
            return job.target
        ticket = self._desk.run_errand(order, job)
        is_done = self._desk.wait(lambda: ticket.outcome is not None, self._settings.answer_timeout, client_is_gone())
        if not is_done or ticket.outcome is None:
            raise RefusalError(504, "answer_timeout", "This takes too long. Try again later.", {"Retry-After": "10"})
        if self._desk.find(order.id) is not order:
            raise unknown_documents()
        if ticket.outcome.status != "ok":
            raise unreadable(ticket.outcome)
        return job.target


def _errand(kind: Any, ticket: Ticket, mark: str, **facts: Any) -> Any:
    """A job for a document that was read; its name tells it from others for the same one."""
    job = ticket.job
    known = {each.name: getattr(job, each.name) for each in dataclasses.fields(ClientJob)}
    return kind(**{**known, "name": job.name + mark, **facts})

"""What is measured, as Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from e2eocr.serving.desk import Desk
from e2eocr.serving.settings import ServeSettings

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class _DeskCollector(Collector):
    """What a desk knows, looked at when it is asked for."""

    def __init__(self, settings: ServeSettings, desk: Desk) -> None:
        self._settings, self._desk = settings, desk

    def collect(self) -> Iterator[Metric]:
        yield from self._states()
        counts = self._desk.counts
        yield _counter("documents", "Documents that were read.", "status", counts.documents)
        yield _counter("worker_losses", "Workers that were lost or ended.", "cause", counts.losses)
        for name, value in (("pages", counts.pages), ("lines", counts.lines), ("reading_seconds", counts.seconds)):
            yield CounterMetricFamily(f"e2eocr_{name}", f"{name.replace('_', ' ').capitalize()} so far.", value)

    def _states(self) -> Iterator[Metric]:
        desk, settings = self._desk, self._settings
        states = {
            "documents_waiting": ("Documents that wait or are read.", desk.waiting()),
            "documents_waiting_max": ("Documents that may wait.", settings.max_waiting),
            "workers": ("Worker processes.", desk.workers),
            "stored_bytes": ("Bytes of uploads and results.", desk.stored()),
            "ready": ("Whether documents can be read.", int(desk.is_ready and desk.failure is None)),
        }
        for name, (text, value) in states.items():
            yield GaugeMetricFamily(f"e2eocr_{name}", text, value)


def register(app: Flask, settings: ServeSettings, desk: Desk) -> CollectorRegistry:
    """Have requests counted and timed; the registry that holds all figures."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_DeskCollector(settings, desk))
    requests = Counter("e2eocr_requests", "Answers.", ("endpoint", "method", "status"), registry=registry)
    seconds = Histogram(
        "e2eocr_request_seconds", "Seconds to the answer's begin.", ("endpoint",), registry=registry, buckets=_SECONDS
    )

    @app.before_request
    def begin() -> None:
        g.begun = time.monotonic()

    @app.after_request
    def count(response: Response) -> Response:
        endpoint = (request.endpoint or "unknown").rpartition(".")[2]
        requests.labels(endpoint, _method(), response.status_code).inc()
        if "begun" in g:
            seconds.labels(endpoint).observe(time.monotonic() - g.begun)
        return response

    return registry


def _method() -> str:
    """The method of the request; those that clients invent are one, so that labels stay few."""
    return request.method if request.method in ("GET", "POST", "DELETE", "HEAD", "OPTIONS") else "other"


def _counter(name: str, text: str, label: str, counts: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"e2eocr_{name}", text, labels=(label,))
    for value, count in sorted(counts.items()):
        family.add_metric((value,), count)
    return family

"""Counts of what was asked over HTTP and how it ended, for /metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge

from assistant.openai_api.errors import RETRY_AFTER_S, ApiError


class Tally:
    """registry: where the counts are published; each app has its own. Used in the event loop."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "benchside_http_requests", "Requests to /v1 that have ended.", ("path", "status"), registry=registry
        )
        self._refusals = Counter(
            "benchside_http_refusals", "Requests to /v1 that ended in an error.", ("reason",), registry=registry
        )
        self._open = Gauge("benchside_http_requests_open", "Requests to /v1 in progress.", registry=registry)
        self._num_open = 0

    @contextmanager
    def counted(self, limit: int) -> Iterator[None]:
        """Inside, a request is in progress. Raises ApiError when there are too many."""
        if self._num_open >= limit:
            message = f"{limit} requests are being answered, and no more can be. Try again in a moment."
            raise ApiError(429, message, "queue_full", headers={"Retry-After": str(RETRY_AFTER_S)})
        self._num_open += 1
        self._open.inc()
        try:
            yield
        finally:
            self._num_open -= 1
            self._open.dec()

    def end(self, path: str, status: int, reason: str | None = None) -> None:
        self._requests.labels(path, str(status)).inc()
        if reason:
            self._refusals.labels(reason).inc()

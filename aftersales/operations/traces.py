"""Traces by OpenTelemetry. Imported only where they are sent.

The outbox carries no trace context: that would be a column in the hottest statement. Instead the trace of a delivery
has an id that follows from the entry it is about, so that all deliveries of an entry are one trace, and the post names
that trace as a link. Nothing is stored, and both sides find each other.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from aftersales import tracing
from aftersales.tracing import Facts, Headers, Posted

# The import posts 500 at a time; whoever looks at its trace does not follow each.
LINKS: Final = 20
_EXPORT_SECONDS: Final = 5
_wanted: ContextVar[int | None] = ContextVar("wanted", default=None)


class _Ids(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        return _wanted.get() or super().generate_trace_id()


def trace_of(entry: Posted) -> int:
    """The trace of everything that is done about an entry: the first 128 bits of SHA-256 over stream and version."""
    stream, version = entry
    return int.from_bytes(hashlib.sha256(stream.bytes + version.to_bytes(8)).digest()[:16])


class _Span:
    def __init__(self, real: trace.Span) -> None:
        self._real = real
        self.forgotten = False

    def note(self, facts: Facts) -> None:
        self._real.set_attributes(dict(facts))

    def failed(self, code: str) -> None:
        self._real.set_status(Status(StatusCode.ERROR, code))

    def forget(self) -> None:
        self.forgotten = True

    def made(self, entries: Iterable[Posted]) -> None:
        for entry in islice(entries, LINKS):
            there = SpanContext(trace_of(entry), trace_of(entry) >> 64, is_remote=True, trace_flags=TraceFlags(1))
            self._real.add_link(there, {"aftersales.stream": str(entry[0]), "aftersales.version": entry[1]})


@contextmanager
def sent(url: str, part: str) -> Iterator[None]:
    """Trace within the block and send it there; what is left at the end is sent before the block is left."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"aftersales-{part}"}), id_generator=_Ids(), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=_EXPORT_SECONDS)))
    tracer = provider.get_tracer("aftersales")
    headers_of = TraceContextTextMapPropagator()

    @contextmanager
    def begin(name: str, of: Posted | None, headers: Headers, facts: Facts) -> Iterator[tracing.Span]:
        parent = None
        kind = SpanKind.INTERNAL
        if given := {key.decode("latin-1"): value.decode("latin-1") for key, value in headers}:
            parent, kind = headers_of.extract(given), SpanKind.SERVER
        elif of is not None:
            parent, kind = Context(), SpanKind.CONSUMER
        token = _wanted.set(None if of is None else trace_of(of))
        span = tracer.start_span(name, context=parent, kind=kind, attributes=dict(facts))
        _wanted.reset(token)
        yield from _within(span)

    tracing.install(begin)
    try:
        yield
    finally:
        tracing.install(None)
        provider.shutdown()


def _within(span: trace.Span) -> Iterator[tracing.Span]:
    ours = _Span(span)
    try:
        # The exception's words may be a customer's: its class is enough.
        with trace.use_span(span, record_exception=False, set_status_on_exception=False):
            yield ours
    except BaseException as error:
        with contextlib.suppress(Exception):
            ours.failed(type(error).__name__)
        raise
    finally:
        if not ours.forgotten:
            span.end()

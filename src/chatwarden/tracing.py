"""Spans for OpenTelemetry: what the API was asked, which batches were judged, what was asked of Telegram, what was recorded.

They go where OTEL_EXPORTER_OTLP_ENDPOINT says, with the extra `chatwarden[opentelemetry]`; without it they cost next to nothing. They hold ids and numbers, never what
people wrote: the query of an address may hold a name that is searched for, so it is left out.
"""

import os
from collections.abc import Iterable
from typing import Any

from opentelemetry import trace

from chatwarden.errors import ConfigurationError

TRACER = trace.get_tracer("chatwarden")
TRACE_IDS = "chatwarden.trace_ids"
"""The attribute that names outcomes, as the dashboard and the logs do."""
CHAT_ID = "chatwarden.chat_id"
_MOST_TRACE_IDS = 100
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def set_up_tracing(service: str) -> None:
    """Send this process's spans, if the environment says where to. `service`: what it is called there, unless OTEL_SERVICE_NAME says. Raises
    ConfigurationError where the extra is missing.
    """
    named = next((name for name in _ENDPOINTS if os.environ.get(name)), None)
    if named is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigurationError(
            f"{named} is set, and nothing is there to send spans with: pip install 'chatwarden[opentelemetry]'."
        ) from None

    class WithoutQueries(SpanProcessor):
        def on_start(self, span: Span, parent_context: Any = None) -> None:
            if "url.query" in (span.attributes or {}):
                span.set_attribute("url.query", "REDACTED")

    name = os.environ.get("OTEL_SERVICE_NAME", f"chatwarden-{service}")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(WithoutQueries())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def name_outcomes(trace_ids: Iterable[str | None]) -> None:
    """Have the present span say which outcomes it is about, the first hundred."""
    span = trace.get_current_span()
    if span.is_recording():
        known = dict.fromkeys(one for one in trace_ids if one is not None)
        span.set_attribute(TRACE_IDS, list(known)[:_MOST_TRACE_IDS])

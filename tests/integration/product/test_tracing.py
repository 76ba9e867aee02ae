"""Spans of the running product, as a collector of OpenTelemetry gets them."""

import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.support.product import running_product
from tests.support.scene import HEAVY_SPAM, eventually, playing_scene
from tests.support.stand_in import Reply, StandIn, standing_in

from chatwarden.errors import ConfigurationError
from chatwarden.tracing import set_up_tracing

SEARCHED = "kadabra"
"""A name that an admin looks for."""


class Spans:
    """What a collector was sent."""

    def __init__(self, collector: StandIn) -> None:
        self._collector = collector

    def all(self) -> list[Any]:
        return [
            span
            for request in self._requests()
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def services(self) -> set[str]:
        return {
            attribute.value.string_value
            for request in self._requests()
            for resource in request.resource_spans
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }

    def about(self, trace_id: str) -> set[str]:
        """The names of the spans that are about this outcome."""
        return {
            span.name
            for span in self.all()
            for attribute in span.attributes
            if attribute.key == "chatwarden.trace_ids"
            and any(one.string_value == trace_id for one in attribute.value.array_value.values)
        }

    def names(self) -> set[str]:
        return {span.name for span in self.all()}

    def _requests(self) -> list[ExportTraceServiceRequest]:
        return [
            ExportTraceServiceRequest.FromString(request.body)
            for request in self._collector.requests
            if request.path == "/v1/traces"
        ]


async def test_what_becomes_of_a_message_is_followed_by_its_outcome_and_no_word_is_told(
    tmp_path: Path,
) -> None:
    async with standing_in(lambda _: Reply(b"")) as collector, playing_scene() as scene:
        more = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        async with running_product(tmp_path / "data", scene.url, **more) as product:
            spam = await scene.say(await scene.newcomer(), f"{HEAVY_SPAM} {SEARCHED}")
            await eventually(lambda: scene.is_deleted(spam), what="the spam is deleted")
            async with product.client() as client:
                (outcome,) = (await client.get("/api/v1/outcomes")).json()["items"]
                group = f"/api/v1/groups/{outcome['trace_id'].partition('-')[0]}/{scene.group}"
                found = await client.get(f"{group}/senders", params={"search": SEARCHED})
                assert found.status_code == 200
            spans = Spans(collector)
            wanted = {
                "judge",
                "enforce",
                "telegram deleteMessages",
                "GET /api/v1/groups/{bot_id}/{chat_id}/senders",
            }
            await eventually(lambda: wanted <= spans.names(), what="all spans are sent")
            trace_id = outcome["trace_id"]
            await eventually(
                lambda: spans.about(trace_id) == {"judge", "enforce"}, what="the outcome is named"
            )

    assert spans.services() == {"chatwarden-run"}
    sent = b"".join(request.body for request in collector.requests)
    for word in (SEARCHED, HEAVY_SPAM[:20]):
        assert word.encode() not in sent


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match=r"chatwarden\[opentelemetry\]"):
        set_up_tracing("run")

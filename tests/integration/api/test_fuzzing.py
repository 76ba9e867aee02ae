"""Every endpoint of the OpenAPI document, asked what the document allows and what it forbids, over both databases.

Whatever is asked, the answer is one that the document tells of: no 5xx, no undocumented status, type or shape. As Schemathesis makes the questions from the
document, a new endpoint is asked by itself.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID
from tests.support.team import OWN, USERS, fill

from chatwarden.api.openapi import build_document

QUESTIONS = 6
"""To each endpoint, of each kind, each with ids that are there and with others."""
KNOWN: dict[str, Any] = {
    "bot_id": BOT_ID,
    "chat_id": OWN,
    "trace_id": f"{BOT_ID}-71-1",
    "user_id": USERS["viewer"],
}
_CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_ENDLESS = {"streamOutcomes"}
"""An answer that never ends; tests/integration/api/test_stream.py asks for it."""

SCHEMA = schemathesis.openapi.from_dict(build_document())
OPERATIONS = {
    operation.definition.raw["operationId"]: operation
    for result in SCHEMA.get_all_operations()
    if isinstance(result, Ok)
    for operation in [result.ok()]
}


@asynccontextmanager
async def _served(api: ApiUnderTest) -> AsyncIterator[str]:
    """Over HTTP, as a client has it."""
    config = uvicorn.Config(api.app, host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


def _ask(name: str, mode: GenerationMode, base_url: str, token: str, *, are_known: bool) -> int:
    """How many questions were asked. Fails with the first that got an answer it should not."""
    asked = 0

    @seed(20261126)
    @settings(
        max_examples=QUESTIONS,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        nonlocal asked
        if are_known:
            known = {name: KNOWN[name] for name in case.path_parameters if name in KNOWN}
            case.path_parameters = dict(case.path_parameters) | known
        answer = case.call(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        # Telegram's sign-in may be unavailable, and so may the database: that is documented. Nothing else of ours may fail.
        assert answer.status_code < 500 or answer.status_code == 503, case.as_curl_command()
        case.validate_response(answer, checks=_CHECKS)
        asked += 1

    # Where nothing can be asked wrongly there is nothing to ask.
    with contextlib.suppress(Unsatisfiable):
        ask()
    return asked


async def test_no_question_gets_an_answer_that_is_not_documented(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    async with _served(each_api) as base_url, each_api.client() as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")
        # At last those that sign in and out: after them nobody is let in for a while.
        for name in sorted(OPERATIONS.keys() - _ENDLESS, key=lambda name: ("Sign" in name, name)):
            asked = [
                await asyncio.to_thread(_ask, name, mode, base_url, token, are_known=are_known)
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
                for are_known in (True, False)
            ]
            assert sum(asked) > 0, name


def test_every_endpoint_is_asked() -> None:
    operations = [
        operation["operationId"]
        for methods in build_document()["paths"].values()
        for operation in methods.values()
    ]
    assert sorted(OPERATIONS) == sorted(operations)
    assert OPERATIONS.keys() >= _ENDLESS

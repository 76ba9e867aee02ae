"""The OpenAPI document: the contract that the dashboard's client is generated from."""

import json
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from chatwarden import _engine
from chatwarden.api import idempotency
from chatwarden.api.access import Minimum, needs_of
from chatwarden.api.backtest.schemas import BacktestEvent, BacktestWanted
from chatwarden.api.outcomes.schemas import StreamEvent
from chatwarden.api.problems import Problem, responses
from chatwarden.api.routes import router
from chatwarden.errors import (
    ApiError,
    NotSignedIn,
    PersonNeeded,
    RoleTooLow,
    StorageUnavailable,
    TooManyRequests,
)

_DESCRIPTION = """\
Spam protection for Telegram groups: what it did, why, and how to take it back.

Errors are problem details (RFC 9457) with a stable `code` and a `hint`. Times are UTC. Scores are integers in
milli-logits, probabilities in permille. Lists come in pages: pass `next_cursor` back as `cursor`. Whoever cannot know whether
a write arrived sends it again with the same `Idempotency-Key`: within a day it is carried out once, and answered alike.
"""
_TAGS = [
    {"name": "session", "description": "Signing in and out."},
    {"name": "me", "description": "Who is signed in."},
    {"name": "groups", "description": "The groups the bot is in."},
    {"name": "team", "description": "Who may see and decide what in a group."},
    {"name": "policy", "description": "What a group wants done, with its history."},
    {"name": "outcomes", "description": "What was judged, what was done about it, and undo."},
    {"name": "api-keys", "description": "How programs use this API."},
    {"name": "audit-log", "description": "Who did what, when."},
    {"name": "cases", "description": "What a person has to decide, and who decided what."},
    {"name": "signals", "description": "The catalogue of what the engine looks for."},
    {"name": "privacy", "description": "What is held about a person, for whoever runs it."},
    {"name": "operator", "description": "The deployment itself, for whoever runs it."},
    {"name": "health", "description": "For operators and orchestrators."},
]


def openapi_document() -> bytes:
    """The document as it is committed: the same bytes for the same code."""
    text = json.dumps(build_document(), indent=2, sort_keys=True, ensure_ascii=False)
    return (text + "\n").encode()


@cache
def build_document() -> dict[str, Any]:
    """The document as a mapping; it needs no ports."""
    app = FastAPI()
    app.include_router(router)
    document = get_openapi(
        title="Chatwarden",
        version="1",
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.original_route.include_in_schema:
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                needs = needs_of(calls_of(route.dependant))
                _tell_needs(operation, needs)
                signed_in = needs is not None and needs[0] != "anyone"
                if signed_in and idempotency.takes_key(method, operation["operationId"]):
                    operation.setdefault("parameters", []).append(idempotency.PARAMETER)
                    _tell_answers(operation, *idempotency.ERRORS)
                if (route.path_format or "").startswith("/api/"):
                    _tell_answers(operation, StorageUnavailable)
    schemas = document["components"]["schemas"]
    for name, model in (
        ("Problem", Problem),
        ("StreamEvent", StreamEvent),
        ("BacktestWanted", BacktestWanted),
        ("BacktestEvent", BacktestEvent),
    ):
        schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    schemas |= _policy_schemas()
    # Typed for clients: the endpoint itself takes and gives what the engine does.
    schemas["GroupPolicy"]["properties"]["policy"] = {"$ref": "#/components/schemas/Policy"}
    return document


def _tell_needs(operation: dict[str, Any], needs: tuple[Minimum, bool] | None) -> None:
    """Which role an operation needs, and the answers that follow from it."""
    if needs is None:
        return
    minimum, is_for_people = needs
    operation["x-minimum-role"] = minimum
    if minimum == "anyone":
        return
    errors: list[type[ApiError]] = [NotSignedIn, TooManyRequests]
    if minimum not in ("signed_in", "viewer"):
        errors.append(RoleTooLow)
    if is_for_people:
        operation["x-api-keys"] = False
        errors.append(PersonNeeded)
    _tell_answers(operation, *errors)


def _tell_answers(
    operation: dict[str, Any], *errors: type[ApiError] | type[StorageUnavailable]
) -> None:
    for status, answer in responses(*errors).items():
        told = operation["responses"].setdefault(str(status), answer)
        for media_type, content in answer["content"].items():
            told["content"][media_type]["examples"] |= content["examples"]


def calls_of(dependant: Dependant) -> list[Any]:
    """Everything that an endpoint depends on, the nearest first."""
    own = [one.call for one in dependant.dependencies]
    return own + [call for one in dependant.dependencies for call in calls_of(one)]


def _policy_schemas() -> dict[str, Any]:
    """The engine's own schema of a policy, its parts beside it as components."""
    text = _engine.schemas()["policy.schema.json"].replace(b"#/$defs/", b"#/components/schemas/")
    policy = json.loads(text)
    del policy["$schema"]
    return {**policy.pop("$defs"), "Policy": policy}

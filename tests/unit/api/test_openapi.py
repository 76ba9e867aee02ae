import inspect
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from chatwarden.api.openapi import build_document, calls_of, openapi_document
from chatwarden.api.routes import router

COMMITTED = Path(__file__).parents[3] / "contracts" / "generated" / "openapi.json"


def _operations() -> list[dict[str, Any]]:
    return [
        operation
        for methods in build_document()["paths"].values()
        for operation in methods.values()
    ]


def test_the_committed_document_is_the_codes() -> None:
    assert COMMITTED.read_bytes() == openapi_document(), "run `make generate`"


def test_every_operation_has_an_id_a_tag_and_a_summary() -> None:
    ids = [operation["operationId"] for operation in _operations()]
    assert len(set(ids)) == len(ids)
    assert all(operation["tags"] and operation["summary"] for operation in _operations())


def test_every_error_is_documented_as_a_problem() -> None:
    errors = [
        answer["content"]
        for operation in _operations()
        for status, answer in operation["responses"].items()
        if status.startswith("4")
    ]
    assert errors
    assert all(list(content) == ["application/problem+json"] for content in errors)


def test_no_endpoint_waits_for_a_thread_before_it_begins() -> None:
    app = FastAPI()
    app.include_router(router)
    waiting = {
        f"{route.path_format}: {call.__name__}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for call in calls_of(route.dependant)
        if inspect.isfunction(call) and not inspect.iscoroutinefunction(call)
    }
    assert waiting == set()

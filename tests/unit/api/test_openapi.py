from pathlib import Path
from typing import Any

from chatwarden.api.openapi import build_document, openapi_document

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

"""Every error leaves as a problem detail (RFC 9457), made from the one tree in `chatwarden.errors`."""

import math
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from chatwarden.errors import (
    ApiError,
    ChatwardenError,
    FieldError,
    IdempotencyInProgress,
    MethodNotAllowed,
    NotFound,
    RequestInvalid,
    StorageUnavailable,
    TooManyAttempts,
)

MEDIA_TYPE = "application/problem+json"


class ProblemField(BaseModel):
    """One field of a malformed request."""

    field: str = Field(description="Where it stands, e.g. `query.limit`.")
    text: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    type: str = Field(description="`urn:chatwarden:problem:` and the code.")
    title: str = Field(description="What happened, the same for every problem of this code.")
    status: int
    code: str = Field(description="Stable: programs may decide by it.")
    hint: str = Field(description="What to do.")
    detail: str | None = Field(default=None, description="About this very case.")
    errors: list[ProblemField] | None = Field(
        default=None, description="The fields that are wrong, of a malformed request or a policy."
    )


def problem_of(error: ChatwardenError) -> Problem:
    """The problem detail of an error of the tree. What the server's own trouble is about stands in its log."""
    fields = error.errors if isinstance(error, RequestInvalid) else ()
    return Problem(
        type=f"urn:chatwarden:problem:{error.code}",
        title=error.text,
        status=error.status,
        code=error.code,
        hint=error.hint,
        detail=(error.detail or None) if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else None,
        errors=[ProblemField(field=field, text=text) for field, text in fields] or None,
    )


def problem_response(
    error: ChatwardenError, *, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer for an error of the tree."""
    headers = dict(headers or {})
    if isinstance(error, TooManyAttempts | StorageUnavailable | IdempotencyInProgress):
        headers["Retry-After"] = str(math.ceil(error.seconds))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        problem_of(error).model_dump(exclude_none=True),
        status_code=error.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def responses(
    *errors: type[ApiError] | type[StorageUnavailable],
) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of the errors an endpoint answers with."""
    found: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        answer = found.setdefault(
            int(error.status),
            {
                "description": error.text,
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": {},
                    }
                },
            },
        )
        example = problem_of(error()).model_dump(exclude_none=True)
        answer["content"][MEDIA_TYPE]["examples"][error.code] = {"value": example}
    return found


def install(app: FastAPI) -> None:
    """Answer with problem details to all that endpoints and the router raise."""

    async def of_tree(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ChatwardenError)
        return problem_response(error)

    async def of_validation(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return problem_response(RequestInvalid(errors=[_field(each) for each in error.errors()]))

    async def of_router(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if error.status_code == HTTPStatus.BAD_REQUEST:
            # What is no UTF-8 never gets as far as validation.
            return problem_response(RequestInvalid(errors=[FieldError("body", "is no JSON")]))
        headers = dict(error.headers or {})
        return problem_response(_BY_STATUS.get(error.status_code, ApiError)(), headers=headers)

    app.add_exception_handler(ChatwardenError, of_tree)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(HTTPException, of_router)


_BY_STATUS: dict[int, type[ApiError]] = {404: NotFound, 405: MethodNotAllowed}


def _field(error: dict[str, Any]) -> FieldError:
    """The place and the words, never the value: it may be a secret."""
    return FieldError(".".join(str(part) for part in error["loc"]), str(error["msg"]))

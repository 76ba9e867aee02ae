"""A change names the version that it is made from, so that nobody's change is lost (RFC 9110, 13.1.1)."""

from typing import Annotated

from fastapi import Header

from chatwarden.errors import PolicyChanged, PreconditionMissing

IfMatch = Annotated[
    str | None,
    Header(max_length=256, description="The `ETag` of the policy that the change is made from."),
]


def etag(version: int) -> str:
    return f'"{version}"'


def check_precondition(if_match: str | None, version: int) -> None:
    """Strong comparison, `*` for whatever is there. Raises PreconditionMissing, PolicyChanged."""
    if if_match is None:
        raise PreconditionMissing
    named = {tag.strip() for tag in if_match.split(",")}
    if not named & {"*", etag(version)}:
        raise PolicyChanged

"""Every endpoint of the OpenAPI document, as everybody, on a group of theirs and on somebody else's.

An endpoint that declares no minimum role fails here, and so does one whose address names something that this file has never heard of.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.support.api import SIGNING_KEY, ApiUnderTest, api_over
from tests.support.rows import BOT_ID, dead_letter_row, group_row
from tests.support.team import (
    FOREIGN,
    FOREIGN_TITLE,
    OWN,
    SUBJECTS,
    USERS,
    fill,
    member_row,
)

from chatwarden.api.openapi import build_document
from chatwarden.api.tokens import Tokens
from chatwarden.storage.models import ROLES
from chatwarden.storage.repositories import api_keys, team, webhooks

DOCUMENT = build_document()
NOBODY = "nobody"
EVERYBODY = (NOBODY, *SUBJECTS)
"""From who may least to who may most, so that what a call changes is changed at the end."""
_GROUP_OBJECTS = {"chat_id", "trace_id"}


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: str
    operation: dict[str, Any]

    @property
    def minimum(self) -> str | None:
        return self.operation.get("x-minimum-role")

    @property
    def parameters(self) -> set[str]:
        return set(re.findall(r"{(\w+)}", self.path))

    @property
    def is_of_group(self) -> bool:
        return bool(self.parameters & _GROUP_OBJECTS)

    @property
    def takes_keys(self) -> bool:
        return bool(self.operation.get("x-api-keys", True))

    def allows(self, who: str) -> bool:
        if self.minimum == "anyone":
            return True
        if self.minimum == "signed_in":
            return who != NOBODY
        assert self.minimum is not None
        return who in ROLES and ROLES.index(who) >= ROLES.index(self.minimum)


ENDPOINTS = [
    Endpoint(method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
each_endpoint = pytest.mark.parametrize(
    "endpoint", ENDPOINTS, ids=[one.operation["operationId"] for one in ENDPOINTS]
)


@pytest.fixture
async def filled(sqlite_url: str) -> AsyncIterator[ApiUnderTest]:
    async with api_over(sqlite_url) as api:
        await fill(api)
        api.ports.stopping.set()  # Streams end after their first line.
        yield api


@each_endpoint
def test_every_endpoint_declares_the_lowest_role_that_may_use_it(endpoint: Endpoint) -> None:
    assert endpoint.minimum in ("anyone", "signed_in", *ROLES)


@each_endpoint
async def test_a_role_that_is_too_low_is_refused_and_one_that_is_enough_is_not(
    filled: ApiUnderTest, endpoint: Endpoint
) -> None:
    for who in EVERYBODY:
        status = (await _ask(filled, endpoint, who, chat_id=OWN)).status_code
        if who == NOBODY and endpoint.minimum != "anyone":
            assert status == 401, who
        elif endpoint.allows(who):
            # Who may sign in is another question.
            assert endpoint.minimum == "anyone" or status not in (401, 403, 404, 405), (who, status)
            assert status < 500 or endpoint.operation["operationId"] == "startTelegramSignIn", who
        elif endpoint.minimum == "operator":
            assert status == 403, who
        elif endpoint.is_of_group:
            assert status == (404 if who == "stranger" else 403), (who, status)
        else:
            # A list: there is nothing in it that needs the role.
            assert status == 200, (who, status)


@each_endpoint
async def test_somebody_elses_group_is_not_there(filled: ApiUnderTest, endpoint: Endpoint) -> None:
    for who in ("viewer", "moderator", "admin", "owner"):
        answer = await _ask(filled, endpoint, who, chat_id=FOREIGN)
        if endpoint.is_of_group:
            assert answer.status_code == 404, who
        assert FOREIGN_TITLE not in answer.text, who
        assert str(FOREIGN) not in answer.text, who


@each_endpoint
async def test_a_key_may_do_no_more_than_its_role_whoever_made_it(
    filled: ApiUnderTest, endpoint: Endpoint
) -> None:
    if endpoint.minimum == "anyone":
        return
    for ceiling in ROLES[:3]:
        key = await _key(filled, "user:14", ceiling)
        status = (await _ask(filled, endpoint, key, chat_id=OWN)).status_code
        needed = endpoint.minimum
        assert needed is not None
        too_low = needed != "signed_in" and ROLES.index(needed) > ROLES.index(ceiling)
        assert (status == 403) == (too_low or not endpoint.takes_keys), (ceiling, status)
        assert status != 401


async def _key(api: ApiUnderTest, subject: str, role: Any) -> str:
    async with api.ports.database.transaction() as session:
        _, key = await api_keys.make(
            session,
            name="matrix",
            subject=subject,
            role=role,
            group=None,
            now=datetime.now(UTC),
            expires_at=None,
        )
    return key


async def _ask(api: ApiUnderTest, endpoint: Endpoint, who: str, *, chat_id: int) -> httpx.Response:
    """`who`: a role, `stranger`, `nobody`, or an API key."""
    is_key = who.startswith("cw_")
    subject = None if who == NOBODY or is_key else SUBJECTS[who]
    values = await _values(api, endpoint, chat_id, subject or "user:14")
    path = endpoint.path.format_map(values)
    async with api.client(subject=None) as client:
        if subject is not None:
            # Not by a link: signing in is limited.
            who, _ = Tokens(SIGNING_KEY).issue(
                subject=subject, session_id="s", now=datetime.now(UTC)
            )
        if who != NOBODY:
            client.headers["Authorization"] = f"Bearer {who}"
        return await client.request(
            endpoint.method,
            path,
            json=_body(endpoint, chat_id),
            params=_query(endpoint),
            headers={"If-Match": "*"},
        )


async def _values(
    api: ApiUnderTest, endpoint: Endpoint, chat_id: int, subject: str
) -> dict[str, str]:
    """What stands for each name in an address: things that are there, made anew where a call takes them away."""
    number = 71 if chat_id == OWN else 72
    values = {
        "bot_id": str(BOT_ID),
        "chat_id": str(chat_id),
        "trace_id": f"{BOT_ID}-{number}-1",
        "version": "1",
        "sender_id": str(6000000001 + number),
    }
    wanted = endpoint.parameters
    now = datetime.now(UTC)
    async with api.ports.database.transaction() as session:
        if endpoint.operation["operationId"] == "eraseWorkspace":
            await session.merge(group_row(chat_id=chat_id))
            for role, member in USERS.items():
                if chat_id == OWN:
                    await session.merge(member_row(member, role))
        if "invitation_id" in wanted:
            made = await team.invite(
                session,
                bot_id=BOT_ID,
                chat_id=chat_id,
                role="viewer",
                secret=str(now.timestamp()),
                made_by="user:14",
                now=now,
                expires_at=now.replace(year=now.year + 1),
            )
            values["invitation_id"] = made.id
        if "user_id" in wanted:
            await session.merge(member_row(99, "viewer", chat_id=chat_id, source="invitation"))
            values["user_id"] = "99"
        if "key_id" in wanted:
            row, _ = await api_keys.make(
                session,
                name="matrix",
                subject=subject,
                role="viewer",
                group=None,
                now=now,
                expires_at=None,
            )
            values["key_id"] = row.id
        if "webhook_id" in wanted:
            webhook, _ = await webhooks.make(
                session,
                bot_id=BOT_ID,
                chat_id=chat_id,
                address="https://[::1]/",  # refused: no test calls anybody
                events=["case.opened"],
                made_by=subject,
                sealer=api.sealer,
                now=now,
            )
            values["webhook_id"] = webhook.id
        if "delivery_id" in wanted:
            case = webhooks.Happened(event="case.opened", bot_id=BOT_ID, chat_id=chat_id)
            await webhooks.note_events(session, [case], now=now)
            (sent,) = await webhooks.list_deliveries(session, webhook.id, limit=1)
            sent.state = "dead"
            values["delivery_id"] = sent.id
        if "letter_id" in wanted:
            letter = dead_letter_row(sealer=api.sealer)
            session.add(letter)
            await session.flush()
            values["letter_id"] = str(letter.id)
    missing = wanted - values.keys()
    assert not missing, f"say in this file what stands for {missing}"
    return values


def _body(endpoint: Endpoint, chat_id: int) -> Any:
    """The example of what it takes."""
    content = endpoint.operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    schema = content["schema"]
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    example, *_ = schema["examples"]
    return example


def _query(endpoint: Endpoint) -> dict[str, str]:
    """The example of each parameter that has to be there."""
    return {
        one["name"]: one["example"]
        for one in endpoint.operation.get("parameters", ())
        if one["in"] == "query" and one.get("required")
    }

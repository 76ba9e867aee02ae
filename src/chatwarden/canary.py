"""One spam message of our own through an ingest and an API: does a deployment judge?

In: the addresses of the two, of a colour that is not live yet. Out: the verdict. Fails with CanaryFailed, which says how far it came.

The message belongs to a group that only observes and that Telegram does not know, so nothing is done in Telegram.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
import msgspec

from chatwarden._engine import validate_policy
from chatwarden.bootstrap import make_sign_in_link
from chatwarden.errors import CanaryFailed
from chatwarden.pipeline.publishing import Publisher
from chatwarden.services import Deployment
from chatwarden.storage.database import Database
from chatwarden.storage.models import Group
from chatwarden.storage.repositories.groups import find_group
from chatwarden.streams.chats import PublishedChats
from chatwarden.streams.partitions import Partitions

CHAT_ID = -1_000_000_000_001
"""The first id that a supergroup could have, which Telegram gave to none."""
_SENDER_ID = 1
_TEXT = "Earn 500$ a day from home, no experience needed! Write to me now: t.me/+AbCdEfGh12345678"
_SECONDS = 30.0
_CALL = aiohttp.ClientTimeout(total=10)


async def fly(deployment: Deployment, *, ingest: str, api: str) -> str:
    """Post the message at `ingest` and wait for its verdict at `api`; both are base addresses. Gives the verdict's trace id."""
    database = deployment.database()
    partitions = await deployment.partitions()
    await deployment.take_key(partitions)
    await _open_group(deployment, database, partitions)
    update_id = time.time_ns() // 1_000_000
    async with aiohttp.ClientSession(timeout=_CALL) as client:
        await _post(client, deployment, ingest, update_id)
        headers = await _sign_in(client, database, api)
        outcome = await _outcome(client, api, headers, update_id)
    verdict = outcome["message"]
    if verdict != "delete":
        raise CanaryFailed(f"The verdict on plain spam is to {verdict} it.")
    return str(outcome["trace_id"])


async def _open_group(deployment: Deployment, database: Database, partitions: Partitions) -> None:
    """Have the group's mode known before its first message comes."""
    async with database.transaction() as session:
        if await find_group(session, bot_id=deployment.bot_id, chat_id=CHAT_ID) is None:
            now = datetime.now(UTC)
            session.add(
                Group(
                    bot_id=deployment.bot_id,
                    chat_id=CHAT_ID,
                    title="Canary",
                    mode="observe",
                    policy=msgspec.json.decode(validate_policy(b"{}")),
                    policy_version=0,
                    missing_rights=[],
                    created_at=now,
                    left_at=now,
                )
            )
    chats = PublishedChats(partitions, sealer=deployment.sealer)
    publisher = Publisher(database, chats, bot_id=deployment.bot_id, engine=deployment.engine())
    await publisher.publish(CHAT_ID)


async def _post(
    client: aiohttp.ClientSession, deployment: Deployment, ingest: str, update_id: int
) -> None:
    sender = {"id": _SENDER_ID, "is_bot": False, "first_name": "Canary"}
    message = {
        "message_id": update_id % 2**31,
        "date": int(time.time()),
        "chat": {"id": CHAT_ID, "type": "supergroup", "title": "Canary"},
        "from": sender,
        "text": _TEXT,
    }
    async with client.post(
        f"{ingest}/telegram/{deployment.bot_id}",
        data=msgspec.json.encode({"update_id": update_id, "message": message}),
        headers={
            "Content-Type": "application/json",
            "X-Telegram-Bot-Api-Secret-Token": deployment.webhook_secret,
        },
    ) as answer:
        if answer.status != 200:
            raise CanaryFailed(f"Ingest answered {answer.status}.")


async def _sign_in(client: aiohttp.ClientSession, database: Database, api: str) -> dict[str, str]:
    link = await make_sign_in_link(database, api)
    body = {"link": link.partition("#link=")[2]}
    async with client.post(f"{api}/api/v1/session", json=body) as answer:
        if answer.status != 201:
            raise CanaryFailed(f"The API answered {answer.status} to a sign-in.")
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def _outcome(
    client: aiohttp.ClientSession, api: str, headers: dict[str, str], update_id: int
) -> dict[str, Any]:
    query = {"chat_id": str(CHAT_ID), "limit": "20"}
    try:
        async with asyncio.timeout(_SECONDS):
            while True:
                async with client.get(
                    f"{api}/api/v1/outcomes", params=query, headers=headers
                ) as answer:
                    if answer.status != 200:
                        raise CanaryFailed(f"The API answered {answer.status}.")
                    outcomes: list[dict[str, Any]] = (await answer.json())["items"]
                for outcome in outcomes:
                    if outcome["trace_id"].split("-")[1] == str(update_id):
                        return outcome
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise CanaryFailed(
            f"Ingest took the message, and in {_SECONDS:.0f} s the API knew of no verdict."
        ) from None

"""What the dashboard tells of a scene's group, and how an admin of it sets it."""

from typing import Any

import httpx
from tests.support.scene import HAM, Scene, eventually


async def outcome_of(
    scene: Scene, client: httpx.AsyncClient, message_id: int, *, state: str | None = None
) -> dict[str, Any]:
    """The outcome about a message, once it has that state, or any."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        answer = await client.get("/api/v1/outcomes", params={"chat_id": scene.group})
        answer.raise_for_status()
        found[:] = [
            outcome
            for outcome in answer.json()["items"]
            if outcome["message_id"] == message_id and state in (None, outcome["state"])
        ]
        return bool(found)

    await eventually(
        is_there, what=f"an outcome of message {message_id} that is {state or 'there'}"
    )
    return found[0]


async def set_policy(scene: Scene, client: httpx.AsyncClient, **fields: Any) -> None:
    """Change some of the group's policy, once the group is known."""
    await scene.say(scene.member, HAM)
    address = ""

    async def is_known() -> bool:
        nonlocal address
        groups = (await client.get("/api/v1/groups")).json()["items"]
        found = [group for group in groups if group["chat_id"] == scene.group]
        address = f"/api/v1/groups/{found[0]['bot_id']}/{scene.group}/policy" if found else ""
        return bool(found)

    await eventually(is_known, what="the group is known")
    former = await client.get(address)
    change = {"policy": former.json()["policy"] | fields, "reason": "for a test"}
    answer = await client.put(address, json=change, headers={"If-Match": former.headers["ETag"]})
    assert answer.status_code == 200, answer.text

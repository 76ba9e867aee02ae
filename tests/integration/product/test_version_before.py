"""What the version before left in Redis when it was stopped: this one records it, does it, and judges it."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.support.deployment import deployed
from tests.support.left_in_redis import MASTER_KEY, put_back
from tests.support.scene import eventually, playing_scene

from chatwarden.storage.database import Database
from chatwarden.storage.models import Outcome

LEFT = sorted((Path(__file__).parents[3] / "contracts" / "redis").glob("*.json"))
"""By version. The one before is all that has to be read; one that is older may be removed."""


@pytest.mark.parametrize("file", LEFT, ids=lambda file: file.stem)
async def test_what_it_left_is_recorded_done_and_judged(file: Path, tmp_path: Path) -> None:
    left = json.loads(file.read_text())
    messages = {left["to_be_done"], left["to_be_judged"]}
    found: dict[int, Outcome] = {}
    async with (
        playing_scene() as scene,
        deployed(
            tmp_path / "data",
            scene.url,
            master_key=MASTER_KEY,
            services=("record", "enforce"),
            redis_has=lambda port: put_back(port, left["keys"]),
        ) as deployment,
    ):
        database = Database(deployment.database_url)

        async def are_there() -> bool:
            async with database.transaction() as session:
                rows = await session.scalars(
                    select(Outcome).where(Outcome.chat_id == left["group"])
                )
                found.update({row.message_id: row for row in rows if row.message_id is not None})
            return messages <= set(found)

        async def is_asked() -> bool:
            return "deleteMessages" in {call.method for call in await scene.control.calls()}

        await eventually(are_there, what="outcomes of both are in PostgreSQL")
        for message in messages:
            assert (found[message].message_verdict, found[message].sender_verdict) == (
                "delete",
                "ban",
            )
        await eventually(is_asked, what="Telegram is asked for what had waited to be done")
        await database.close()


def test_every_place_where_something_waits_is_in_the_file() -> None:
    assert LEFT
    for file in LEFT:
        keys = json.loads(file.read_text())["keys"]
        waiting = {key["key"].rpartition(":")[2] for key in keys if key["value"]}
        assert {"updates", "records", "due", "chats", "facts"} <= waiting

"""How much waits in Redis, as the operator's page, /metrics and the doctor tell it."""

from datetime import UTC, datetime, timedelta

from chatwarden.actions import Action
from chatwarden.pipeline.intake import Intake
from chatwarden.pipeline.queue.redis import RedisQueue
from chatwarden.storage.sealing import Sealer
from chatwarden.streams.partitions import Partitions
from chatwarden.streams.waiting import waiting_in
from chatwarden.waiting import Waiting

NOW = datetime.now(UTC)


async def told(partitions: Partitions, now: datetime = NOW) -> dict[str, Waiting]:
    return {one.queue: one for one in await waiting_in(partitions, now=now)}


async def test_where_nothing_waits_nothing_is_late(partitions: Partitions) -> None:
    waiting = await told(partitions)

    assert list(waiting) == ["updates", "records", "set_aside", "actions"]
    assert {(one.number, one.since) for one in waiting.values()} == {(0, None)}


async def test_updates_of_all_partitions_count_and_the_oldest_tells_how_late_they_are(
    partitions: Partitions, sealer: Sealer
) -> None:
    await partitions.client.xadd(partitions.key(3, "updates"), {"u": b""}, id="1790000000000-0")
    await Intake(partitions, sealer=sealer).put_all([b"{}", b"{}"])
    await partitions.client.xadd(partitions.key(5, "set-aside"), {"k": b""})
    waiting = await told(partitions)

    assert (waiting["updates"].number, waiting["set_aside"].number) == (3, 1)
    assert waiting["updates"].since == datetime.fromtimestamp(1_790_000_000, UTC)


async def test_actions_are_late_once_they_are_due(partitions: Partitions) -> None:
    due = NOW.replace(microsecond=0) + timedelta(minutes=1)
    actions = [
        Action(
            id=f"{number}-mute",
            bot_id=partitions.bot_id,
            chat_id=-number,
            kind="mute",
            sender_kind="user",
            sender_id=5,
            date=NOW,
            due_at=due + timedelta(seconds=number),
            requested_by="verdict",
        )
        for number in (0, 1)
    ]
    await RedisQueue(partitions).add(actions)

    before, after = await told(partitions), await told(partitions, due + timedelta(seconds=9))
    assert (before["actions"].number, before["actions"].since) == (2, None)
    assert after["actions"].seconds(due + timedelta(seconds=9)) == 9

"""A group's own threshold: from what its trusted members write to a new policy. Real engine, real database, simulated Telegram."""

import json
from datetime import timedelta

from tests.support.scene import BOT_ID
from tests.support.warden import Warden

from chatwarden._engine import Engine
from chatwarden.learning.thresholds import Thresholds
from chatwarden.storage.models import Outcome, PolicyVersion, TrustedScore
from chatwarden.storage.repositories.standing import Standing

DOUBTFUL = "income from 900$ a week, remote, two people"
"""Somewhat below the shipped threshold."""
EVERYDAY = (
    "the roses need water twice a week in summer",
    "who comes along to the workshop on Saturday?",
    "thanks, that was just what I was looking for",
    "my bench is ready, I only have to paint it",
    "has anybody seen the long ladder?",
)
FAR_BELOW = -30
"""A bin three logits below the shipped threshold."""


async def member_writes(warden: Warden, messages: int) -> None:
    for number in range(messages):
        await warden.scene.say(warden.scene.member, f"{EVERYDAY[number % 5]} ({number})")
        warden.pass_time(120)
    await warden.take()


async def members_wrote(warden: Warden, messages: int, *, days_ago: int = 1) -> None:
    """What was counted of messages that stood far below the threshold."""
    day = (warden.now() - timedelta(days=days_ago)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    async with warden.database.transaction() as session:
        session.add(
            TrustedScore(
                bot_id=BOT_ID,
                chat_id=warden.scene.group,
                day=day,
                bin=FAR_BELOW,
                messages=messages,
            )
        )


async def move(warden: Warden) -> list[int]:
    """As the job does every hour; the scanner takes what changed."""
    changed: list[int] = []
    job = Thresholds(warden.database, bot_id=BOT_ID, on_changed=changed.append, clock=warden.now)
    assert await job.move() == changed
    if changed:
        warden.scanner.set_group(await warden.group(), Standing())
    return changed


async def policy_versions(warden: Warden) -> list[PolicyVersion]:
    rows: list[PolicyVersion] = await warden.rows(PolicyVersion)
    return sorted(
        (row for row in rows if row.chat_id == warden.scene.group), key=lambda row: row.version
    )


async def test_trusted_members_messages_are_counted_by_day_without_a_word_or_a_sender(
    warden: Warden,
) -> None:
    await member_writes(warden, 25)
    assert await warden.rows(TrustedScore) == [], "not yet here for a week"
    warden.pass_time(8 * 86_400)
    await member_writes(warden, 30)
    rows = await warden.rows(TrustedScore)
    assert sum(row.messages for row in rows) == 30
    assert {row.chat_id for row in rows} == {warden.scene.group}
    assert {(row.day.hour, row.day.minute) for row in rows} == {(0, 0)}


async def test_the_threshold_goes_in_steps_as_new_versions_of_the_policy_that_say_why(
    warden: Warden,
) -> None:
    await member_writes(warden, 1)
    await members_wrote(warden, 600)
    steps = 0
    while await move(warden):
        steps += 1
    own = (await warden.group()).policy["text_threshold"]
    assert own["shift"] == -own["most_lower"]
    versions = await policy_versions(warden)
    assert [row.version for row in versions] == list(range(1, steps + 2))
    assert versions[0].reason == "as it was"
    assert "600 messages of trusted members" in versions[-1].reason
    assert (await warden.group()).policy_version == versions[-1].version


async def test_a_verdict_comes_out_the_same_under_the_version_that_it_names(
    warden: Warden,
) -> None:
    await member_writes(warden, 1)
    await members_wrote(warden, 600)
    while await move(warden):
        pass
    spammer = await warden.scene.newcomer()
    await warden.scene.say(spammer, DOUBTFUL)
    (raw,) = [one for one in await warden.poll() if DOUBTFUL.encode() in one]
    await warden.take()
    (outcome,) = await warden.rows(Outcome)
    assert outcome.message_verdict == "delete"
    assert outcome.sender_verdict == "none"
    verdicts = {}
    for row in await policy_versions(warden):
        engine = Engine()
        settings = {"policy": row.policy, "policy_version": row.version}
        engine.set_chat(BOT_ID, warden.scene.group, json.dumps(settings).encode())
        verdicts[row.version] = json.loads(
            engine.judge_batch(BOT_ID, [raw]).items[0].verdict or b""
        )
    assert verdicts[1]["message"] == "review"
    assert verdicts[outcome.verdict["versions"]["policy"]] == outcome.verdict


async def test_few_messages_and_old_ones_move_nothing(warden: Warden) -> None:
    await member_writes(warden, 1)
    await members_wrote(warden, 499)
    await members_wrote(warden, 10_000, days_ago=20)
    assert await move(warden) == []
    assert [row.messages for row in await warden.rows(TrustedScore)] == [499]


async def test_a_group_that_wants_no_threshold_of_its_own_keeps_the_one_it_has(
    warden: Warden,
) -> None:
    await member_writes(warden, 1)
    await members_wrote(warden, 600)
    policy = (await warden.group()).policy
    own = policy["text_threshold"] | {"automatic": False}
    await warden.set_group(policy=policy | {"text_threshold": own})
    assert await move(warden) == []
    assert await policy_versions(warden) == []

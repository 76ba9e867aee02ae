"""The embedded profile's store of batches: one transaction holds everything that a batch causes, its actions to do too.

In: rows. Fails with StorageUnavailable where the disk does; then nothing of the batch is stored.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import context_prefixes
from chatwarden.actions import Action
from chatwarden.learning.native_bans import NativeBan, keep_ban
from chatwarden.pipeline.record import BatchRows, with_picture
from chatwarden.storage.database import Database
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import (
    ContextRecord,
    Enrichment,
    Group,
    GroupMode,
    Interaction,
    Outcome,
    PollOffset,
)
from chatwarden.storage.models.group import OBSERVED_FIRST
from chatwarden.storage.repositories import dead_letters, enrichments
from chatwarden.storage.repositories.actions import insert_actions
from chatwarden.storage.repositories.context import records_under, store_context
from chatwarden.storage.repositories.counts import add_counts
from chatwarden.storage.repositories.groups import find_groups
from chatwarden.storage.repositories.insert import insert_into, insert_new
from chatwarden.storage.repositories.outcomes import OutcomeKey
from chatwarden.storage.repositories.policies import add_trusted_scores
from chatwarden.storage.repositories.raids import may_begin, note_mass_joins
from chatwarden.storage.repositories.settling import record_outcomes
from chatwarden.storage.repositories.standing import Standing, standings
from chatwarden.storage.sealing import Sealer

_ROWS_A_READ = 10_000


@dataclass(frozen=True, slots=True)
class Stored:
    """What follows from what was stored."""

    taught: frozenset[int] = frozenset()
    """Groups that have new feedback by it."""
    raided: frozenset[int] = frozenset()
    """Groups in which a raid begins."""


@dataclass(frozen=True, slots=True)
class NewGroup:
    chat_id: int
    title: str


class BatchStore:
    """What scan writes and what it needs at its start."""

    def __init__(self, database: Database, *, bot_id: int) -> None:
        self._database = database
        self._bot_id = bot_id

    async def offset(self) -> int:
        """The first update not yet taken; 0 at the very first start."""
        async with self._database.transaction() as session:
            known = await session.get(PollOffset, self._bot_id)
            return 0 if known is None else known.next_update_id

    async def context_records(self) -> list[tuple[bytes, bytes]]:
        """All of the engine's context, to be loaded at the start."""
        records: list[tuple[bytes, bytes]] = []
        last = b""
        while True:
            page = await self._context_page(after=last)
            records.extend((row.key, row.value) for row in page)
            if len(page) < _ROWS_A_READ:
                return records
            last = page[-1].key

    async def _context_page(self, *, after: bytes) -> Sequence[Row[bytes, bytes]]:
        query = (
            select(ContextRecord.key, ContextRecord.value)
            .where(ContextRecord.key > after)
            .order_by(ContextRecord.key)
            .limit(_ROWS_A_READ)
        )
        async with self._database.transaction() as session:
            return (await session.execute(query)).all()

    async def store(
        self,
        *,
        rows: BatchRows,
        context: Sequence[tuple[bytes, bytes]],
        forgotten: Sequence[bytes],
        new_groups: Sequence[NewGroup],
        mode: GroupMode,
        policy: Mapping[str, Any],
        next_offset: int,
        native_bans: Sequence[NativeBan],
        keyring: Keyring,
        now: datetime,
    ) -> Stored:
        """Store a batch's effects and the offset behind it, all or nothing."""
        async with self._database.transaction() as session:
            await store_context(session, context, forgotten)
            await add_groups(
                session, new_groups, bot_id=self._bot_id, mode=mode, policy=policy, now=now
            )
            await insert_actions(session, rows.actions)
            stored = await store_rows(session, rows, native_bans, keyring=keyring, now=now)
            offset = insert_into(session, PollOffset).values(
                bot_id=self._bot_id, next_update_id=next_offset
            )
            await session.execute(
                offset.on_conflict_do_update(
                    index_elements=["bot_id"], set_={"next_update_id": next_offset}
                )
            )
            return stored

    async def groups(self, chat_ids: Collection[int]) -> list[tuple[Group, Standing]]:
        """These groups as they are stored, as far as they are."""
        async with self._database.transaction() as session:
            groups = await find_groups(session, bot_id=self._bot_id, chat_ids=chat_ids)
            found = await standings(session, bot_id=self._bot_id, chat_ids=chat_ids)
        return [(group, found.get(group.chat_id, Standing())) for group in groups]

    async def forget_context(self, chat_id: int) -> list[bytes]:
        """Delete what is remembered of a group's senders and texts; the keys of that."""
        async with self._database.transaction() as session:
            records = await records_under(session, context_prefixes(self._bot_id, chat_id))
            keys = [key for key, _ in records]
            await store_context(session, [], forgotten=keys)
            return keys

    async def raid_may_begin(self, chat_id: int, *, last: datetime, now: datetime) -> bool:
        """Whether a mass join, its last join then, begins a raid."""
        async with self._database.transaction() as session:
            group = await session.get(Group, (self._bot_id, chat_id))
            return group is not None and await may_begin(session, group, last=last, now=now)

    async def store_again(
        self,
        update_id: int,
        *,
        outcome: dict[str, Any] | None,
        actions: Sequence[Action],
        picture: str | None,
        keyring: Keyring,
        sealer: Sealer,
        context: Sequence[tuple[bytes, bytes]],
        forgotten: Sequence[bytes],
        now: datetime,
    ) -> bool:
        """Store what the second round made of an event that waited for it, all or nothing. True where its outcome is shown from now on:
        it is stricter than that of the first round, whose place and actions it takes. `sealer`: the group's. Where it is not, the first one learns how its
        picture looks, for whoever says what it is.
        """
        async with self._database.transaction() as session:
            await store_context(session, context, forgotten)
            return await take_second_round(
                session,
                update_id,
                bot_id=self._bot_id,
                outcome=outcome,
                actions=actions,
                ask_for=partial(insert_actions, session),
                picture=picture,
                keyring=keyring,
                sealer=sealer,
                now=now,
            )


async def store_rows(
    session: AsyncSession,
    rows: BatchRows,
    native_bans: Sequence[NativeBan],
    *,
    keyring: Keyring,
    now: datetime,
) -> Stored:
    """Store what is kept of a batch, its actions apart."""
    await record_outcomes(session, rows.outcomes, now=now)
    await dead_letters.set_aside(session, rows.dead_letters)
    await insert_new(session, Enrichment, rows.enrichments)
    await insert_new(session, Interaction, rows.interactions)
    await add_counts(session, rows.counts)
    await add_trusted_scores(session, rows.trusted_scores)
    # After the outcomes: an admin may ban somebody for what stands in this very batch.
    taught = [
        ban.chat_id for ban in native_bans if await keep_ban(session, ban, keyring=keyring, now=now)
    ]
    raided = [
        wave.chat_id for wave in rows.mass_joins if await note_mass_joins(session, wave, now=now)
    ]
    return Stored(frozenset(taught), frozenset(raided))


async def take_second_round(
    session: AsyncSession,
    update_id: int,
    *,
    bot_id: int,
    outcome: dict[str, Any] | None,
    actions: Sequence[Action],
    ask_for: Callable[[Sequence[Action]], Awaitable[None]],
    picture: str | None,
    keyring: Keyring,
    sealer: Sealer,
    now: datetime,
) -> bool:
    """Store what the second round made of an event that waited for it, and ask for its actions that are still to be done. True where its
    outcome is shown from now on: it is stricter than that of the first round, whose place and actions it takes.
    """
    was_waiting = await enrichments.finish(session, bot_id=bot_id, update_ids=[update_id])
    if not was_waiting:
        return False
    former = await enrichments.first_outcome(session, bot_id=bot_id, update_id=update_id)
    if former is not None and picture is not None:
        former.sealed = await with_picture(former, picture, keyring, sealer) or former.sealed
    if outcome is None:
        return False
    done: set[str] = set()
    if former is None:
        await add_counts(session, [_flagged(outcome)])
    elif _is_stricter(outcome, former):
        later = OutcomeKey(bot_id, update_id, outcome["round"])
        done = await enrichments.hand_over(session, former, later)
    else:
        return False
    await ask_for([one for one in actions if one.kind not in done])
    await record_outcomes(session, [outcome], now=now)
    return True


async def add_groups(
    session: AsyncSession,
    groups: Sequence[NewGroup],
    *,
    bot_id: int,
    mode: GroupMode,
    policy: Mapping[str, Any],
    now: datetime,
) -> None:
    """Add groups that are not there yet."""
    await insert_new(
        session,
        Group,
        [
            {
                "bot_id": bot_id,
                "chat_id": group.chat_id,
                "title": group.title[:256],
                "mode": mode,
                "policy": dict(policy),
                "policy_version": 1,
                "linked_chat_id": None,
                "missing_rights": [],
                "rights_checked_at": None,
                "created_at": now,
                "observe_until": now + OBSERVED_FIRST if mode == "observe" else None,
            }
            for group in groups
        ],
    )


_MESSAGE_VERDICTS = ("keep", "review", "delete")
_SENDER_VERDICTS = ("none", "challenge", "mute", "kick", "ban")


def _is_stricter(outcome: Mapping[str, Any], former: Outcome) -> bool:
    """Whether a later verdict does more. Never where a human has taken the former one back."""
    if former.state in ("undoing", "undone"):
        return False
    message, sender = _MESSAGE_VERDICTS.index, _SENDER_VERDICTS.index
    return message(outcome["message_verdict"]) > message(former.message_verdict) or (
        sender(outcome["sender_verdict"]) > sender(former.sender_verdict)
    )


def _flagged(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The event was counted as judged in its first round, in which nothing was found."""
    hour = outcome["date"].replace(minute=0, second=0, microsecond=0)
    return {
        "bot_id": outcome["bot_id"],
        "chat_id": outcome["chat_id"],
        "hour": hour,
        "flagged": 1,
    }

"""Dead letters on their way again: opened, handed on, marked, and noted in the audit log.

Handed on first, marked then: what is cut off in between may be replayed twice, and its effects are stored once, by its number.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import peek_update
from chatwarden.api.access import Caller
from chatwarden.api.operator.schemas import MOST_REPLAYED, Replayed
from chatwarden.api.ports import Ports
from chatwarden.errors import NotFound, ReplayImpossible, SealBroken
from chatwarden.storage.models import DeadLetter, DeadLetterKind
from chatwarden.storage.repositories import dead_letters, interactions

_AT_ONCE = 50


async def find(session: AsyncSession, ports: Ports, letter_id: int) -> DeadLetter:
    """Raises NotFound."""
    letter = await dead_letters.find(session, letter_id, bot_id=ports.operation.bot_id)
    if letter is None:
        raise NotFound
    return letter


async def replay_one(ports: Ports, caller: Caller, letter_id: int) -> DeadLetter:
    """The letter as it is then: it may have failed again already. Raises NotFound, ReplayImpossible, NotNow."""
    async with ports.database.transaction() as session:
        letter = await find(session, ports, letter_id)
    if not await _replay(ports, caller, [letter]):
        raise ReplayImpossible
    async with ports.database.transaction() as session:
        return await find(session, ports, letter_id)


async def replay_all(ports: Ports, caller: Caller, kind: DeadLetterKind) -> Replayed:
    """The oldest first, each once. Raises NotNow."""
    bot_id = ports.operation.bot_id
    replayed = looked_at = after = 0
    while looked_at < MOST_REPLAYED:
        async with ports.database.transaction() as session:
            letters = await dead_letters.lying(
                session, bot_id=bot_id, kind=kind, after=after, limit=_AT_ONCE
            )
        if not letters:
            break
        replayed += await _replay(ports, caller, letters)
        looked_at += len(letters)
        after = letters[-1].id
    async with ports.database.transaction() as session:
        left = await dead_letters.count_lying(session, bot_id=bot_id, after=after)
    return Replayed(replayed=replayed, sealed=looked_at - replayed, left=left.get(kind, 0))


async def drop(session: AsyncSession, ports: Ports, caller: Caller, letter_id: int) -> None:
    """Raises NotFound."""
    letter = await find(session, ports, letter_id)
    await dead_letters.drop(session, letter)
    await caller.note(
        session,
        "dead_letter_dropped",
        target=str(letter.id),
        detail={"kind": letter.kind, "update_id": letter.update_id},
    )


async def _replay(ports: Ports, caller: Caller, letters: Sequence[DeadLetter]) -> int:
    """How many of these, all of one kind, are on their way: not those that do not open."""
    opened = [(one, raw) for one in letters if (raw := _opened(ports, one)) is not None]
    if not opened:
        return 0
    kind = opened[0][0].kind
    if kind == "update":
        await ports.operation.replay([raw for _, raw in opened])
    now = datetime.now(UTC)
    async with ports.database.transaction() as session:
        for letter, raw in opened:
            if kind == "interaction":
                await _put_back(session, ports, letter, raw, now=now)
            await dead_letters.mark_replayed(session, letter, now=now)
        await caller.note(
            session,
            "dead_letters_replayed",
            target=str(opened[0][0].id) if len(opened) == 1 else None,
            detail={"kind": kind, "letters": len(opened)},
        )
    ports.operation.wake_bot()
    return len(opened)


def _opened(ports: Ports, letter: DeadLetter) -> bytes | None:
    try:
        return ports.keyring.deployment.open(
            letter.sealed, place=dead_letters.place_of(letter.bot_id)
        )
    except SealBroken:
        return None


async def _put_back(
    session: AsyncSession, ports: Ports, letter: DeadLetter, raw: bytes, *, now: datetime
) -> None:
    update_id, _, chat_id = peek_update(raw)
    if update_id is None:
        update_id = letter.update_id or 0
    place = interactions.place_of(letter.bot_id, update_id)
    await interactions.put_back(
        session,
        bot_id=letter.bot_id,
        update_id=update_id,
        chat_id=chat_id or 0,
        sealed=ports.keyring.deployment.seal(raw, place=place),
        now=now,
    )

"""What beside its row decides how a group is judged: whom it and its workspace allow, and whether a raid is on."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.repositories.allowed import allowed_by_group
from chatwarden.storage.repositories.raids import raided_chats


@dataclass(frozen=True, slots=True)
class Standing:
    allowed: frozenset[int] = frozenset()
    """Users and channels to whom no verdict does anything."""
    is_raided: bool = False


async def standing_of(session: AsyncSession, *, bot_id: int, chat_id: int) -> Standing:
    found = await standings(session, bot_id=bot_id, chat_ids=[chat_id])
    return found.get(chat_id, Standing())


async def standings(
    session: AsyncSession, *, bot_id: int, chat_ids: Collection[int] | None = None
) -> dict[int, Standing]:
    """Of every group of a bot, or of some, that has one other than the plain one."""
    allowed = await allowed_by_group(session, bot_id=bot_id, chat_ids=chat_ids)
    raided = await raided_chats(session, bot_id=bot_id, chat_ids=chat_ids)
    return {
        chat_id: Standing(allowed.get(chat_id, frozenset()), chat_id in raided)
        for chat_id in {*allowed, *raided}
    }

"""What beside its row decides how a group is judged: whom it and its workspace allow, and whether a raid is on."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.repositories.allowed import allowed_by_group, allowed_ids
from chatwarden.storage.repositories.raids import current_raid, raided_chats


@dataclass(frozen=True, slots=True)
class Standing:
    allowed: frozenset[int] = frozenset()
    """Users and channels to whom no verdict does anything."""
    is_raided: bool = False


async def standing_of(session: AsyncSession, *, bot_id: int, chat_id: int) -> Standing:
    raid = await current_raid(session, bot_id=bot_id, chat_id=chat_id)
    allowed = await allowed_ids(session, bot_id=bot_id, chat_id=chat_id)
    return Standing(allowed, raid is not None)


async def standings(session: AsyncSession, *, bot_id: int) -> dict[int, Standing]:
    """Of every group that has one other than the plain one."""
    allowed = await allowed_by_group(session, bot_id=bot_id)
    raided = await raided_chats(session, bot_id=bot_id)
    return {
        chat_id: Standing(allowed.get(chat_id, frozenset()), chat_id in raided)
        for chat_id in {*allowed, *raided}
    }

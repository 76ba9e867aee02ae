"""What a sender wrote lately, in Redis, where processors remember it."""

from typing import Any

from chatwarden._engine import messages_in_members, sender_record
from chatwarden.streams.connection import passing_trouble
from chatwarden.streams.partitions import Partitions


async def messages_of(
    partitions: Partitions, chat_id: int, sender_id: int
) -> list[tuple[int, int]]:
    """The newest first, 32 at most: id, and seconds since 1970. Raises StorageUnavailable."""
    number = partitions.of_chat(chat_id)
    _, name = sender_record(partitions.bot_id, number, chat_id, sender_id)
    with passing_trouble():
        flat: Any = await partitions.client.execute_command("ZRANGE", name, 0, -1, "WITHSCORES")
    pairs = (
        flat if flat and isinstance(flat[0], (tuple, list)) else zip(*[iter(flat)] * 2, strict=True)
    )
    return messages_in_members([(member, _score(score)) for member, score in pairs])


async def forget(partitions: Partitions, chat_id: int, sender_id: int) -> None:
    """Whatever is remembered of a sender in a group. Raises StorageUnavailable."""
    number = partitions.of_chat(chat_id)
    _, name = sender_record(partitions.bot_id, number, chat_id, sender_id)
    with passing_trouble():
        await partitions.client.delete(name)


def _score(score: bytes | float) -> bytes:
    """As Redis writes it; the library makes a number of it."""
    return score if isinstance(score, bytes) else b"%d" % int(score)

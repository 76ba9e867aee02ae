"""What admins do in Telegram itself is feedback too, of less weight: the last message may not have been why.

In: raw `chat_member` updates. Out: weak feedback on what the sender wrote lately, as far as there are outcomes of it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.learning.feedback import give_feedback
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.repositories import feedback as repository

_LATELY = timedelta(hours=48)
_MOST_MESSAGES = 3
"""Of one sender: one angry tap teaches no more than some messages do."""
_ANONYMOUS_ADMIN = 1087968824
"""GroupAnonymousBot: the bot in whose name Telegram lets admins act."""
_INSIDE = frozenset({"member", "restricted"})


@dataclass(frozen=True, slots=True)
class NativeBan:
    """An admin banned or silenced somebody in Telegram."""

    bot_id: int
    chat_id: int
    admin_id: int
    sender_id: int
    date: datetime


class _User(msgspec.Struct, frozen=True):
    id: int
    is_bot: bool = False


class _Member(msgspec.Struct, frozen=True):
    status: str
    user: _User
    can_send_messages: bool = True

    def severity(self) -> int:
        """Of what an admin did: 2 for a ban, 1 for silence."""
        if self.status == "kicked":
            return 2
        return int(self.status == "restricted" and not self.can_send_messages)


class _Chat(msgspec.Struct, frozen=True):
    id: int


class _Change(msgspec.Struct, frozen=True):
    chat: _Chat
    from_: _User = msgspec.field(name="from")
    date: int
    old_chat_member: _Member
    new_chat_member: _Member


class _Update(msgspec.Struct, frozen=True):
    chat_member: _Change


_UPDATE = msgspec.json.Decoder(_Update)


def native_ban_of(raw: bytes, kind: str | None, *, bot_id: int) -> NativeBan | None:
    """None for whatever else an update tells. What bots do, this one above all, is no human's word."""
    if kind != "chat_member":
        return None
    try:
        change = _UPDATE.decode(raw).chat_member
        date = datetime.fromtimestamp(change.date, UTC)
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError, ValueError, OSError):
        return None
    admin, before, after = change.from_, change.old_chat_member, change.new_chat_member
    is_human = not admin.is_bot or admin.id == _ANONYMOUS_ADMIN
    if not is_human or admin.id in (bot_id, after.user.id):
        return None
    if before.status not in _INSIDE or before.severity() >= after.severity():
        return None
    return NativeBan(bot_id, change.chat.id, admin.id, after.user.id, date)


async def keep_ban(
    session: AsyncSession, ban: NativeBan, *, keyring: Keyring, now: datetime
) -> bool:
    """Keep it as feedback on the sender's newest messages. False where there is nothing to learn from, or all of it was said."""
    outcomes = await repository.outcomes_of_sender(
        session,
        bot_id=ban.bot_id,
        chat_id=ban.chat_id,
        sender_id=ban.sender_id,
        since=ban.date - _LATELY,
    )
    newest = outcomes[-_MOST_MESSAGES:]
    given_by = f"user:{ban.admin_id}"
    said = await repository.said_by(session, newest, given_by=given_by)
    unsaid = [outcome for outcome in newest if outcome.update_id not in said]
    for outcome in unsaid:
        await give_feedback(
            session,
            outcome,
            "spam",
            given_by=given_by,
            source="native_ban",
            keyring=keyring,
            now=now,
        )
    return bool(unsaid)

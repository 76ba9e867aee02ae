"""Takes back what was done to a sender, as far as Telegram lets one.

In: an undo action and its outcome. Out: what was restored and what could not be, in words, and the actions it took back.
Source of the limits: Bot API. A deleted message never returns; a lifted ban does not bring the person back; permissions do.
Whichever message of theirs is undone, the sender is freed from all that our verdicts did to them in this group.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, Outcome
from chatwarden.storage.repositories import actions as queries
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.membership import Membership

PERMISSIONS_BACK = "The sender's permissions are as they were before."
BAN_LIFTED = "The ban is lifted."
CHANNEL_FREED = "The channel may write here again."
NEVER_DONE = "Nothing had been done yet; nothing will be."
MESSAGE_STAYS_DELETED = "The message stays deleted: Telegram lets nobody bring one back."
PERSON_IS_OUTSIDE = "The person is outside the group and has to come back by themselves."
CHANGED_BY_ADMIN = "An admin changed this restriction since; it was left as it is."
ENDED_BY_ITSELF = "The restriction had ended already."


@dataclass(frozen=True, slots=True)
class Undone:
    restored: list[str]
    not_restored: list[str]
    reversed_actions: Sequence[Action]

    @property
    def result(self) -> dict[str, object]:
        return {"restored": self.restored, "not_restored": self.not_restored}


class Undoer:
    def __init__(
        self, *, database: Database, telegram: TelegramClient, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._telegram = telegram
        self._clock = clock

    async def undo(self, action: Action, outcome: Outcome) -> Undone:
        """Fails with TelegramRefused or RetryLater; done twice, it changes nothing more."""
        deleted, in_force = await self._find(action, outcome)
        restored: list[str] = []
        not_restored = [MESSAGE_STAYS_DELETED] if deleted else []
        if in_force and action.sender_kind == "channel":
            await self._telegram.unban_channel(action.chat_id, action.sender_id)
            restored.append(CHANNEL_FREED)
        elif in_force:
            await self._free_person(action, in_force, restored, not_restored)
        if not deleted and not in_force:
            restored.append(NEVER_DONE)
        return Undone(restored, not_restored, in_force)

    async def _find(self, action: Action, outcome: Outcome) -> tuple[bool, Sequence[Action]]:
        now = self._clock()
        async with self._database.transaction() as session:
            await queries.cancel_punishments_of(
                session,
                bot_id=action.bot_id,
                chat_id=action.chat_id,
                sender_id=action.sender_id,
                now=now,
            )
            in_force = await queries.punishments_in_force(
                session,
                bot_id=action.bot_id,
                chat_id=action.chat_id,
                sender_id=action.sender_id,
                now=now,
            )
            gone = (
                set()
                if outcome.message_id is None
                else await queries.deleted_message_ids(
                    session,
                    bot_id=action.bot_id,
                    chat_id=action.chat_id,
                    message_ids=[outcome.message_id],
                )
            )
        return bool(gone), in_force

    async def _free_person(
        self,
        action: Action,
        in_force: Sequence[Action],
        restored: list[str],
        not_restored: list[str],
    ) -> None:
        now_is = await self._telegram.membership(action.chat_id, action.sender_id)
        ours = [done for done in in_force if now_is.ends_at(done.until_date)]
        if now_is.status == "kicked":
            if not any(done.kind == "ban" for done in ours):
                not_restored.append(CHANGED_BY_ADMIN)
                return
            await self._telegram.unban(action.chat_id, action.sender_id)
            restored.append(BAN_LIFTED)
            not_restored.append(PERSON_IS_OUTSIDE)
        elif now_is.status == "restricted":
            former = _before(ours)
            if former is None:
                not_restored.append(CHANGED_BY_ADMIN)
                return
            await self._telegram.restore(action.chat_id, action.sender_id, former)
            restored.append(PERMISSIONS_BACK)
        elif now_is.status == "left":
            not_restored.append(PERSON_IS_OUTSIDE)
        else:
            restored.append(ENDED_BY_ITSELF)


def _before(ours: Sequence[Action]) -> Membership | None:
    """The membership before the oldest of our restrictions that is still in force."""
    for done in ours:
        if done.kind == "mute" and done.former is not None:
            return Membership.from_json(done.former)
    return None

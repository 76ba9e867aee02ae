"""Takes back what was done to a sender, as far as Telegram lets one.

In: an undo action. Out: what was restored and what could not be, in words, and the endings of what it took back.
Source of the limits: Bot API. A deleted message never returns; a lifted ban does not bring the person back; permissions do.
Whichever message of theirs is undone, the sender is freed from all that our verdicts did to them in this group.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chatwarden.actions import Action, Ending, EndState
from chatwarden.pipeline.enforce.punish import SHORTEST, is_applied
from chatwarden.pipeline.queue.interface import ActionQueue
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.membership import Membership, as_datetime

PERMISSIONS_BACK = "The sender's permissions are as they were before."
BAN_LIFTED = "The ban is lifted."
CHANNEL_FREED = "The channel may write here again."
NEVER_DONE = "Nothing had been done yet; nothing will be."
NOTHING_STANDS = (
    "Nothing of it stands now. Reactions that were removed only the sender can set again."
)
MESSAGE_STAYS_DELETED = "The message stays deleted: Telegram lets nobody bring one back."
FORMER_LIMITS_STAY = "The limits that an admin had set before hold again."
PERSON_IS_OUTSIDE = "The person is outside the group and has to come back by themselves."
CHANGED_BY_ADMIN = "An admin changed this restriction since; it was left as it is."
ENDED_BY_ITSELF = "The restriction had ended already."


@dataclass(frozen=True, slots=True)
class Undone:
    restored: list[str]
    not_restored: list[str]
    taken_back: Sequence[Ending]

    @property
    def result(self) -> dict[str, object]:
        return {"restored": self.restored, "not_restored": self.not_restored}


class Undoer:
    def __init__(
        self, *, queue: ActionQueue, telegram: TelegramClient, clock: Callable[[], datetime]
    ) -> None:
        self._queue = queue
        self._telegram = telegram
        self._clock = clock

    async def undo(self, action: Action) -> Undone:
        """Fails with TelegramRefused or RetryLater; done twice, it changes nothing more."""
        chat_id, sender_id, now = action.chat_id, action.sender_id, self._clock()
        await self._queue.cancel_for_undo(action, now=now)
        standing = (await self._queue.in_force(chat_id, [sender_id], now=now)).get(sender_id, ())
        asked = [] if action.message_id is None else [action.message_id]
        restored: list[str] = []
        not_restored: list[str] = []
        if await self._queue.deleted(chat_id, asked):
            not_restored.append(MESSAGE_STAYS_DELETED)
        if standing and action.sender_kind == "channel":
            await self._telegram.unban_channel(chat_id, sender_id)
            restored.append(CHANNEL_FREED)
        elif standing:
            await self._free_person(action, standing, restored, not_restored)
        if not restored and not not_restored:
            if action.message_id is None:
                not_restored.append(NOTHING_STANDS)
            else:
                restored.append(NEVER_DONE)
        return Undone(restored, not_restored, [_taken_back(done) for done in standing])

    async def _free_person(
        self,
        action: Action,
        standing: Sequence[Action],
        restored: list[str],
        not_restored: list[str],
    ) -> None:
        now_is = await self._telegram.membership(action.chat_id, action.sender_id)
        former = _before(standing, now_is)
        surely_done = any(done.state == "done" for done in standing)
        if now_is.status in ("kicked", "restricted") and former is now_is:
            if surely_done:
                not_restored.append(CHANGED_BY_ADMIN)
            return
        limited = former.status == "restricted" and self._holds_on(former)
        if now_is.status == "restricted":
            plain = Membership(status="member", is_member=True)
            await self._telegram.restore(
                action.chat_id, action.sender_id, former if limited else plain
            )
            restored.append(PERMISSIONS_BACK)
            return
        if now_is.status == "kicked":
            await self._telegram.unban(action.chat_id, action.sender_id)
            restored.append(BAN_LIFTED)
        if now_is.status in ("kicked", "left"):
            if limited:
                await self._telegram.restore(action.chat_id, action.sender_id, former)
                restored.append(FORMER_LIMITS_STAY)
            not_restored.append(PERSON_IS_OUTSIDE)
        elif surely_done:
            restored.append(ENDED_BY_ITSELF)

    def _holds_on(self, former: Membership) -> bool:
        """False for limits that have ended meanwhile: given back, Telegram would take them for endless."""
        ends = as_datetime(former.until_date)
        return ends is None or ends - self._clock() >= SHORTEST


def _taken_back(punishment: Action) -> Ending:
    state: EndState = "reversed" if punishment.state == "done" else "cancelled"
    return Ending(action_id=punishment.id, state=state)


def _before(standing: Sequence[Action], now_is: Membership) -> Membership:
    """What the sender was before us: back through our punishments, the newest first, as long as each one fits.

    The present membership itself where none of them is in effect. One who is out may have been so by a ban that is lifted
    already, where an undo is tried again.
    """
    was = now_is
    for done in reversed(standing):
        lifted = done.kind == "ban" and was.status == "left"
        if done.former is not None and (lifted or is_applied(done, was)):
            was = Membership.from_json(done.former)
    return was

"""Mutes, kicks and bans one sender, once, however many messages asked for it.

In: a sender's due actions in one group. Out: an ending for each. Fails with TelegramRefused or RetryLater.
The membership before is stored before the call: an undo needs it, and after a crash it shows whether the call was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chatwarden.errors import TargetGone, TargetProtected
from chatwarden.storage.database import Database
from chatwarden.storage.models import Action, ActionState, Outcome
from chatwarden.storage.repositories import actions as queries
from chatwarden.telegram.client import TelegramClient
from chatwarden.telegram.membership import Membership

_STRENGTH = {"mute": 0, "kick": 1, "ban": 2}


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of one action."""

    state: ActionState
    result: dict[str, object] | None = None
    guard: str | None = None


class Punisher:
    def __init__(
        self, *, database: Database, telegram: TelegramClient, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._telegram = telegram
        self._clock = clock

    async def punish(self, due: Sequence[tuple[Action, Outcome]]) -> list[Ending]:
        """Do the strongest of the actions; the others are covered by it."""
        wanted = [action for action, _ in due]
        strongest = max(
            wanted, key=lambda action: (_STRENGTH[action.kind], action.until_date or _NEVER)
        )
        ending = await self._do(strongest)
        covered = ending if ending.state != "done" else Ending("done", {"covered_by": strongest.id})
        return [ending if action is strongest else covered for action in wanted]

    async def _do(self, action: Action) -> Ending:
        if action.sender_kind == "channel":
            return await self._ban_channel(action)
        now_is = await self._telegram.membership(action.chat_id, action.sender_id)
        if now_is.is_admin:
            return Ending("cancelled", guard="admin")
        if action.former is not None and _is_applied(action, now_is):
            return Ending("done")  # The process that began it died after the call.
        if _is_covered(action, now_is):
            return Ending("done", {"covered_by": "telegram"})
        for earlier in await self._in_force(action):
            # An admin may have lifted it since: Telegram's word counts, not ours.
            if _is_applied(earlier, now_is):
                return Ending("done", {"covered_by": earlier.id})
        if not await self._begin(action, former=now_is):
            return Ending("cancelled")
        try:
            await self._call(action)
        except TargetProtected:
            return Ending("cancelled", guard="admin")
        except TargetGone:
            return Ending("done", {"covered_by": "gone"})
        return Ending("done")

    async def _in_force(self, action: Action) -> list[Action]:
        """Earlier actions of ours that do as much as this one."""
        async with self._database.transaction() as session:
            in_force = await queries.punishments_in_force(
                session,
                bot_id=action.bot_id,
                chat_id=action.chat_id,
                sender_id=action.sender_id,
                now=self._clock(),
            )
        return [
            earlier
            for earlier in in_force
            if earlier.kind != "kick" and _STRENGTH[earlier.kind] >= _STRENGTH[action.kind]
        ]

    async def _begin(self, action: Action, *, former: Membership | None) -> bool:
        """Store that a call is about to be made. False where an undo was faster."""
        if former is not None and action.former is None:
            action.former = former.to_json()
        async with self._database.transaction() as session:
            begun = await queries.mark_started(
                session, [action.id], now=self._clock(), former=action.former
            )
        return bool(begun)

    async def _call(self, action: Action) -> None:
        match action.kind:
            case "mute":
                assert action.until_date is not None
                await self._telegram.mute(action.chat_id, action.sender_id, until=action.until_date)
            case "kick":
                await self._telegram.ban(action.chat_id, action.sender_id, until=None)
                await self._telegram.unban(action.chat_id, action.sender_id)
            case _:
                await self._telegram.ban(action.chat_id, action.sender_id, until=action.until_date)

    async def _ban_channel(self, action: Action) -> Ending:
        """A channel cannot be muted or banned for a time: Telegram knows only banChatSenderChat."""
        for earlier in await self._in_force(action):
            return Ending("done", {"covered_by": earlier.id})
        if not await self._begin(action, former=None):
            return Ending("cancelled")
        await self._telegram.ban_channel(action.chat_id, action.sender_id)
        return Ending("done")


_NEVER = datetime.max.replace(tzinfo=UTC)


def _is_applied(action: Action, now_is: Membership) -> bool:
    match action.kind:
        case "mute":
            return now_is.status == "restricted" and now_is.ends_at(action.until_date)
        case "ban":
            return now_is.status == "kicked" and now_is.ends_at(action.until_date)
        case _:
            return now_is.status in ("left", "kicked")


def _is_covered(action: Action, now_is: Membership) -> bool:
    """True where somebody else did as much already: an admin's own ban or mute is never shortened."""
    if now_is.status == "kicked":
        return True
    if action.kind != "mute" or now_is.status != "restricted":
        return False
    silenced = not (now_is.permissions or {}).get("can_send_messages", False)
    wanted = None if action.until_date is None else action.until_date.timestamp()
    return silenced and (
        now_is.until_date is None or (wanted is not None and now_is.until_date >= wanted)
    )

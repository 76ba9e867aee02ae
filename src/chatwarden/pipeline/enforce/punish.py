"""Mutes, kicks and bans one sender, once, however many messages asked for it.

In: a sender's due actions in one group. Out: an ending for each. Fails with TelegramRefused or RetryLater.
The membership before is stored before the call: an undo needs it, and after a crash it shows whether the call was made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

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

    async def punish(
        self, due: Sequence[tuple[Action, Outcome]], *, observing: bool
    ) -> list[Ending]:
        """Do the strongest of the actions; the others are covered by it. `observing`: only find out what has been done."""
        strongest, outcome = max(due, key=lambda pair: _rank(pair[0]))
        ending = await self._do(strongest, outcome, observing=observing)
        covered = ending if ending.state != "done" else Ending("done", {"covered_by": strongest.id})
        return [ending if action is strongest else covered for action, _ in due]

    async def _do(self, action: Action, outcome: Outcome, *, observing: bool) -> Ending:
        in_force = await self._in_force(action)
        if action.sender_kind == "channel":
            return await self._ban_channel(action, in_force, said_at=outcome.date)
        now_is = await self._telegram.membership(action.chat_id, action.sender_id)
        if now_is.is_admin:
            return Ending("cancelled", guard="admin")
        for earlier in in_force:
            # An admin may have lifted it since, or a process died before its call: Telegram's word counts, not ours.
            if is_applied(earlier, now_is):
                return await self._covered(action, earlier, now_is)
        if _is_covered(action, now_is):
            return Ending("done", {"covered_by": "telegram"})
        if observing:
            return Ending("cancelled", guard="observe_mode")
        if _has_ended(action, self._clock()):
            return Ending("cancelled", {"covered_by": "time"})
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
        """What we did, or began, that does as much as this action; itself too. Another kick is over and covers nothing."""
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
            if earlier.id == action.id
            or action.sender_kind == "channel"
            or (earlier.kind != "kick" and _STRENGTH[earlier.kind] >= _STRENGTH[action.kind])
        ]

    async def _covered(self, action: Action, earlier: Action, now_is: Membership) -> Ending:
        if earlier.id != action.id:
            return Ending("done", {"covered_by": earlier.id})
        if action.kind == "kick" and now_is.status == "kicked":
            await self._telegram.unban(action.chat_id, action.sender_id)
        return Ending("done")  # It was begun and its answer lost; the call had been carried out.

    async def _begin(self, action: Action, *, former: Membership | None) -> bool:
        """Store that a call is about to be made. False where an undo was faster."""
        action.former = None if former is None else former.to_json()
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
                await self._telegram.ban(action.chat_id, action.sender_id, until=action.until_date)
                await self._telegram.unban(action.chat_id, action.sender_id)
            case _:
                await self._telegram.ban(action.chat_id, action.sender_id, until=action.until_date)

    async def _ban_channel(
        self, action: Action, in_force: Sequence[Action], *, said_at: datetime
    ) -> Ending:
        """A channel cannot be muted or banned for a time: Telegram knows only banChatSenderChat."""
        for earlier in in_force:
            # A banned channel cannot write: what it wrote after a ban shows that an admin lifted that.
            if (
                earlier.state == "done"
                and earlier.done_at is not None
                and earlier.done_at >= said_at
            ):
                return Ending("done", {"covered_by": earlier.id})
        if not await self._begin(action, former=None):
            return Ending("cancelled")
        await self._telegram.ban_channel(action.chat_id, action.sender_id)
        return Ending("done")


_NEVER = datetime.max.replace(tzinfo=UTC)

SHORTEST = timedelta(seconds=60)
"""Telegram takes a ban or restriction that ends within 30 seconds for one without end (Bot API); twice that is safe."""


def _rank(action: Action) -> tuple[int, bool, datetime]:
    """The strongest first; of equals the one that has begun, then the longest."""
    return _STRENGTH[action.kind], action.state == "started", action.until_date or _NEVER


def is_applied(action: Action, now_is: Membership) -> bool:
    """True where the sender's membership is what this action makes of it: it ends at exactly our time."""
    match action.kind:
        case "mute":
            return now_is.status == "restricted" and now_is.ends_at(action.until_date)
        case "ban":
            return now_is.status == "kicked" and now_is.ends_at(action.until_date)
        case _:
            return now_is.status == "left" or (
                now_is.status == "kicked" and now_is.ends_at(action.until_date)
            )


def _has_ended(action: Action, now: datetime) -> bool:
    return action.until_date is not None and action.until_date - now < SHORTEST


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

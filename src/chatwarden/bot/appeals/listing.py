"""What holds against somebody, group by group: as far as it helps them, and nothing that would teach a spammer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.bot.ports import BotPorts
from chatwarden.bot.words import Html, say
from chatwarden.outcomes.appeals import (
    BETWEEN,
    MOST_REFUSALS,
    Grievance,
    grievance,
    refusals,
    why,
)
from chatwarden.outcomes.undo import stands
from chatwarden.storage.models import Action, Appeal, Group, Outcome
from chatwarden.storage.repositories import actions as stored_actions
from chatwarden.storage.repositories import appeals
from chatwarden.storage.repositories.groups import list_groups
from chatwarden.storage.repositories.outcomes import find_outcome_of_update
from chatwarden.storage.repositories.shared_bans import SHARED_BY
from chatwarden.telegram.messages import Button, Keyboard

APPEAL = "appeal"
"""Begins what a link says that leads here; what follows it tells the group, for whoever reads the link."""
MOST_GROUPS = 20
"""That are shown at once."""
_MOST_OUTCOMES = 200


@dataclass(frozen=True, slots=True)
class Held:
    """What holds against somebody in a group."""

    group: Group
    grievance: Grievance
    reason: str
    """Key of the words that say why."""
    outcome: Outcome | None = None
    """None for what no verdict did: admins and the gate are not appealed by way of the bot."""
    before: Sequence[Appeal] = ()
    """Appeals about it, the oldest first."""
    free_from: datetime | None = None
    """From when on its person may appeal in the group; None: now."""

    @property
    def is_open(self) -> bool:
        return any(one.state == "open" for one in self.before)

    @property
    def is_final(self) -> bool:
        return refusals(self.before) >= MOST_REFUSALS

    @property
    def may_be_appealed(self) -> bool:
        return not (
            self.outcome is None or self.is_open or self.is_final or self.free_from is not None
        )


async def held_against(ports: BotPorts, user_id: int) -> list[Held]:
    """One thing a group, the weightiest; that of a verdict before what an admin did."""
    bot_id, now = ports.bot_id, ports.clock()
    async with ports.database.transaction() as session:
        groups = {
            one.chat_id: one
            for one in await list_groups(session, bot_id=bot_id)
            if one.left_at is None
        }
        found = await appeals.outcomes_against(
            session,
            bot_id=bot_id,
            user_id=user_id,
            limit=_MOST_OUTCOMES,
        )
        taken = await stored_actions.actions_of(session, [one.trace_id for one in found])
        best: dict[int, tuple[Outcome, Grievance]] = {}
        for outcome in found:
            holds = grievance(outcome, taken[outcome.trace_id], now=now)
            if holds is None or outcome.chat_id not in groups:
                continue
            if outcome.chat_id not in best or holds.weight < best[outcome.chat_id][1].weight:
                best[outcome.chat_id] = outcome, holds
        others = await appeals.held_actions(
            session, bot_id=bot_id, chat_ids=groups.keys(), user_id=user_id, now=now
        )
        held = [
            await _of_verdict(session, groups[chat_id], *best[chat_id], now=now) for chat_id in best
        ]
    held += [
        _of_others(groups[chat_id], newest, now=now)
        for chat_id, newest in _newest(others, besides=best.keys(), now=now).items()
    ]
    return held[:MOST_GROUPS]


async def held_by(ports: BotPorts, update_id: int, user_id: int) -> Held | None:
    """The same of one outcome; None where it holds against them no more, or never did."""
    now = ports.clock()
    async with ports.database.transaction() as session:
        outcome = await find_outcome_of_update(session, bot_id=ports.bot_id, update_id=update_id)
        if outcome is None or outcome.sender_id != user_id:
            return None
        group = await session.get(Group, (outcome.bot_id, outcome.chat_id))
        taken = await stored_actions.actions_of(session, [outcome.trace_id])
        holds = grievance(outcome, taken[outcome.trace_id], now=now)
        if group is None or group.left_at is not None or holds is None:
            return None
        return await _of_verdict(session, group, outcome, holds, now=now)


async def _of_verdict(
    session: AsyncSession, group: Group, outcome: Outcome, holds: Grievance, *, now: datetime
) -> Held:
    key = (outcome.bot_id, outcome.update_id)
    before = (await appeals.appeals_of(session, [key])).get(key, [])
    last = await appeals.opened_last(
        session, bot_id=outcome.bot_id, user_id=outcome.sender_id, chat_id=outcome.chat_id
    )
    free_from = None if last is None or last + BETWEEN <= now else last + BETWEEN
    return Held(group, holds, f"appeal.why.{why(outcome)}", outcome, before, free_from)


def _newest(
    taken: Sequence[Action], *, besides: Collection[int], now: datetime
) -> dict[int, Action]:
    found: dict[int, Action] = {}
    for one in taken:
        if one.chat_id not in besides and stands(one, now):
            found.setdefault(one.chat_id, one)
    return found


def _of_others(group: Group, action: Action, *, now: datetime) -> Held:
    kind, _, _ = action.requested_by.partition(":")
    reason = {"user": "admin", "operator": "admin", SHARED_BY: "shared"}.get(kind, "gate")
    return Held(group, Grievance(action.kind, action.until_date), f"appeal.why.{reason}")


def shown(held: Sequence[Held], language: str) -> tuple[Html, Keyboard]:
    """All of it, with a button for each that may be appealed."""
    if not held:
        return say(language, "appeal.none"), ()
    rows = Html("\n\n".join(_row(one, language) for one in held))
    buttons = [
        [
            Button(
                one.group.title[:64] or str(one.group.chat_id),
                data=f"appeal:{one.outcome.update_id}",
            )
        ]
        for one in held
        if one.may_be_appealed and one.outcome is not None
    ]
    return say(language, "appeal.list" if buttons else "appeal.list_closed", rows=rows), buttons


def _row(one: Held, language: str) -> Html:
    sentences = [say(language, one.reason)]
    if (standing := why_not(one, language)) is not None:
        sentences.append(standing)
    return say(
        language,
        "appeal.row",
        group=one.group.title,
        what=what(one.grievance, language),
        why=Html(" ".join(sentences)),
    )


def why_not(one: Held, language: str) -> Html | None:
    """Why it may not be appealed now; None where it may, or no verdict did it."""
    if one.outcome is None:
        return None
    if one.is_open:
        return say(language, "appeal.waits")
    if one.is_final:
        return say(language, "appeal.final")
    if one.free_from is not None:
        return say(language, "appeal.later", date=written(one.free_from))
    return None


def what(held: Grievance, language: str) -> Html:
    """ "you are banned until 3 Dec 14:00 UTC"."""
    until = Html()
    if held.until is not None and held.kind in ("ban", "mute"):
        until = say(language, "until", date=written(held.until))
    return say(language, f"appeal.what.{held.kind}", until=until)


def written(date: datetime) -> str:
    """ "3 Dec 14:00", by UTC."""
    return f"{date:%-d %b %H:%M}"


def then(kind: str, language: str) -> Html:
    """What the end of it means for its person."""
    if kind in ("ban", "kick"):
        return say(language, "appeal.then.outside")
    if kind in ("mute", "challenge"):
        return say(language, "appeal.then.writes")
    return say(language, "appeal.then.deleted")

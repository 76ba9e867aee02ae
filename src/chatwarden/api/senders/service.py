"""Senders as the API shows them, and what is asked for about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden import actions
from chatwarden.api.access import Caller
from chatwarden.api.outcomes.cursors import read_cursor, write_cursor
from chatwarden.api.outcomes.service import describe_action
from chatwarden.api.senders.cursors import read_start, write_start
from chatwarden.api.senders.schemas import (
    Allowance,
    SenderDetail,
    SenderFilter,
    SenderPage,
    SenderRow,
    Strike,
    Trust,
    TrustLevel,
)
from chatwarden.errors import AllowListFull
from chatwarden.outcomes.senders import (
    ban_of_sender,
    in_force,
    kind_of,
    undo_of_sender,
    waiting,
)
from chatwarden.outcomes.texts import open_texts
from chatwarden.storage import models
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import allowed, team
from chatwarden.storage.repositories import senders as repository
from chatwarden.storage.repositories.senders import SenderStart

TRUSTED_WROTE = 20
TRUSTED_FOR_DAYS = 7
"""Messages, and days. Source: `Context::is_trusted` in `crates/engine/src/context.rs`; a test compares them."""
_ID = re.compile(r"-?[0-9]{1,16}")
_LOOKED_THROUGH = 2_000
"""Senders whose sealed names one page of a search opens, at most."""


@dataclass(frozen=True, slots=True)
class Change:
    """What follows from what was stored, after the commit."""

    action: actions.Action | None = None
    groups: Sequence[int] = ()
    """Chats that are judged otherwise from now on."""


async def list_senders(
    session: AsyncSession,
    group: Group,
    *,
    keyring: Keyring,
    limit: int,
    cursor: str | None,
    show: SenderFilter,
    search: str,
) -> SenderPage:
    """A page. Raises RequestInvalid for a cursor that is none."""
    if _ID.fullmatch(search):
        rows = await _rows(session, group, [int(search)], keyring=keyring)
        return SenderPage(items=[one for one in rows if _is_shown(one, show)], next_cursor=None)
    if search:
        ids, following = await _search(
            session, group, search.casefold(), keyring, limit=limit, cursor=cursor, show=show
        )
    else:
        ids, following = await _page(session, group, limit=limit, cursor=cursor, show=show)
    return SenderPage(
        items=await _rows(session, group, ids, keyring=keyring), next_cursor=following
    )


async def _page(
    session: AsyncSession, group: Group, *, limit: int, cursor: str | None, show: SenderFilter
) -> tuple[list[int], str | None]:
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    if show in ("all", "untrusted"):
        judged = await repository.list_judged(
            session,
            **key,
            limit=limit + 1,
            before=None if cursor is None else read_cursor(cursor),
            only_untrusted=show == "untrusted",
        )
        following = write_cursor(judged[limit - 1]) if len(judged) > limit else None
        return [row.sender_id for row in judged[:limit]], following
    before = None if cursor is None else SenderStart(*read_start(cursor))
    if show == "allowed":
        found = await repository.list_allowed(session, **key, limit=limit + 1, before=before)
        dated = [(row.sender_id, row.allowed_at) for row in found]
    else:
        now = datetime.now(UTC)
        dated = list(
            await repository.list_punished(session, **key, now=now, limit=limit + 1, before=before)
        )
    following = None
    if len(dated) > limit:
        sender_id, date = dated[limit - 1]
        following = write_start(date, sender_id)
    return [sender_id for sender_id, _ in dated[:limit]], following


async def _search(
    session: AsyncSession,
    group: Group,
    wanted: str,
    keyring: Keyring,
    *,
    limit: int,
    cursor: str | None,
    show: SenderFilter,
) -> tuple[list[int], str | None]:
    """Names are sealed, so they are opened one by one, up to a bound; the cursor goes on from there."""
    found: list[int] = []
    looked = 0
    while len(found) < limit and looked < _LOOKED_THROUGH:
        ids, following = await _page(session, group, limit=limit, cursor=cursor, show=show)
        newest = await repository.newest_outcomes(
            session, bot_id=group.bot_id, chat_id=group.chat_id, sender_ids=ids
        )
        for sender_id in ids:
            row = newest.get(sender_id)
            name = None if row is None else (await open_texts(row, keyring))[0].sender_name
            if name is not None and wanted in name.casefold():
                found.append(sender_id)
        looked += len(ids)
        cursor = following
        if cursor is None:
            break
    return found, cursor


def _is_shown(row: SenderRow, show: SenderFilter) -> bool:
    is_known = row.outcomes > 0 or row.is_allowed or bool(row.in_force)
    return {
        "all": is_known,
        "allowed": row.is_allowed,
        "punished": bool(row.in_force),
        "untrusted": row.trust is not None and row.trust.level == "newcomer",
    }[show]


async def _rows(
    session: AsyncSession, group: Group, ids: Sequence[int], *, keyring: Keyring
) -> list[SenderRow]:
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    newest = await repository.newest_outcomes(session, **key, sender_ids=ids)
    numbers = await repository.count_outcomes(session, **key, sender_ids=ids)
    allowances = await repository.allowances_of(session, **key, sender_ids=ids)
    taken = await repository.actions_on(session, **key, sender_ids=ids)
    now = datetime.now(UTC)
    return [
        SenderRow(
            kind=kind_of(sender_id),
            id=sender_id,
            name=await _name(newest.get(sender_id), keyring),
            outcomes=numbers.get(sender_id, 0),
            last_judged_at=None if sender_id not in newest else newest[sender_id].date,
            trust=_trust(newest.get(sender_id)),
            is_allowed=bool(allowances[sender_id]),
            in_force=list(dict.fromkeys(one.kind for one in in_force(taken[sender_id], now=now))),
        )
        for sender_id in ids
    ]


async def _name(row: models.Outcome | None, keyring: Keyring) -> str | None:
    return None if row is None else (await open_texts(row, keyring))[0].sender_name


def _trust(row: models.Outcome | None) -> Trust | None:
    known = {} if row is None else row.verdict.get("context") or {}
    if "messages_here" not in known:
        return None
    messages, days = known["messages_here"], known["days_here"]
    level: TrustLevel = "known"
    if messages < repository.NEWCOMERS_WRITE_LESS:
        level = "newcomer"
    elif messages >= TRUSTED_WROTE and days >= TRUSTED_FOR_DAYS:
        level = "trusted"
    return Trust(level=level, messages_here=messages, days_here=days)


async def get_sender(
    session: AsyncSession, group: Group, caller: Caller, sender_id: int, *, keyring: Keyring
) -> SenderDetail:
    """What is known of one; nothing at all is an answer too."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    now = datetime.now(UTC)
    (row,) = await _rows(session, group, [sender_id], keyring=keyring)
    allowances = (await repository.allowances_of(session, **key, sender_ids=[sender_id]))[sender_id]
    taken = (await repository.actions_on(session, **key, sender_ids=[sender_id]))[sender_id]
    strikes = await repository.strikes_of(session, **key, sender_id=sender_id, now=now)
    held, to_do = in_force(taken, now=now), waiting(taken)
    undos = [one for one in taken if one.kind == "undo"]
    here = [one for one in allowances if one.chat_id == group.chat_id]
    names = await team.names_of(
        session,
        caller.scope.at_least("viewer"),
        {one.given_by for one in strikes} | {one.allowed_by for one in here},
        keyring=keyring,
    )
    allowance = None
    if allowances:
        by = here[0].allowed_by if here else None
        allowance = Allowance(
            is_here=bool(here),
            allowed_by=by,
            name=None if by is None else names.get(by),
            allowed_at=here[0].allowed_at if here else None,
        )
    return SenderDetail(
        **row.model_dump(),
        allowance=allowance,
        strikes=[
            Strike(
                given_by=one.given_by,
                name=names.get(one.given_by),
                given_at=one.given_at,
                expires_at=one.expires_at,
            )
            for one in strikes
        ],
        actions_in_force=[describe_action(one) for one in held],
        waiting=[describe_action(one) for one in to_do],
        last_undo=describe_action(undos[-1]) if undos else None,
        is_undoable=bool(held or to_do) and not any(one.state == "pending" for one in undos),
    )


async def allow(session: AsyncSession, group: Group, caller: Caller, sender_id: int) -> Change:
    """Put a sender on the group's allow list, as the bot's /allow does. Raises AllowListFull."""
    now = datetime.now(UTC)
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    is_news = await allowed.allow(
        session,
        **key,
        sender_kind=kind_of(sender_id),
        sender_id=sender_id,
        by=caller.subject,
        now=now,
    )
    if is_news is None:
        raise AllowListFull
    if not is_news:
        return Change()
    await _note(session, group, caller, "sender_allowed", sender_id)
    taken = (await repository.actions_on(session, **key, sender_ids=[sender_id]))[sender_id]
    undo = None
    if in_force(taken, now=now) or waiting(taken):
        undo = undo_of_sender(
            taken, **key, sender_id=sender_id, requested_by=caller.subject, now=now
        )
    return Change(undo, await allowed.chats_sharing(session, **key))


async def disallow(session: AsyncSession, group: Group, caller: Caller, sender_id: int) -> Change:
    """Take a sender off the group's own allow list; who does not stand there stays so."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    if not await allowed.disallow(session, **key, sender_id=sender_id):
        return Change()
    await _note(session, group, caller, "sender_allowed_no_more", sender_id)
    return Change(groups=await allowed.chats_sharing(session, **key))


async def undo(session: AsyncSession, group: Group, caller: Caller, sender_id: int) -> Change:
    """Free a sender from all that holds here. Raises UndoImpossible."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    taken = (await repository.actions_on(session, **key, sender_ids=[sender_id]))[sender_id]
    action = undo_of_sender(
        taken,
        **key,
        sender_id=sender_id,
        requested_by=caller.subject,
        now=datetime.now(UTC),
    )
    if action is not None:
        await _note(session, group, caller, "sender_undone", sender_id)
    return Change(action)


async def ban(
    session: AsyncSession, group: Group, caller: Caller, sender_id: int, *, days: int | None
) -> Change:
    """Ban a sender, for so many days or without an end."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    now = datetime.now(UTC)
    taken = (await repository.actions_on(session, **key, sender_ids=[sender_id]))[sender_id]
    action = ban_of_sender(
        taken,
        **key,
        sender_id=sender_id,
        until=None if days is None else now + timedelta(days=days),
        requested_by=caller.subject,
        now=now,
    )
    if action is not None:
        await _note(session, group, caller, "sender_banned", sender_id)
    return Change(action)


async def _note(
    session: AsyncSession,
    group: Group,
    caller: Caller,
    kind: models.AuditKind,
    sender_id: int,
) -> None:
    target = f"{kind_of(sender_id)}:{sender_id}"
    await caller.note(session, kind, group=(group.bot_id, group.chat_id), target=target)

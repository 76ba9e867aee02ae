"""Queries about the cards that admins were sent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.storage.models import (
    Card,
    Feedback,
    FeedbackLabel,
    Outcome,
    OutcomeState,
    Report,
)
from chatwarden.storage.repositories.insert import insert_into


async def cards_of(session: AsyncSession, *, bot_id: int, update_id: int) -> Sequence[Card]:
    """Of an outcome, in every chat that has one."""
    query = select(Card).where(Card.bot_id == bot_id, Card.update_id == update_id)
    return (await session.scalars(query.order_by(Card.to_chat_id))).all()


async def sent_since(
    session: AsyncSession, *, bot_id: int, to_chat_id: int, since: datetime
) -> list[Card]:
    """Those of one chat, the oldest first."""
    query = select(Card).where(
        Card.bot_id == bot_id, Card.to_chat_id == to_chat_id, Card.sent_at > since
    )
    return list(await session.scalars(query.order_by(Card.sent_at, Card.update_id)))


async def without_card(
    session: AsyncSession,
    *,
    bot_id: int,
    states: Collection[OutcomeState],
    since: datetime,
    limit: int,
) -> Sequence[int]:
    """Updates whose outcome is in one of these states and was told to nobody, the newest first."""
    told = select(Card.update_id).where(
        Card.bot_id == Outcome.bot_id, Card.update_id == Outcome.update_id
    )
    query = (
        select(Outcome.update_id)
        .where(
            Outcome.bot_id == bot_id,
            Outcome.state.in_(states),
            Outcome.date > since,
            ~told.exists(),
        )
        .order_by(Outcome.date.desc(), Outcome.update_id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def keep(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Write down a card that was sent; what was only counted before is one now."""
    key = {"bot_id", "update_id", "to_chat_id"}
    statement = insert_into(session, Card)
    changed = {name: statement.excluded[name] for name in row.keys() - key}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=sorted(key), set_=changed, where=Card.in_digest.is_(True)
        ),
        [dict(row)],
    )


async def note_shown(session: AsyncSession, card: Card, *, shown: bytes) -> None:
    await session.execute(
        update(Card)
        .where(
            Card.bot_id == card.bot_id,
            Card.update_id == card.update_id,
            Card.to_chat_id == card.to_chat_id,
        )
        .values(shown=shown)
    )


async def last_word(
    session: AsyncSession, outcome: Outcome
) -> tuple[FeedbackLabel | None, str | None]:
    """What an admin said last of an outcome, and who; None where nobody did."""
    query = (
        select(Feedback.label, Feedback.given_by)
        .where(
            Feedback.bot_id == outcome.bot_id,
            Feedback.update_id == outcome.update_id,
            Feedback.taken_back_at.is_(None),
            Feedback.source == "admin",
        )
        .order_by(Feedback.given_at.desc(), Feedback.id.desc())
        .limit(1)
    )
    found = (await session.execute(query)).first()
    return (None, None) if found is None else (found.label, found.given_by)


async def reports_of(session: AsyncSession, outcome: Outcome) -> int:
    """How many members reported the message of an outcome."""
    if outcome.message_id is None:
        return 0
    query = select(func.count()).where(
        Report.bot_id == outcome.bot_id,
        Report.chat_id == outcome.chat_id,
        Report.message_id == outcome.message_id,
    )
    return await session.scalar(query) or 0

"""Queries about feedback and what was learned from it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from chatwarden.storage.models import (
    Feedback,
    FeedbackLabel,
    FeedbackSource,
    Group,
    Learned,
    Outcome,
    Workspace,
)
from chatwarden.storage.repositories.daily import admin_labels, recount
from chatwarden.storage.repositories.insert import insert_into
from chatwarden.storage.repositories.keys import is_one_of

FULL_WEIGHT = 1000
_OF_SOURCE: dict[FeedbackSource, int] = {"admin": FULL_WEIGHT, "native_ban": 300, "report": 100}
_MOST_REPORTS = 3
"""Of one message that count: accounts are cheap."""
_BENEFIT_OF_DOUBT = 4
"""Taps that nobody has contradicted which everyone has to begin with."""


@dataclass(frozen=True, slots=True)
class Tap:
    """Feedback that counts now, weighed."""

    id: int
    update_id: int
    features: bytes
    vector: bytes | None
    """Sealed."""
    is_spam: bool
    weight: int
    """Of FULL_WEIGHT."""
    given_at: datetime


async def give_feedback(session: AsyncSession, given: Feedback) -> bool:
    """Say it, instead of what the same person said of the same message before. False where they had said just that."""
    former = await session.scalar(
        select(Feedback.label).where(_counts_of(given.bot_id, given.update_id, given.given_by))
    )
    if former == given.label:
        return False
    await take_back(
        session,
        bot_id=given.bot_id,
        update_id=given.update_id,
        given_by=given.given_by,
        now=given.given_at,
    )
    session.add(given)
    await session.flush()
    await recount(session, [(given.bot_id, given.update_id)])
    return True


async def take_back(
    session: AsyncSession, *, bot_id: int, update_id: int, given_by: str, now: datetime
) -> bool:
    """What a person said of a message counts no more. False where they had said nothing."""
    taken = await session.scalars(
        update(Feedback)
        .where(_counts_of(bot_id, update_id, given_by))
        .values(taken_back_at=now)
        .returning(Feedback.id)
        .execution_options(synchronize_session=False)
    )
    was_said = bool(taken.all())
    if was_said:
        await recount(session, [(bot_id, update_id)])
    return was_said


async def take_back_all(session: AsyncSession, *, chat_id: int, now: datetime) -> int:
    """What was ever said in a group counts no more. How much that was."""
    taken = await session.execute(
        update(Feedback)
        .where(Feedback.chat_id == chat_id, Feedback.taken_back_at.is_(None))
        .values(taken_back_at=now)
        .returning(Feedback.bot_id, Feedback.update_id)
        .execution_options(synchronize_session=False)
    )
    about = [(row.bot_id, row.update_id) for row in taken]
    await recount(session, about)
    return len(about)


async def labels_of(
    session: AsyncSession, outcomes: Collection[Outcome]
) -> dict[tuple[int, int], FeedbackLabel]:
    """What an admin said last of each message, where any did, by bot and update."""
    return await admin_labels(session, [(one.bot_id, one.update_id) for one in outcomes])


async def labels_since(
    session: AsyncSession, *, bot_id: int, chat_id: int, since: datetime
) -> dict[int, FeedbackLabel]:
    """What an admin said last of each of a group's messages written since then, by update."""
    query = (
        select(Feedback.update_id, Feedback.label)
        .where(
            Feedback.bot_id == bot_id,
            Feedback.chat_id == chat_id,
            # Nobody says something of a message before it was written.
            Feedback.given_at >= since,
            Feedback.message_date >= since,
            Feedback.taken_back_at.is_(None),
            Feedback.source == "admin",
        )
        .order_by(Feedback.given_at, Feedback.id)
    )
    return {row.update_id: row.label for row in await session.execute(query)}


async def said_by(
    session: AsyncSession, outcomes: Collection[Outcome], *, given_by: str
) -> set[int]:
    """Of these messages the updates of those of which a person said something, even where it was taken back."""
    query = select(Feedback.update_id).where(_is_about(outcomes), Feedback.given_by == given_by)
    return set(await session.scalars(query))


async def taps_of_group(
    session: AsyncSession, *, bot_id: int, chat_id: int, limit: int
) -> list[Tap]:
    """The newest feedback that counts and can be learned from; reports after all else."""
    query = (
        select(
            Feedback.id,
            Feedback.update_id,
            Feedback.features,
            Feedback.vector,
            Feedback.label,
            Feedback.source,
            Feedback.given_by,
            Feedback.given_at,
        )
        .where(
            Feedback.bot_id == bot_id,
            Feedback.chat_id == chat_id,
            Feedback.taken_back_at.is_(None),
            Feedback.features.is_not(None),
        )
        .order_by(Feedback.source == "report", Feedback.given_at.desc(), Feedback.id.desc())
        .limit(limit)
    )
    rows = _without_floods((await session.execute(query)).all())
    trust = await trust_in(session, bot_id=bot_id, chat_ids=[chat_id])
    return [
        Tap(
            id=row.id,
            update_id=row.update_id,
            features=row.features,
            vector=row.vector,
            is_spam=row.label == "spam",
            weight=weight_of_source(row.source) * trust[row.given_by] // FULL_WEIGHT,
            given_at=row.given_at,
        )
        for row in rows
    ]


def _without_floods(rows: Sequence[Any]) -> list[Any]:
    """Of the reports on one message, the newest few."""
    reports: Counter[int] = Counter()
    kept = []
    for row in rows:
        reports[row.update_id] += row.source == "report"
        if row.source != "report" or reports[row.update_id] <= _MOST_REPORTS:
            kept.append(row)
    return kept


def weight_of_source(source: FeedbackSource) -> int:
    """How much feedback counts by where it comes from, of FULL_WEIGHT."""
    return _OF_SOURCE[source]


def trust_of(given: int, contradicted: int) -> int:
    """How much a person's feedback counts, of FULL_WEIGHT: by the share that nobody contradicted, with the benefit of the doubt."""
    agreed = given - contradicted + _BENEFIT_OF_DOUBT
    return FULL_WEIGHT * agreed // (given + _BENEFIT_OF_DOUBT)


async def trust_in(
    session: AsyncSession, *, bot_id: int, chat_ids: Collection[int]
) -> dict[str, int]:
    """Of everyone whose word counts in these groups, by all they said there. What somebody else says the opposite of, afterwards, is contradicted."""
    later = aliased(Feedback)
    opposite = (
        select(later.id)
        .where(
            later.bot_id == Feedback.bot_id,
            later.update_id == Feedback.update_id,
            later.given_by != Feedback.given_by,
            later.label != Feedback.label,
            later.source == "admin",
            later.taken_back_at.is_(None),
            or_(
                later.given_at > Feedback.given_at,
                and_(later.given_at == Feedback.given_at, later.id > Feedback.id),
            ),
        )
        .exists()
    )
    query = (
        select(Feedback.given_by, func.count(), func.sum(case((opposite, 1), else_=0)))
        .where(
            Feedback.bot_id == bot_id,
            Feedback.chat_id.in_(chat_ids),
            Feedback.taken_back_at.is_(None),
        )
        .group_by(Feedback.given_by)
    )
    return {
        person: trust_of(given, int(contradicted))
        for person, given, contradicted in await session.execute(query)
    }


async def changed_since(
    session: AsyncSession, *, bot_id: int, chat_id: int, since: datetime | None
) -> Sequence[Feedback]:
    """Feedback with a sketch that was given or taken back from `since` on; all of it for None.

    A report makes nothing known: it only moves words.
    """
    query = select(Feedback).where(
        Feedback.bot_id == bot_id,
        Feedback.chat_id == chat_id,
        Feedback.sketch.is_not(None),
        Feedback.source != "report",
    )
    if since is not None:
        query = query.where(or_(Feedback.given_at >= since, Feedback.taken_back_at >= since))
    return (await session.scalars(query.order_by(Feedback.id))).all()


@dataclass(frozen=True, slots=True)
class GroupFeedback:
    """What was said in a group and counts, and what became of it."""

    chat_id: int
    title: str
    spam: int
    ham: int
    people: int
    workspace_id: int | None
    version: int | None
    """Of what was learned; None where nothing was yet."""


async def feedback_by_group(session: AsyncSession) -> list[GroupFeedback]:
    """Every group, by title."""
    counts = and_(
        Feedback.bot_id == Group.bot_id,
        Feedback.chat_id == Group.chat_id,
        Feedback.taken_back_at.is_(None),
    )
    learned = and_(Learned.bot_id == Group.bot_id, Learned.chat_id == Group.chat_id)
    of_label = [
        func.coalesce(func.sum(case((Feedback.label == label, 1), else_=0)), 0)
        for label in ("spam", "ham")
    ]
    key = (Group.chat_id, Group.title)
    rest = (Group.workspace_id, Learned.version)
    query = (
        select(*key, *of_label, func.count(Feedback.given_by.distinct()), *rest)
        .outerjoin(Feedback, counts)
        .outerjoin(Learned, learned)
        .group_by(Group.bot_id, *key, *rest)
        .order_by(Group.title, Group.chat_id)
    )
    return [GroupFeedback(*row) for row in await session.execute(query)]


async def known_pictures(
    session: AsyncSession, *, bot_id: int, chat_id: int | None = None
) -> dict[int, list[Feedback]]:
    """By group, what admins said of pictures, and what counts still. Whoever is banned may have been for something else."""
    query = select(Feedback).where(
        Feedback.bot_id == bot_id,
        Feedback.picture.is_not(None),
        Feedback.source == "admin",
        Feedback.taken_back_at.is_(None),
    )
    if chat_id is not None:
        query = query.where(Feedback.chat_id == chat_id)
    found: dict[int, list[Feedback]] = defaultdict(list)
    for row in await session.scalars(query.order_by(Feedback.id)):
        found[row.chat_id].append(row)
    return found


async def groups_to_learn(session: AsyncSession, *, bot_id: int, model: int) -> Sequence[int]:
    """Groups whose feedback changed after they last learned, or that learned over another model than this one."""
    query = (
        select(Feedback.chat_id)
        .outerjoin(
            Learned, and_(Learned.bot_id == Feedback.bot_id, Learned.chat_id == Feedback.chat_id)
        )
        .where(Feedback.bot_id == bot_id)
        .group_by(Feedback.chat_id, Learned.learned_at, Learned.model)
        .having(
            or_(
                Learned.learned_at.is_(None),
                func.max(changed_at()) >= Learned.learned_at,
                Learned.model != model,
            )
        )
    )
    return (await session.scalars(query)).all()


async def learned_of_bot(session: AsyncSession, *, bot_id: int, model: int) -> Sequence[Learned]:
    """What each group has learned over this model."""
    query = select(Learned).where(Learned.bot_id == bot_id, Learned.model == model)
    return (await session.scalars(query)).all()


async def find_learned(session: AsyncSession, *, bot_id: int, chat_id: int) -> Learned | None:
    return await session.get(Learned, (bot_id, chat_id))


class LearnedState(NamedTuple):
    """By this is told whether what a group judges by is still the same."""

    version: int | None
    """Of what the group learned itself; None where that is nothing."""
    workspace_id: int | None
    shared_at: datetime | None
    """When the workspace last came to what it shares."""


async def learned_state(session: AsyncSession, *, bot_id: int, chat_id: int) -> LearnedState:
    query = (
        select(Learned.version, Workspace.id, Workspace.shared_at)
        .select_from(Group)
        .outerjoin(Learned, and_(Learned.bot_id == Group.bot_id, Learned.chat_id == Group.chat_id))
        .outerjoin(Workspace, Workspace.id == Group.workspace_id)
        .where(Group.bot_id == bot_id, Group.chat_id == chat_id)
    )
    row = (await session.execute(query)).one_or_none()
    return LearnedState(None, None, None) if row is None else LearnedState._make(row)


class JudgedMeaning(NamedTuple):
    """What an admin said of a message whose vector is kept."""

    id: int
    vector: bytes
    """Sealed."""
    is_spam: bool
    message_date: datetime


async def judged_meanings(
    session: AsyncSession, *, bot_id: int, chat_id: int, limit: int
) -> list[JudgedMeaning]:
    """The newest that counts. Whoever is banned may have been for something else, and reports only move words."""
    query = (
        select(Feedback.id, Feedback.vector, Feedback.label == "spam", Feedback.message_date)
        .where(
            Feedback.bot_id == bot_id,
            Feedback.chat_id == chat_id,
            Feedback.vector.is_not(None),
            Feedback.source == "admin",
            Feedback.taken_back_at.is_(None),
        )
        .order_by(Feedback.given_at.desc(), Feedback.id.desc())
        .limit(limit)
    )
    return [JudgedMeaning._make(row) for row in await session.execute(query)]


async def outcomes_with_texts(
    session: AsyncSession, *, bot_id: int, update_ids: Collection[int], limit: int
) -> Sequence[Outcome]:
    """Of these updates, the newest whose texts are kept still."""
    query = (
        select(Outcome)
        .where(
            Outcome.bot_id == bot_id,
            Outcome.update_id.in_(update_ids),
            Outcome.sealed.is_not(None),
        )
        .order_by(Outcome.update_id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def keep_vectors(session: AsyncSession, sealed: Mapping[int, bytes]) -> None:
    """What messages mean, by the feedback on them."""
    for id_, vector in sealed.items():
        await session.execute(update(Feedback).where(Feedback.id == id_).values(vector=vector))


async def store_learned(
    session: AsyncSession,
    *,
    bot_id: int,
    chat_id: int,
    delta: bytes,
    head: bytes | None,
    model: int,
    shared: int | None,
    taps: int,
    now: datetime,
) -> int:
    """Put it in place of what the group had learned before. The new version's number."""
    values = {
        "delta": delta,
        "head": head,
        "model": model,
        "shared": shared,
        "taps": taps,
        "learned_at": now,
    }
    statement = insert_into(session, Learned).values(
        bot_id=bot_id, chat_id=chat_id, version=1, **values
    )
    version: int | None = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=["bot_id", "chat_id"],
            set_=values | {"version": Learned.version + 1},
        ).returning(Learned.version)
    )
    assert version is not None
    return version


async def outcomes_of_sender(
    session: AsyncSession, *, bot_id: int, chat_id: int, sender_id: int, since: datetime
) -> Sequence[Outcome]:
    """A sender's outcomes in a group from a date on."""
    query = select(Outcome).where(
        Outcome.bot_id == bot_id,
        Outcome.chat_id == chat_id,
        Outcome.date >= since,
        Outcome.sender_id == sender_id,
    )
    return (await session.scalars(query.order_by(Outcome.date))).all()


def changed_at() -> ColumnElement[datetime]:
    """When feedback was given, or taken back."""
    return case(
        (Feedback.taken_back_at > Feedback.given_at, Feedback.taken_back_at),
        else_=Feedback.given_at,
    )


def _is_about(outcomes: Collection[Outcome]) -> ColumnElement[bool]:
    keys = [(outcome.bot_id, outcome.update_id) for outcome in outcomes]
    return is_one_of((Feedback.bot_id, Feedback.update_id), keys)


def _counts_of(bot_id: int, update_id: int, given_by: str) -> ColumnElement[bool]:
    return and_(
        Feedback.bot_id == bot_id,
        Feedback.update_id == update_id,
        Feedback.given_by == given_by,
        Feedback.taken_back_at.is_(None),
    )

"""What is held about a person, table by table.

Every column that names a person stands in one of these lists; a test holds them against the models. docs/privacy.md says the same in words.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chatwarden.storage.models import (
    Action,
    AllowedSender,
    ApiKey,
    Appeal,
    AuditEvent,
    Card,
    Challenge,
    Correspondent,
    Enrichment,
    Feedback,
    Group,
    Invitation,
    Model,
    Notice,
    Outcome,
    PolicyVersion,
    RaidRecord,
    Report,
    Session,
    SharedBan,
    SignInLink,
    Strike,
    TeamMember,
    Webhook,
    Workspace,
)

Column = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
Subject = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]

UNNAMED: tuple[tuple[type[Model], Column], ...] = (
    (Outcome, Outcome.sender_id),
    (Action, Action.sender_id),
    (SharedBan, SharedBan.sender_id),
    (Strike, Strike.sender_id),
    (Group, Group.added_by),
)
"""Rows that stay, under a pseudonym: a sanction must be explained, and end, whoever it met."""

UNNAMED_SUBJECTS: tuple[tuple[type[Model], Subject], ...] = (
    (Action, Action.requested_by),
    (AllowedSender, AllowedSender.allowed_by),
    (AuditEvent, AuditEvent.subject),
    (AuditEvent, AuditEvent.target),
    (Feedback, Feedback.given_by),
    (Invitation, Invitation.made_by),
    (PolicyVersion, PolicyVersion.made_by),
    (RaidRecord, RaidRecord.started_by),
    (RaidRecord, RaidRecord.ended_by),
    (Strike, Strike.given_by),
    (TeamMember, TeamMember.invited_by),
    (Webhook, Webhook.made_by),
)
"""Who did something, as "user:<id>": that it was one and the same stays, who it was does not."""

DELETED: tuple[tuple[type[Model], Column], ...] = (
    (AllowedSender, AllowedSender.sender_id),
    (Appeal, Appeal.user_id),
    (Card, Card.to_chat_id),
    (Challenge, Challenge.user_id),
    (Correspondent, Correspondent.user_id),
    (Enrichment, Enrichment.sender_id),
    (Notice, Notice.user_id),
    (Report, Report.reporter_id),
    (TeamMember, TeamMember.user_id),
)

DELETED_SUBJECTS: tuple[tuple[type[Model], Subject], ...] = (
    (ApiKey, ApiKey.subject),
    (Session, Session.subject),
    (SignInLink, SignInLink.subject),
)
"""What lets somebody in goes with them."""

KEPT: tuple[tuple[type[Model], Column], ...] = (
    (Workspace, Workspace.owner_id),
    (Group, Group.card_chat_id),
)
"""Of whoever owns groups, or has their cards sent to themselves, until that is handed over."""


def subject_of(person: int) -> str:
    return f"user:{person}"


@dataclass(frozen=True, slots=True)
class Holdings:
    """How much is held about a person."""

    outcomes: int
    newest_outcome: datetime | None
    actions: int
    strikes: int
    challenges: int
    allowed_in: int
    feedback: int
    reports: int
    appeals: int
    did: int
    """Entries of audit logs and policies' histories that name them."""
    roles: int
    """Groups in which they have a role here."""
    sign_ins: int
    """Sessions and API keys."""


async def holdings_of(session: AsyncSession, person: int) -> Holdings:
    """Count it. Pseudonyms are not looked for: they tell of nobody."""
    subject = subject_of(person)

    async def rows(model: type[Model], mine: ColumnElement[bool]) -> int:
        return await session.scalar(select(func.count()).select_from(model).where(mine)) or 0

    return Holdings(
        outcomes=await rows(Outcome, Outcome.sender_id == person),
        newest_outcome=await session.scalar(
            select(func.max(Outcome.date)).where(Outcome.sender_id == person)
        ),
        actions=await rows(Action, Action.sender_id == person),
        strikes=await rows(Strike, Strike.sender_id == person),
        challenges=await rows(Challenge, Challenge.user_id == person),
        allowed_in=await rows(AllowedSender, AllowedSender.sender_id == person),
        feedback=await rows(Feedback, Feedback.given_by == subject),
        reports=await rows(Report, Report.reporter_id == person),
        appeals=await rows(Appeal, Appeal.user_id == person),
        did=await rows(AuditEvent, AuditEvent.subject == subject)
        + await rows(PolicyVersion, PolicyVersion.made_by == subject),
        roles=await rows(TeamMember, TeamMember.user_id == person),
        sign_ins=await rows(Session, Session.subject == subject)
        + await rows(ApiKey, ApiKey.subject == subject),
    )

"""All tables. Importing this registers every one of them for Alembic."""

from chatwarden.storage.models.action import Action
from chatwarden.storage.models.api_key import ApiKey
from chatwarden.storage.models.appeal import Appeal, AppealState, Notice
from chatwarden.storage.models.audit import AuditEvent, AuditKind
from chatwarden.storage.models.base import Model
from chatwarden.storage.models.bot import Card, Correspondent, Interaction, Report, Strike
from chatwarden.storage.models.daily import DailyCount
from chatwarden.storage.models.data_key import DataKey
from chatwarden.storage.models.enrichment import Enrichment
from chatwarden.storage.models.feedback import Feedback, FeedbackLabel, FeedbackSource, Learned
from chatwarden.storage.models.flow import (
    ContextRecord,
    DeadLetter,
    DeadLetterKind,
    HourlyCount,
    PollOffset,
    RecordedBatch,
)
from chatwarden.storage.models.group import Group, GroupMode
from chatwarden.storage.models.guarding import (
    AllowedSender,
    Challenge,
    ChallengeCause,
    ChallengeState,
    RaidRecord,
    SharedBan,
)
from chatwarden.storage.models.idempotency import IdempotencyKey
from chatwarden.storage.models.imported import Imported
from chatwarden.storage.models.outcome import (
    UNDOABLE,
    Outcome,
    OutcomeResult,
    OutcomeState,
)
from chatwarden.storage.models.policy import PolicyVersion, TrustedScore
from chatwarden.storage.models.session import Session, SignInLink, SignInProof
from chatwarden.storage.models.team import ROLES, Invitation, Role, TeamMember, TeamSource
from chatwarden.storage.models.webhook import (
    DeliveryState,
    OffBecause,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)
from chatwarden.storage.models.workspace import Workspace

__all__ = [
    "ROLES",
    "UNDOABLE",
    "Action",
    "AllowedSender",
    "ApiKey",
    "Appeal",
    "AppealState",
    "AuditEvent",
    "AuditKind",
    "Card",
    "Challenge",
    "ChallengeCause",
    "ChallengeState",
    "ContextRecord",
    "Correspondent",
    "DailyCount",
    "DataKey",
    "DeadLetter",
    "DeadLetterKind",
    "DeliveryState",
    "Enrichment",
    "Feedback",
    "FeedbackLabel",
    "FeedbackSource",
    "Group",
    "GroupMode",
    "HourlyCount",
    "IdempotencyKey",
    "Imported",
    "Interaction",
    "Invitation",
    "Learned",
    "Model",
    "Notice",
    "OffBecause",
    "Outcome",
    "OutcomeResult",
    "OutcomeState",
    "PolicyVersion",
    "PollOffset",
    "RaidRecord",
    "RecordedBatch",
    "Report",
    "Role",
    "Session",
    "SharedBan",
    "SignInLink",
    "SignInProof",
    "Strike",
    "TeamMember",
    "TeamSource",
    "TrustedScore",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "Workspace",
]

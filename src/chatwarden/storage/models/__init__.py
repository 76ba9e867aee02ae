"""All tables. Importing this registers every one of them for Alembic."""

from chatwarden.storage.models.action import Action
from chatwarden.storage.models.base import Model
from chatwarden.storage.models.bot import Card, Correspondent, Interaction, Report, Strike
from chatwarden.storage.models.enrichment import Enrichment
from chatwarden.storage.models.feedback import Feedback, FeedbackLabel, FeedbackSource, Learned
from chatwarden.storage.models.flow import (
    ContextRecord,
    DeadLetter,
    HourlyCount,
    PollOffset,
    RecordedBatch,
)
from chatwarden.storage.models.group import Group, GroupMode
from chatwarden.storage.models.imported import Imported
from chatwarden.storage.models.moderator import Moderator
from chatwarden.storage.models.outcome import UNDOABLE, Outcome, OutcomeState
from chatwarden.storage.models.policy import PolicyVersion, TrustedScore
from chatwarden.storage.models.session import Session, SignInLink
from chatwarden.storage.models.workspace import Workspace

__all__ = [
    "UNDOABLE",
    "Action",
    "Card",
    "ContextRecord",
    "Correspondent",
    "DeadLetter",
    "Enrichment",
    "Feedback",
    "FeedbackLabel",
    "FeedbackSource",
    "Group",
    "GroupMode",
    "HourlyCount",
    "Imported",
    "Interaction",
    "Learned",
    "Model",
    "Moderator",
    "Outcome",
    "OutcomeState",
    "PolicyVersion",
    "PollOffset",
    "RecordedBatch",
    "Report",
    "Session",
    "SignInLink",
    "Strike",
    "TrustedScore",
    "Workspace",
]

"""What another policy would have decided: both are applied to the findings of outcomes.

Outcomes hold what was found, not only what was decided, so no text is read. Decision 13 says why that is enough.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden import _engine
from chatwarden.api.policy.schemas import Answer, AnswerChange, PolicyPreview
from chatwarden.policies.changes import changes_between
from chatwarden.storage import models
from chatwarden.storage.repositories import counts, feedback, outcomes
from chatwarden.storage.repositories.outcomes import Findings

DAYS = timedelta(days=14)
MOST_OUTCOMES = 5_000
"""The newest ones: as many are decided anew within the time that somebody waits."""
EXAMPLES = 5
_MESSAGE = ("keep", "review", "delete")
_SENDER = ("none", "challenge", "mute", "kick", "ban")
_Answers = tuple[str, str, str, str]

_TOLD = ("preset", "thresholds.", "signals.", "text_threshold.shift", "known_spam_days")
_LENGTHS = ("mute_days", "ban_days", "text_threshold.")
"""These change for how long, or what comes later, and nothing of what would have been decided."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a group's preview is made from."""

    since: datetime
    judged: int
    found: Findings
    labels: Mapping[int, models.FeedbackLabel]
    """By update: what admins said of it."""


async def look(session: AsyncSession, group: models.Group, *, now: datetime) -> Look:
    """Read it: the newest outcomes of 14 days, at most MOST_OUTCOMES."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    since = now - DAYS
    found = await outcomes.findings(session, **key, since=since, limit=MOST_OUTCOMES)
    if len(found.trace_ids) == MOST_OUTCOMES and found.oldest is not None:
        since = found.oldest
    return Look(
        since=since,
        judged=await counts.judged_since(session, **key, since=since),
        found=found,
        labels=await feedback.labels_since(session, **key, since=since),
    )


async def preview(
    seen: Look, *, before: Mapping[str, Any], after: Mapping[str, Any]
) -> PolicyPreview:
    """Compare two policies, completed and checked."""
    trace_ids = seen.found.trace_ids
    found, left_out = await asyncio.to_thread(
        _engine.preview,
        seen.found.verdicts,
        msgspec.json.encode(before),
        msgspec.json.encode(after),
    )
    changes = [
        _change(answer, [trace_ids[position] for position in positions], seen.labels)
        for answer, positions in found
    ]
    return PolicyPreview(
        since=seen.since,
        judged=seen.judged,
        outcomes=len(trace_ids) - left_out,
        left_out=left_out,
        changes=sorted(changes, key=lambda change: -change.outcomes),
        untold=_untold(before, after),
    )


def _change(
    answer: _Answers, trace_ids: Sequence[str], labels: Mapping[int, models.FeedbackLabel]
) -> AnswerChange:
    # There may be thousands: nothing is parsed but the update.
    said = Counter(labels.get(int(one.split("-")[1])) for one in trace_ids if labels)
    before, after = answer[:2], answer[2:]
    return AnswerChange(
        before=_answer(*before),
        after=_answer(*after),
        is_stricter=rank(*after) > rank(*before),
        outcomes=len(trace_ids),
        called_spam=said["spam"],
        called_ham=said["ham"],
        examples=list(trace_ids[:EXAMPLES]),
    )


def _answer(message: str, sender: str) -> Answer:
    return Answer.model_validate({"message": message, "sender": sender})


def rank(message: str, sender: str) -> tuple[int, int]:
    """The stricter, the larger."""
    return _MESSAGE.index(message), _SENDER.index(sender)


def _untold(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Fields that differ, of which the findings do not tell."""
    return [
        change.field
        for change in changes_between(before, after)
        if not change.field.startswith((*_TOLD, *_LENGTHS))
        and not _is_told_rule(change.before, change.after)
    ]


def _is_told_rule(before: Any, after: Any) -> bool:
    """A rule that matched may do something else, or be switched off or taken out; what another pattern matches only a text tells."""
    if not isinstance(before, Mapping) or "pattern" not in before:
        return False
    if after is None:
        return True
    told = {"verdict", "note", "enabled"}
    differs = {name for name in before if before[name] != cast("Mapping[str, Any]", after)[name]}
    return differs <= told and bool(before["enabled"])

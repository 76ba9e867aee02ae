"""Tries one rule on a text, and on the messages of a group whose texts are still kept.

In: a rule, outcomes with their sealed texts. Out: how many it meets, and examples. Nothing is stored, no text leaves but those of the examples.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import Engine
from chatwarden.api.outcomes.schemas import Sender, Span
from chatwarden.api.rules.schemas import RuleExample, RuleOnText, RuleTried
from chatwarden.authored import BOT_ID, CHAT_ID, message_update
from chatwarden.errors import FieldError, PolicyInvalid
from chatwarden.outcomes.texts import Texts, texts_of
from chatwarden.policies.checking import check as check_policy
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import FeedbackLabel, Group
from chatwarden.storage.repositories import feedback
from chatwarden.storage.repositories.outcomes import Written, outcomes_with_texts
from chatwarden.storage.repositories.senders import NEWCOMERS_WRITE_LESS
from chatwarden.storage.retention import TEXTS_ARE_KEPT
from chatwarden.storage.sealing import Sealer

MOST_LOOKED_AT = 3_000
"""Messages; a try of them takes well under a second."""
_MOST_EXAMPLES = 20
_EXAMPLE_CHARACTERS = 300
_BATCH = 500
_OF_RULE = re.compile(r"rules\[0\](?: \(.*\): |\.)([\w.]+)", re.DOTALL)
"""How a fault of the only rule is named: `rules[0] ("casino"): pattern`, `rules[0].kind`."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A message whose texts are kept and can be read, and what people said of it."""

    outcome: Written
    texts: Texts
    label: FeedbackLabel | None


class _Contribution(msgspec.Struct, frozen=True):
    signal: str
    detail: str | None
    spans: list[dict[str, Any]]


class _Verdict(msgspec.Struct, frozen=True):
    """So much of one as tells what the rule met."""

    contributions: list[_Contribution]


_VERDICT = msgspec.json.Decoder(_Verdict)


def check(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule with its defaults, switched on and without an end. Raises PolicyInvalid, which names the rule's field."""
    try:
        (whole,) = check_policy({"rules": [rule]})["rules"]
    except PolicyInvalid as error:
        raise PolicyInvalid(errors=[_named(one) for one in error.errors]) from None
    return {**whole, "enabled": True, "expires_at": None}


def _named(error: FieldError) -> FieldError:
    found = _OF_RULE.fullmatch(error.field)
    return FieldError("rule" if found is None else f"rule.{found[1]}", error.text)


@dataclass(frozen=True, slots=True)
class Look:
    """What a rule is tried on: messages of a group, still sealed."""

    written: Sequence[Written]
    is_complete: bool
    """False where there are older ones."""
    openers: Mapping[str, Sealer]
    labels: Mapping[int, FeedbackLabel]
    """By update: what admins said of it."""


async def look(session: AsyncSession, group: Group, keyring: Keyring) -> Look:
    """The newest messages of the group whose texts are kept."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    since = datetime.now(UTC) - TEXTS_ARE_KEPT
    rows = await outcomes_with_texts(session, **key, since=since, limit=MOST_LOOKED_AT + 1)
    written = rows[:MOST_LOOKED_AT]
    return Look(
        written=written,
        is_complete=len(rows) == len(written),
        openers=await keyring.openers(row.sealed for row in written),
        labels=await feedback.labels_since(session, **key, since=since),
    )


def try_rule(
    rule: Mapping[str, Any], text: str | None, seen: Look, *, new_engine: Callable[[], Engine]
) -> RuleTried:
    """Blocks for up to a second, for a thread: opens the texts, and judges them without the GIL."""
    engine = new_engine()
    engine.set_chat(BOT_ID, CHAT_ID, _settings(rule))
    kept = [
        Kept(row, texts, seen.labels.get(row.update_id))
        for row in seen.written
        if (texts := texts_of(row, seen.openers)) is not None
    ]
    asked = [one for one in kept if _is_for(rule, one)]
    hits: list[Kept] = []
    for start in range(0, len(asked), _BATCH):
        part = asked[start : start + _BATCH]
        updates = [_update(one.texts, start + index) for index, one in enumerate(part)]
        found = _hits(engine, updates, rule)
        hits += [one for one, spans in zip(part, found, strict=True) if spans is not None]
    deleted = [hit for hit in hits if hit.outcome.message_verdict == "delete"]
    others = [hit for hit in hits if hit.outcome.message_verdict != "delete"]
    return RuleTried(
        on_text=None if text is None else _on_text(engine, text, rule),
        looked_at=len(kept),
        is_complete=seen.is_complete,
        hits=len(hits),
        were_deleted=len(deleted),
        were_not_deleted=len(others),
        called_spam=sum(hit.label == "spam" for hit in hits),
        called_ham=sum(hit.label == "ham" for hit in hits),
        examples=[_example(hit) for hit in [*others, *deleted][:_MOST_EXAMPLES]],
    )


def _settings(rule: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({"policy": {"rules": [rule]}, "policy_version": 1})


def _is_for(rule: Mapping[str, Any], kept: Kept) -> bool:
    return rule["applies_to"] != "newcomers" or kept.outcome.messages_here < NEWCOMERS_WRITE_LESS


def _on_text(engine: Engine, text: str, rule: Mapping[str, Any]) -> RuleOnText:
    (spans,) = _hits(engine, [message_update(json.dumps(text).encode())], rule)
    return RuleOnText(is_hit=spans is not None, spans=spans or [])


def _hits(
    engine: Engine, updates: Sequence[bytes], rule: Mapping[str, Any]
) -> list[list[Span] | None]:
    """Of each update the words that the rule meets; None where it meets none."""
    found: list[list[Span] | None] = []
    for item in engine.judge_batch(BOT_ID, updates).items:
        met = [
            one
            for one in (() if item.verdict is None else _VERDICT.decode(item.verdict).contributions)
            if one.signal == "rule" and one.detail == rule["id"]
        ]
        spans = [Span.model_validate(span) for one in met for span in one.spans]
        found.append(spans if met else None)
    return found


def _update(texts: Texts, number: int) -> bytes:
    """A message of its own sender with the kept texts: words joined by line breaks, and where hidden links lead behind the first character."""
    words = [one.text for one in texts.texts if not one.place.startswith("link_target")]
    links = [one.text for one in texts.texts if one.place.startswith("link_target")]
    text = "\n".join(words) or "·"
    width = 2 if ord(text[0]) > 0xFFFF else 1
    sender = 2_000_000 + number
    return msgspec.json.encode(
        {
            "update_id": sender,
            "message": {
                "message_id": sender,
                "date": 1_790_000_000 + number,
                "text": text,
                "entities": [
                    {"type": "text_link", "offset": 0, "length": width, "url": link}
                    for link in links
                ],
                "chat": {"id": CHAT_ID, "type": "supergroup", "title": "rules"},
                "from": {"id": sender, "is_bot": False, "first_name": texts.sender_name or "A"},
            },
        }
    )


def _example(hit: Kept) -> RuleExample:
    row = hit.outcome
    words = next((one.text for one in hit.texts.texts if one.place in ("text", "caption")), None)
    first = hit.texts.texts[0].text if words is None and hit.texts.texts else words
    return RuleExample(
        trace_id=row.trace_id,
        date=row.date,
        sender=Sender.model_validate(
            {"kind": row.sender_kind, "id": row.sender_id, "name": hit.texts.sender_name}
        ),
        text=(first or "")[:_EXAMPLE_CHARACTERS],
        message=row.message_verdict,
        label=hit.label,
    )

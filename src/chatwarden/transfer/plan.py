"""What a file would change in a group, and the change itself.

In: a group and what a file holds. Out: a Plan; once it is carried out, a new version of the policy and a longer allow list. Fails with
TransferInvalid, which names line and field. Nothing is taken off an allow list: who is missing in a file stays.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.errors import FieldError, PolicyInvalid, TransferInvalid
from chatwarden.policies.changes import FieldChange, changes_between
from chatwarden.policies.checking import check, completed
from chatwarden.storage.models import Group
from chatwarden.storage.repositories import allowed
from chatwarden.storage.repositories.policies import publish_policy
from chatwarden.transfer import own
from chatwarden.transfer.incoming import Allowed, Incoming, LeftOut, Source, refused

_POSITION = re.compile(r" at line \d+ column \d+$")
"""Where the engine's own reading stopped: of no use to whoever wrote the file."""


@dataclass(frozen=True, slots=True)
class Plan:
    source: Source
    policy: dict[str, Any]
    """As it will be, whole."""
    changes: list[FieldChange]
    newly_allowed: list[Allowed]
    left_out: list[LeftOut]

    @property
    def changes_something(self) -> bool:
        return bool(self.changes or self.newly_allowed)


async def written(session: AsyncSession, group: Group) -> str:
    """A group's policy, rules and allow list as the file that `plan_of` takes in."""
    people = await allowed.own_allowed(session, bot_id=group.bot_id, chat_id=group.chat_id)
    return own.write(
        completed(group.policy),
        [
            Allowed("channel" if kind == "channel" else "user", sender_id)
            for sender_id, kind in people.items()
        ],
    )


async def plan_of(session: AsyncSession, group: Group, incoming: Incoming) -> Plan:
    """Raises TransferInvalid."""
    check_alone(incoming)
    before = completed(group.policy)
    try:
        after = check(_merged(before, incoming))
    except PolicyInvalid as error:
        raise TransferInvalid(errors=_mended(error)) from None
    known = await allowed.own_allowed(session, bot_id=group.bot_id, chat_id=group.chat_id)
    new = sorted({one for one in incoming.allowed if one.sender_id not in known})
    if new and len(known) + len(new) > allowed.MOST_ALLOWED:
        words = f"with whom is on it already these would be {len(known) + len(new)}; {allowed.MOST_ALLOWED} at most"
        raise refused(incoming.place("allowed"), words)
    return Plan(
        source=incoming.source,
        policy=after,
        changes=changes_between(before, after),
        newly_allowed=new,
        left_out=incoming.left_out,
    )


async def carry_out(
    session: AsyncSession, group: Group, plan: Plan, *, reason: str, by: str, now: datetime
) -> bool:
    """False where somebody else changed the policy since the group was read: then nothing is changed."""
    if plan.changes and not await publish_policy(
        session, group, plan.policy, reason=reason, made_by=by, now=now
    ):
        return False
    for one in plan.newly_allowed:
        await allowed.allow(
            session,
            bot_id=group.bot_id,
            chat_id=group.chat_id,
            sender_kind=one.sender_kind,
            sender_id=one.sender_id,
            by=by,
            now=now,
        )
    return True


def check_alone(incoming: Incoming) -> None:
    """Check what the file itself holds, so that an error names a place of the file. Raises TransferInvalid."""
    try:
        check({**(incoming.policy or {}), **incoming.fields, "rules": incoming.rules or []})
    except PolicyInvalid as error:
        # A file's policy stands under `policy`, its rules beside it.
        errors = [
            one._replace(
                field=incoming.place(
                    one.field
                    if one.field.startswith(("rules", "policy"))
                    else f"policy.{one.field}"
                )
            )
            for one in _mended(error)
        ]
        raise TransferInvalid(errors=errors) from None


def _mended(error: PolicyInvalid) -> list[FieldError]:
    return [one._replace(text=_POSITION.sub("", one.text)) for one in error.errors]


def _merged(before: Mapping[str, Any], incoming: Incoming) -> dict[str, Any]:
    rules = before.get("rules", [])
    if incoming.rules is not None:
        if incoming.is_whole:
            rules = incoming.rules
        else:
            new = {rule["id"]: rule for rule in incoming.rules}
            rules = [new.pop(rule["id"], rule) for rule in rules] + list(new.values())
    rest = before if incoming.policy is None else incoming.policy
    return {**rest, **_merged_fields(before, incoming.fields), "rules": rules}


def _merged_fields(before: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a file of another bot sets: kinds of content are added to those that are set."""
    merged: dict[str, Any] = {}
    if "locks" in fields:
        locks = before["locks"]
        kinds = sorted({*locks["from_everyone"], *fields["locks"]["from_everyone"]})
        merged["locks"] = {**locks, "from_everyone": kinds}
    if "service_messages" in fields:
        kinds = sorted({*before["service_messages"], *fields["service_messages"]})
        merged["service_messages"] = kinds
    return merged

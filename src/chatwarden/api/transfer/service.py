"""Files of policies: written, compared, taken in."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.policy.schemas import FieldChange
from chatwarden.api.transfer.schemas import (
    TransferFile,
    TransferLeftOut,
    TransferPlan,
    TransferSender,
)
from chatwarden.errors import PolicyChanged
from chatwarden.policies.checking import completed
from chatwarden.storage.models import Group
from chatwarden.transfer import rules_csv
from chatwarden.transfer.incoming import Incoming
from chatwarden.transfer.plan import Plan, carry_out
from chatwarden.transfer.reading import read_file


def written_csv(group: Group) -> str:
    """The rules alone."""
    return rules_csv.write(completed(group.policy)["rules"])


async def read(file: TransferFile) -> Incoming:
    """Beside the event loop: a large file takes a second. Raises TransferInvalid."""
    return await asyncio.to_thread(
        read_file, file.name, file.content.encode("utf-8", "surrogatepass")
    )


async def take_in(session: AsyncSession, group: Group, planned: Plan, *, made_by: str) -> None:
    """Raises PolicyChanged where somebody was faster."""
    reason = f"a file of {planned.source}"
    now = datetime.now(UTC)
    if not await carry_out(session, group, planned, reason=reason, by=made_by, now=now):
        raise PolicyChanged


def shown(planned: Plan) -> TransferPlan:
    return TransferPlan(
        source=planned.source,
        changes=[FieldChange.of(one) for one in planned.changes],
        newly_allowed=[
            TransferSender(sender_kind=one.sender_kind, sender_id=one.sender_id)
            for one in planned.newly_allowed
        ],
        left_out=[TransferLeftOut(place=one.place, reason=one.reason) for one in planned.left_out],
    )

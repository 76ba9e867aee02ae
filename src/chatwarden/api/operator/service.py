"""How the deployment is: asked of its parts, its queues and its database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, cast

from chatwarden import _engine
from chatwarden.api.groups.schemas import MissingRight
from chatwarden.api.health.schemas import Part
from chatwarden.api.operator.schemas import (
    Census,
    Check,
    DatabaseFacts,
    Deployment,
    Examination,
    LyingLetters,
    QueueState,
    Setup,
    Versions,
)
from chatwarden.api.ports import Ports
from chatwarden.errors import StorageUnavailable
from chatwarden.outcomes.rights import NEEDED_RIGHTS, hint_for, title_of
from chatwarden.storage.migrate import layouts
from chatwarden.storage.repositories import dead_letters, groups
from chatwarden.storage.size import size_of
from chatwarden.waiting import Waiting


async def describe(ports: Ports, *, text_model: int) -> Deployment:
    """`text_model`: the fingerprint of the one that judges."""
    now = datetime.now(UTC)
    async with ports.database.transaction() as session:
        lying = await dead_letters.count_lying(session, bot_id=ports.operation.bot_id)
        census = await groups.census(session)
    layout, newest = await layouts(ports.database)
    return Deployment(
        profile=ports.operation.profile,
        demo=ports.demo,
        parts=[Part.model_validate(part) for part in await ports.health()],
        queues=await _queues(ports, now),
        dead_letters=LyingLetters(
            update=lying.get("update", 0), interaction=lying.get("interaction", 0)
        ),
        census=Census.model_validate(census),
        database=DatabaseFacts(
            kind=cast("Any", ports.database.kind), size=await size_of(ports.database)
        ),
        versions=Versions(
            package=version("chatwarden"),
            engine=_engine.__version__,
            text_model=f"{text_model:x}",
            layout=layout,
            newest_layout=newest,
        ),
    )


async def _queues(ports: Ports, now: datetime) -> list[QueueState] | None:
    try:
        found: Sequence[Waiting] = await ports.operation.waiting()
    except StorageUnavailable:
        return None
    return [
        QueueState(queue=one.queue, waiting=one.number, late_seconds=round(one.seconds(now)))
        for one in found
    ]


async def setup(ports: Ports) -> Setup:
    """What a newcomer has still to do. The bot of the demo is nobody's: it is added nowhere."""
    account = await ports.operation.account()
    link = None
    if account.username is not None and not ports.demo:
        asked = "+".join(right.removeprefix("can_") for right in NEEDED_RIGHTS)
        link = f"https://t.me/{account.username}?startgroup=setup&admin={asked}"
    return Setup(
        demo=ports.demo,
        bot=None if ports.demo else account.username,
        problem=account.problem,
        add_to_group=link,
        rights=[
            MissingRight(name=name, title=title_of(name), hint=hint_for(name))
            for name in NEEDED_RIGHTS
        ],
    )


async def examine(ports: Ports) -> Examination:
    items = [Check.model_validate(one) async for one in ports.operation.examine()]
    return Examination(made_at=datetime.now(UTC), items=items)

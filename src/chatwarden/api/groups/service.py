"""Groups with their posture, the caller's role, and figures."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.access import Caller
from chatwarden.api.finding import find_group
from chatwarden.api.groups.schemas import (
    Counts,
    DayCounts,
    Group,
    GroupChange,
    GroupSettings,
    Kept,
    Language,
    MissingRight,
    Neighbour,
    Posture,
)
from chatwarden.errors import FieldError, RequestInvalid, RoleTooLow
from chatwarden.outcomes.rights import hint_for, title_of
from chatwarden.storage import models
from chatwarden.storage.models import GroupMode
from chatwarden.storage.repositories import groups as repository
from chatwarden.storage.repositories.allowed import count_allowed
from chatwarden.storage.repositories.cases import count_open
from chatwarden.storage.repositories.scope import Scope
from chatwarden.storage.repositories.team import roles_in_scope
from chatwarden.storage.retention import TEXTS_ARE_KEPT, TRACES_ARE_KEPT

_POSTURES: dict[GroupMode, Posture] = {"observe": "observing", "guard": "guarding"}
_MODES: dict[Posture, GroupMode] = {posture: mode for mode, posture in _POSTURES.items()}
_DAYS = 7


async def list_groups(session: AsyncSession, scope: Scope) -> list[Group]:
    """The groups in scope, by title."""
    rows = await repository.list_visible_groups(session, scope)
    return await _describe(session, scope, rows)


async def change_group(
    session: AsyncSession,
    caller: Caller,
    change: GroupChange,
    *,
    bot_id: int,
    chat_id: int,
    languages: Mapping[str, str],
) -> Group:
    """The group as it is then. Raises NotFound, RoleTooLow, RequestInvalid."""
    group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
    if change.posture is not None and group.mode != _MODES[change.posture]:
        group.mode, group.observe_until = _MODES[change.posture], None
        await caller.note(
            session,
            "posture_changed",
            group=(bot_id, chat_id),
            detail={"posture": change.posture},
        )
    if change.language is not None and group.language != change.language:
        if change.language not in languages:
            raise RequestInvalid(errors=[FieldError("language", "is none that the bot speaks")])
        group.language = change.language
        await caller.note(
            session,
            "language_changed",
            group=(bot_id, chat_id),
            detail={"language": change.language},
        )
    if "card_chat_id" in change.model_fields_set and group.card_chat_id != change.card_chat_id:
        await _send_cards_to(session, caller, group, change.card_chat_id)
    return (await _describe(session, caller.scope, [group]))[0]


async def _send_cards_to(
    session: AsyncSession, caller: Caller, group: models.Group, chat_id: int | None
) -> None:
    if chat_id is not None:
        # Where the caller runs a group, so that nobody has the bot write into somebody else's.
        there = await repository.find_visible_group(
            session, caller.scope, bot_id=group.bot_id, chat_id=chat_id
        )
        if there is None or there.left_at is not None:
            wrong = FieldError("card_chat_id", "is no group of yours with this bot")
            raise RequestInvalid(errors=[wrong])
    group.card_chat_id = chat_id
    await caller.note(
        session,
        "cards_changed",
        group=(group.bot_id, group.chat_id),
        detail={"to": "private" if chat_id is None else "chat"},
    )


async def find_workspace(
    session: AsyncSession, group: models.Group, scope: Scope
) -> Sequence[models.Group]:
    """All groups of its workspace. Raises RoleTooLow where one of them is not in scope, unless the workspace is the caller's own: of a group that the bot has left nobody has a role."""
    groups = await repository.workspace_of(session, group)
    found = await session.get(models.Workspace, group.workspace_id or 0)
    is_own = found is not None and found.owner_id is not None and found.owner_id == scope.user_id
    if not is_own and len(groups) > len(await repository.workspace_of(session, group, scope)):
        raise RoleTooLow
    return groups


async def get_settings(
    session: AsyncSession, group: models.Group, caller: Caller, *, languages: Mapping[str, str]
) -> GroupSettings:
    """What the group has set beside its policy. Groups that the caller may not see are counted, not named."""
    key = {"bot_id": group.bot_id, "chat_id": group.chat_id}
    scope = caller.scope.at_least("viewer")
    card_chat = (
        None
        if group.card_chat_id is None
        else await repository.find_visible_group(
            session, scope, bot_id=group.bot_id, chat_id=group.card_chat_id
        )
    )
    others = await repository.neighbours(session, group)
    shown = await repository.neighbours(session, group, scope)
    now = datetime.now(UTC)
    ever = await repository.counts_of(session, since=None, **key)
    lately = await repository.counts_of(session, since=now - TEXTS_ARE_KEPT, **key)
    return GroupSettings(
        language=group.language,
        languages=[Language(code=code, name=name) for code, name in languages.items()],
        card_chat_id=None if card_chat is None else card_chat.chat_id,
        card_chat_title=None if card_chat is None else card_chat.title,
        has_card_chat=group.card_chat_id is not None,
        workspace=[
            Neighbour(
                chat_id=one.chat_id,
                title=one.title,
                shares_bans=bool(one.policy.get("shared_bans", True)),
            )
            for one in shown
        ],
        hidden_in_workspace=len(others) - len(shown),
        kept=Kept(
            since=group.created_at,
            judged=ever.judged,
            outcomes=ever.flagged,
            with_text=lately.flagged,
            text_days=TEXTS_ARE_KEPT.days,
            trace_days=TRACES_ARE_KEPT.days,
            allowed=await count_allowed(session, **key),
        ),
    )


async def _describe(
    session: AsyncSession, scope: Scope, rows: Sequence[models.Group]
) -> list[Group]:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - timedelta(days=_DAYS - 1)
    counts = await repository.counts_since(session, midnight, scope)
    weeks = await repository.counts_by_day(session, scope, first=first, days=_DAYS)
    waiting = await count_open(session, scope)
    roles = await roles_in_scope(session, scope)
    quiet = [repository.DayCounts(first + timedelta(days=day)) for day in range(_DAYS)]
    return [
        Group(
            bot_id=row.bot_id,
            chat_id=row.chat_id,
            title=row.title,
            role=roles.get(key, scope.ceiling),
            posture=_POSTURES[row.mode],
            policy_version=row.policy_version,
            missing_rights=[
                MissingRight(name=name, title=title_of(name), hint=hint_for(name))
                for name in row.missing_rights
            ],
            rights_checked_at=row.rights_checked_at,
            today=Counts.model_validate(counts.get(key, repository.Counts())),
            week=[DayCounts.model_validate(one) for one in weeks.get(key, quiet)],
            in_review=waiting.get(key, 0),
        )
        for row in rows
        for key in [(row.bot_id, row.chat_id)]
    ]

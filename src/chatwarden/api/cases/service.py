"""Cases, open and decided, as the API shows them."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.api.cases.schemas import Appeal, Case, CasePage, Decision
from chatwarden.api.outcomes import service as outcomes
from chatwarden.api.outcomes.cursors import read_cursor, write_cursor
from chatwarden.api.outcomes.service import Reader
from chatwarden.errors import FieldError, RequestInvalid
from chatwarden.outcomes.appeals import open_words, refusals
from chatwarden.storage import models
from chatwarden.storage.models import Outcome
from chatwarden.storage.repositories import appeals, team
from chatwarden.storage.repositories import cases as repository


async def list_open(
    session: AsyncSession,
    reader: Reader,
    *,
    limit: int,
    cursor: str | None,
    chat_id: int | None,
    only_appealed: bool,
) -> CasePage:
    """A page of those that nobody decided. Raises RequestInvalid for a cursor that is none."""
    rows = await repository.list_open(
        session,
        reader.scope,
        limit=limit + 1,
        before=None if cursor is None else read_cursor(cursor),
        chat_id=chat_id,
        only_appealed=only_appealed,
    )
    shown = rows[:limit]
    return CasePage(
        items=await _describe(session, shown, reader),
        next_cursor=write_cursor(shown[-1]) if len(rows) > limit else None,
    )


async def list_decided(
    session: AsyncSession,
    reader: Reader,
    *,
    limit: int,
    cursor: str | None,
    chat_id: int | None,
    only_appealed: bool,
) -> CasePage:
    """A page of those that somebody decided, the latest decision first. Raises RequestInvalid for a cursor that is none."""
    rows = await repository.list_decisions(
        session,
        reader.scope,
        limit=limit + 1,
        before=None if cursor is None else _read_number(cursor),
        chat_id=chat_id,
        only_appealed=only_appealed,
    )
    shown = rows[:limit]
    # Whom two decided stands where the later did.
    keys = dict.fromkeys((row.bot_id, row.update_id) for row in shown)
    found = await repository.outcomes_of(session, reader.scope, keys)
    return CasePage(
        items=await _describe(session, [found[key] for key in keys if key in found], reader),
        next_cursor=str(shown[-1].id) if len(rows) > limit else None,
    )


async def _describe(session: AsyncSession, rows: Sequence[Outcome], reader: Reader) -> list[Case]:
    said = await repository.feedback_on(session, rows)
    subjects = {one.given_by for given in said.values() for one in given}
    names = await team.names_of(session, reader.scope, subjects, keyring=reader.keyring)
    shown = await outcomes.describe(session, rows, reader)
    appealed = await appeals.appeals_of(session, {(row.bot_id, row.update_id) for row in rows})
    return [
        Case(
            outcome=outcome,
            decisions=[
                Decision(
                    label=one.label,
                    decided_by=one.given_by,
                    name=names.get(one.given_by),
                    decided_at=one.given_at,
                )
                for one in said[row.bot_id, row.update_id]
                if one.source == "admin"
            ],
            reports=sum(one.source == "report" for one in said[row.bot_id, row.update_id]),
            appeal=await _appeal(appealed.get((row.bot_id, row.update_id), []), reader),
        )
        for row, outcome in zip(rows, shown, strict=True)
    ]


async def _appeal(appealed: Sequence[models.Appeal], reader: Reader) -> Appeal | None:
    if not appealed:
        return None
    *before, newest = appealed
    return Appeal.model_validate(
        {
            "state": newest.state,
            "about": newest.about,
            "text": await open_words(newest, reader.keyring),
            "opened_at": newest.opened_at,
            "decided_at": newest.decided_at,
            "refusals": refusals(before),
        }
    )


def _read_number(cursor: str) -> int:
    if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
        return int(cursor)
    raise RequestInvalid(errors=[FieldError("query.cursor", "is no cursor of ours")])

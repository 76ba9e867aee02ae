"""Feedback on outcomes, as it is stored.

In: an outcome and what somebody says of it. Out: a row of numbers made from the message's words, opened once for it. Where the
words are purged or sealed with a lost key, what was said is kept all the same, and nothing is learned from it.
"""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden._engine import look_at_texts
from chatwarden.errors import SealBroken
from chatwarden.storage.keyring import Keyring
from chatwarden.storage.models import Feedback, FeedbackLabel, FeedbackSource, Outcome
from chatwarden.storage.repositories import feedback as repository


class _Sealed(msgspec.Struct, frozen=True):
    texts: msgspec.Raw
    picture: str | None = None


_SEALED = msgspec.json.Decoder(_Sealed)


async def give_feedback(
    session: AsyncSession,
    outcome: Outcome,
    label: FeedbackLabel,
    *,
    given_by: str,
    source: FeedbackSource,
    keyring: Keyring,
    now: datetime,
) -> Feedback | None:
    """Say what a message is. None where the same person had said just that before."""
    features, sketch, picture = await _look_at(outcome, keyring)
    given = Feedback(
        bot_id=outcome.bot_id,
        chat_id=outcome.chat_id,
        update_id=outcome.update_id,
        message_date=outcome.date,
        label=label,
        given_by=given_by,
        source=source,
        given_at=now,
        taken_back_at=None,
        features=features,
        sketch=sketch,
        picture=picture,
    )
    return given if await repository.give_feedback(session, given) else None


async def _look_at(
    outcome: Outcome, keyring: Keyring
) -> tuple[bytes | None, bytes | None, str | None]:
    if outcome.sealed is None:
        return None, None, None
    try:
        clear = await keyring.open(outcome.sealed, place=f"outcome:{outcome.trace_id}")
    except SealBroken:
        return None, None, None
    sealed = _SEALED.decode(clear)
    return *look_at_texts(bytes(sealed.texts)), sealed.picture

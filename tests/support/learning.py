"""What people say of messages, for tests of whatever learns from it."""

from tests.support.scene import BOT_ID
from tests.support.warden import Warden

from chatwarden.learning.feedback import give_feedback
from chatwarden.learning.learner import Learner
from chatwarden.storage.models import FeedbackLabel, Outcome
from chatwarden.storage.repositories import feedback

ADVERT = (
    "Fresh cherries from our garden t.me/+AbCdEfGh12345678 ten a kilo, delivered on every Saturday"
)
"""Found by its link."""
AGAIN = "Fresh apples from our garden, ten a kilo, delivered on every Saturday"
"""Found by nothing but what was said of the other."""


def learner_of(warden: Warden) -> Learner:
    return Learner(warden.database, warden.scanner.engine, bot_id=BOT_ID, clock=warden.now)


async def say(
    warden: Warden, outcome: Outcome, label: FeedbackLabel, *, given_by: str = "user:9"
) -> None:
    async with warden.database.transaction() as session:
        await give_feedback(
            session,
            outcome,
            label,
            given_by=given_by,
            source="admin",
            keyring=warden.keyring,
            now=warden.now(),
        )


async def take_back(warden: Warden, outcome: Outcome, *, given_by: str = "user:9") -> None:
    async with warden.database.transaction() as session:
        await feedback.take_back(
            session,
            bot_id=BOT_ID,
            update_id=outcome.update_id,
            given_by=given_by,
            now=warden.now(),
        )

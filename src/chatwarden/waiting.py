"""How much waits between two steps, and for how long. The API, /metrics and the doctor tell the same figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Queue = Literal[
    "updates",  # taken, not judged yet
    "records",  # judged or done, not in the database yet
    "set_aside",  # records that nobody could read
    "actions",  # to be done in Telegram
    "evidence",  # events that wait for slow evidence
    "interactions",  # said to the bot, not answered yet
    "deliveries",  # to be sent to webhooks
]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one place."""

    queue: Queue
    number: int
    since: datetime | None
    """Since when the longest of what is due has waited; None where nothing is due."""

    def seconds(self, now: datetime) -> float:
        """How long that is; 0 where nothing is due."""
        return 0.0 if self.since is None else max(0.0, (now - self.since).total_seconds())

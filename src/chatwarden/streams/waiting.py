"""How much waits in Redis. Fails with StorageUnavailable where it cannot be asked now."""

from datetime import UTC, datetime

from chatwarden.streams.partitions import Partitions
from chatwarden.waiting import Queue, Waiting

_STREAMS: tuple[Queue, ...] = ("updates", "records", "set_aside")


async def waiting_in(partitions: Partitions, *, now: datetime) -> list[Waiting]:
    """Over all of a bot's partitions."""
    answers = await partitions.run_in_all("waiting")
    found = []
    for position, queue in enumerate(_STREAMS):
        begun = [_of_id(answer[2 * position + 1]) for answer in answers]
        number = sum(answer[2 * position] for answer in answers)
        found.append(Waiting(queue, number, min((one for one in begun if one), default=None)))
    due = [_from_ms(float(answer[7])) for answer in answers if answer[7]]
    first = min(due, default=None)
    is_late = first is not None and first <= now
    found.append(
        Waiting("actions", sum(answer[6] for answer in answers), first if is_late else None)
    )
    return found


def _of_id(entry_id: bytes) -> datetime | None:
    """An entry's id begins with the millisecond it came in."""
    return _from_ms(float(entry_id.partition(b"-")[0])) if entry_id else None


def _from_ms(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)

"""Analytics, made of a group's roll-ups."""

import csv
import io
import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from chatwarden.actions import ActionKind
from chatwarden.api.analytics.schemas import (
    Analytics,
    AnalyticsAction,
    AnalyticsBucket,
    AnalyticsDay,
    AnalyticsResponseTimes,
    AnalyticsSignal,
)
from chatwarden.storage.repositories import statistics
from chatwarden.storage.repositories.daily import RESPONSE_BOUNDS
from chatwarden.storage.repositories.statistics import Days

_ENOUGH_TO_SAY = 10
_ONE_DAY = timedelta(days=1)


async def analytics_of(session: AsyncSession, asked: Days) -> Analytics:
    judged = await statistics.judged_by_day(session, asked)
    results = await statistics.results_by_day(session, asked)
    sums = await statistics.sums(session, asked)
    days = [
        asked.first + _ONE_DAY * number for number in range((asked.last - asked.first).days + 1)
    ]
    return Analytics(
        first=asked.first,
        last=asked.last,
        days=[_day(day, judged.get(day, 0), results.get(day, {})) for day in days],
        messages=sums.get("message", {}),
        senders=sums.get("sender", {}),
        signals=_signals(sums),
        actions=_actions(sums),
        raids=sums.get("raid", {}).get("begun", 0),
        response_times=_response_times(sums.get("response", {})),
    )


async def csv_of(session: AsyncSession, asked: Days) -> str:
    """A line a day, kind and name."""
    judged = await statistics.judged_by_day(session, asked)
    counts = await statistics.every_count(session, asked)
    lines = [(day, "judged", "messages", number) for day, number in judged.items()]
    lines += [(row.day, row.kind, row.name, row[3]) for row in counts]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("day", "kind", "name", "count"))
    writer.writerows(sorted(lines))
    return text.getvalue()


def _day(day: date, judged: int, results: Mapping[str, int]) -> AnalyticsDay:
    return AnalyticsDay(
        day=day,
        judged=judged,
        caught=results.get("caught", 0),
        overturned=results.get("overturned", 0),
        missed=results.get("missed", 0),
        observed=results.get("observed", 0),
    )


def _signals(sums: Mapping[str, Mapping[str, int]]) -> list[AnalyticsSignal]:
    caught, overturned = sums.get("signal_caught", {}), sums.get("signal_overturned", {})
    by_count = sorted(sums.get("signal", {}).items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        AnalyticsSignal(
            name=name,
            found=found,
            caught=caught.get(name, 0),
            overturned=overturned.get(name, 0),
            precision=precision(caught.get(name, 0), overturned.get(name, 0)),
        )
        for name, found in by_count
    ]


def precision(caught: int, overturned: int) -> float | None:
    """To three places; None where there are too few to say."""
    return None if caught < _ENOUGH_TO_SAY else round(1 - overturned / caught, 3)


def _actions(sums: Mapping[str, Mapping[str, int]]) -> list[AnalyticsAction]:
    done, undone, failed = (sums.get(f"action_{end}", {}) for end in ("done", "undone", "failed"))
    return [
        AnalyticsAction(
            kind=cast("ActionKind", kind),
            done=done.get(kind, 0),
            undone=undone.get(kind, 0),
            failed=failed.get(kind, 0),
        )
        for kind in sorted({*done, *undone, *failed})
    ]


def _response_times(counts: Mapping[str, int]) -> AnalyticsResponseTimes:
    buckets = [
        AnalyticsBucket(
            up_to_ms=bound, count=counts.get("over" if bound is None else str(bound), 0)
        )
        for bound in (*RESPONSE_BOUNDS, None)
    ]
    return AnalyticsResponseTimes(
        count=sum(bucket.count for bucket in buckets),
        p50_ms=_percentile(buckets, 0.5),
        p95_ms=_percentile(buckets, 0.95),
        buckets=buckets,
    )


def _percentile(buckets: list[AnalyticsBucket], share: float) -> int | None:
    """The bound under which that share lies."""
    left = math.ceil(share * sum(bucket.count for bucket in buckets))
    if left == 0:
        return None
    for bucket in buckets:
        left -= bucket.count
        if left <= 0:
            return bucket.up_to_ms
    return None

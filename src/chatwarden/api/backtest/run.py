"""Judges a file under two policies, some messages at a time.

In: the file's bytes and two policies. Out: progress, and at the end what differs. Nothing is stored, and nothing is done.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import msgspec

from chatwarden.api.backtest.schemas import (
    LONGEST_TEXT,
    MOST_DIFFERENCES,
    MOST_FAULTS,
    MOST_MESSAGES,
    BacktestProgress,
    BacktestReport,
    BacktestSignal,
    Difference,
    Fault,
    Totals,
)
from chatwarden.api.policy.preview import rank
from chatwarden.api.policy.schemas import Answer
from chatwarden.api.ports import Ports
from chatwarden.authored import Standing
from chatwarden.message_files.judging import FileJudge, Judged, Row
from chatwarden.message_files.lines import FileRows

_AT_ONCE = 250


class Run:
    """One backtest."""

    def __init__(
        self,
        content: bytes,
        *,
        before: Mapping[str, Any],
        after: Mapping[str, Any],
        standing: Standing,
        ports: Ports,
    ) -> None:
        """Both policies completed and checked."""
        self._file = FileRows(content)
        self._judges = [
            FileJudge(
                policy=msgspec.json.encode(policy),
                standing=standing,
                lists=ports.settings.lists,
                new_engine=ports.new_engine,
            )
            for policy in (before, after)
        ]
        self._messages = self._differing = self._stricter = self._faulty = 0
        self._totals = (Counter[str](), Counter[str]())
        self._differences: list[Difference] = []
        self._faults: list[Fault] = []

    async def events(self) -> AsyncIterator[BacktestProgress | BacktestReport]:
        """Whoever stops listening ends it, within some hundred messages."""
        rows = iter(self._file)
        while await asyncio.to_thread(self._take, rows):
            permille = self._file.read * 1000 // max(1, self._file.size)
            yield BacktestProgress(permille=permille, messages=self._messages)
        yield self._report()

    def _take(self, rows: Iterator[Row]) -> bool:
        """Judge some; False at the end."""
        for _ in range(_AT_ONCE):
            row = next(rows, None)
            if row is None or self._messages >= MOST_MESSAGES:
                return False
            before, after = (judge.judge(row) for judge in self._judges)
            if before.fault is not None:
                self._pass_over(before)
            else:
                self._compare(before, after)
        return True

    def _pass_over(self, row: Judged) -> None:
        self._faulty += 1
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(place=row.place, text=row.fault or ""))

    def _compare(self, before: Judged, after: Judged) -> None:
        self._messages += 1
        for totals, judged in zip(self._totals, (before, after), strict=True):
            totals[judged.message] += 1
            totals["punished"] += judged.sender != "none"
        if (before.message, before.sender) == (after.message, after.sender):
            return
        self._differing += 1
        self._stricter += rank(after.message, after.sender) > rank(before.message, before.sender)
        if len(self._differences) < MOST_DIFFERENCES:
            self._differences.append(_difference(before, after))

    def _report(self) -> BacktestReport:
        before, after = (_shown(totals) for totals in self._totals)
        return BacktestReport(
            messages=self._messages,
            before=before,
            after=after,
            differing=self._differing,
            stricter=self._stricter,
            differences=self._differences,
            faulty=self._faulty,
            faults=self._faults,
        )


def _shown(totals: Counter[str]) -> Totals:
    return Totals(
        kept=totals["keep"],
        reviewed=totals["review"],
        deleted=totals["delete"],
        punished=totals["punished"],
    )


def _difference(before: Judged, after: Judged) -> Difference:
    found = sorted(after.signals or before.signals, key=lambda one: -abs(one.contribution))
    return Difference(
        id=after.id,
        text=(after.texts or before.texts)[:LONGEST_TEXT],
        before=_answer(before),
        after=_answer(after),
        probability_before=round(before.score * 1000),
        probability_after=round(after.score * 1000),
        signals=[BacktestSignal(name=one.name, contribution=one.contribution) for one in found],
    )


def _answer(judged: Judged) -> Answer:
    return Answer.model_validate({"message": judged.message, "sender": judged.sender})

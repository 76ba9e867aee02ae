"""Looks into events that wait for slow evidence, and has them judged again.

In: jobs, stored with the batch that wanted them. Out: second rounds, stored by the scanner. A job is done once, late or failing ones
are dropped and counted: nobody waits for them, and nobody is judged by what is missing. Fails never.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import structlog

from chatwarden.errors import StorageUnavailable
from chatwarden.health import PartHealth
from chatwarden.pipeline.enrich.jobs import Job, JobStore

log = structlog.get_logger()

JOBS_AT_ONCE = 16
DEADLINE_SECONDS = 20.0
"""For one job: longer than its slowest source may take, shorter than its lease."""
_LONGEST_SLEEP_SECONDS = 30.0


class FactSource(Protocol):
    """Where facts come from."""

    async def facts(self, job: Job) -> bytes | None:
        """JSON as the engine takes it; None where nothing could be had."""
        ...

    @property
    def spared(self) -> dict[str, int]:
        """How often each source was not asked, for lack of budget or because it fails."""
        ...


class SecondRounds(Protocol):
    """Who judges an event again."""

    async def scan_again(self, raw: bytes, facts: bytes) -> int | None:
        """Judge it with facts, and see to it that what is stricter is stored. How many actions that asks for; None where another process
        judges, and whoever records that ends the job.

        Raises StorageUnavailable, and ValueError for facts that the engine does not take.
        """
        ...


class Enricher:
    """One bot's second rounds."""

    def __init__(
        self,
        *,
        jobs: JobStore,
        evidence: FactSource,
        scanner: SecondRounds,
        on_actions: Callable[[], None],
        deadline_seconds: float = DEADLINE_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`on_actions`: told when a second round asked for actions."""
        self._jobs = jobs
        self._evidence = evidence
        self._scanner = scanner
        self._on_actions = on_actions
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._woken = asyncio.Event()
        self._underway = 0
        self.counts: Counter[str] = Counter()
        """judged (again), handed on (to who judges), empty (nothing could be had), late, failed."""

    @property
    def health(self) -> PartHealth:
        """A failing source is no failing part: it only leaves evidence out."""
        counts = self.counts
        names = ("judged", "handed on", "empty", "late", "failed")
        told = ", ".join(f"{counts[name]} {name}" for name in names)
        spared = ", ".join(
            f"{name} {count}" for name, count in self._evidence.spared.items() if count
        )
        left_out = f" Not asked, to spare time: {spared}." if spared else ""
        return PartHealth("enrich", "ok", f"Events looked into: {told}.{left_out}")

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Look into events until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._woken.clear()
                try:
                    for job in await self._take():
                        self._underway += 1
                        tasks.create_task(self._work(job))
                    seconds = await self._seconds_until_due()
                except StorageUnavailable as error:
                    log.error("slow evidence waits for the database", detail=error.detail)
                    seconds = error.seconds
                try:
                    async with asyncio.timeout(seconds):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    async def _take(self) -> list[Job]:
        room = JOBS_AT_ONCE - self._underway
        return await self._jobs.take(now=self._clock(), limit=room) if room > 0 else []

    async def _seconds_until_due(self) -> float:
        due = await self._jobs.next_due_at()
        if due is None or self._underway >= JOBS_AT_ONCE:
            return _LONGEST_SLEEP_SECONDS
        return min(max((due - self._clock()).total_seconds(), 0.0), _LONGEST_SLEEP_SECONDS)

    async def _work(self, job: Job) -> None:
        """One job to its end. Whatever goes wrong with it stays with it."""
        try:
            result = await self._result(job)
            if result == "handed on":
                await self._jobs.leave(job.update_id, now=self._clock())
            elif result != "judged":
                await self._jobs.drop([job.update_id])
        except StorageUnavailable as error:
            # The job is there still, and taken again after its lease.
            log.error("a second round cannot be stored", detail=error.detail)
        else:
            self.counts[result] += 1
        finally:
            self._underway -= 1
            self.wake()

    async def _result(self, job: Job) -> str:
        """What became of a job. Raises StorageUnavailable."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                facts = await self._evidence.facts(job)
        except TimeoutError:
            log.info("slow evidence came too late", update_id=job.update_id)
            return "late"
        except Exception:
            log.exception("looking into an event failed", update_id=job.update_id)
            return "failed"
        if facts is None:
            return "empty"
        try:
            actions = await self._scanner.scan_again(job.raw, facts)
        except ValueError as error:
            log.error("the engine refuses facts", update_id=job.update_id, reason=str(error))
            return "failed"
        if actions is None:
            return "handed on"
        if actions:
            self._on_actions()
        return "judged"

"""Traffic while the product is being harmed, an admin who undoes, and what Telegram's own books must say in the end."""

import asyncio
import contextlib
import random
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import httpx
from tests.support.product import Product
from tests.support.scene import Scene

from chatwarden.simulator.client import Draft, Fault, NewPerson

UNDO_SHARE = 0.05
MEMBERS = 300
RECENT = 40
WORDS = [
    "bench",
    "lathe",
    "saturday",
    "borrow",
    "clamp",
    "glue",
    "oak",
    "pine",
    "ruler",
    "apron",
    "coffee",
    "window",
    "noise",
    "neighbour",
    "key",
    "door",
    "shelf",
    "drill",
    "dust",
    "sander",
    "invoice",
    "printer",
    "filament",
    "nozzle",
    "bed",
    "heat",
    "wood",
    "saw",
    "blade",
    "guard",
    "gloves",
    "ladder",
    "paint",
    "brush",
    "tape",
    "screw",
    "bolt",
    "nut",
]
FAULTS = (
    Fault(method="restrictChatMember", kind="drop", after_effect=True),
    Fault(method="deleteMessages", kind="drop", after_effect=True),
    Fault(method="banChatMember", kind="drop", after_effect=True),
    Fault(method="restrictChatMember", code=429, description="Too Many Requests", retry_after=1),
    Fault(method="deleteMessages", code=502, description="Bad Gateway"),
)
"""One of them now and then: an answer that is lost after the call was carried out, a call that is refused for now."""


@dataclass
class Traffic:
    """What was said while the product was being killed."""

    scene: Scene
    chance: random.Random
    spam: dict[int, int] = field(default_factory=dict)
    """Message id → sender."""
    ham: list[int] = field(default_factory=list)
    recent: list[int] = field(default_factory=list)
    """The newest spammers."""
    is_over: bool = False
    """Whether `flow` is to end with the next message: where it is cancelled, something may have been said that is not noted here."""
    _turns: Iterator[int] | None = None

    @property
    def said(self) -> int:
        """How many messages."""
        return len(self.spam) + len(self.ham)

    async def flow(self, *, trouble: float = 0.05) -> None:
        """Members talk and spammers come, about thirty messages a second, until it is over. `trouble`: how often Telegram answers wrongly."""
        self.is_over = False
        if self._turns is None:
            members = await self.scene.control.add_people(
                *(NewPerson(first_name=f"Member {number}") for number in range(MEMBERS))
            )
            await self._let_in(members)
            self._turns = cycle(members)  # In turn: nobody floods, which is a reason to delete.
        while not self.is_over:
            await self._moment(self._turns)
            if self.chance.random() < trouble:
                await self.scene.control.fail(self.chance.choice(FAULTS))
            await asyncio.sleep(self.chance.uniform(0.05, 0.35))

    async def _let_in(self, people: Sequence[int]) -> None:
        """By the owner: so many who come by themselves would be a raid, in which the gate silences strangers."""
        owner = {"id": self.scene.owner, "is_bot": False, "first_name": "Olga"}
        await self.scene.control.join(
            self.scene.group, *people, announced=False, extra={"from": owner}
        )

    async def _moment(self, turns: Iterator[int]) -> None:
        drafts = [
            Draft(from_id=person, text=" ".join(self.chance.sample(WORDS, 6)))
            for person in islice(turns, self.chance.randint(2, 6))
        ]
        spammers = await self.scene.control.add_people(
            *(NewPerson(first_name=f"Rex {n}") for n in range(self.chance.randint(1, 3)))
        )
        await self._let_in(spammers)
        for spammer in spammers:
            drafts += [
                Draft(from_id=spammer, text=self._spam_text())
                for _ in range(self.chance.choice((1, 1, 2, 3)))
            ]
        # Some come again seconds later, when the next turn finds them punished, or half punished by a process that died.
        again = self.chance.sample(self.recent, min(2, len(self.recent)))
        drafts += [Draft(from_id=one, text=self._spam_text(), force=True) for one in again]
        self.recent = [*self.recent, *spammers][-RECENT:]
        self.chance.shuffle(drafts)
        ids = await self.scene.control.post_many(self.scene.group, drafts)
        for draft, message_id in zip(drafts, ids, strict=True):
            assert message_id is not None
            assert draft.from_id is not None
            if draft.from_id in spammers or draft.from_id in again:
                self.spam[message_id] = draft.from_id
            else:
                self.ham.append(message_id)

    def _spam_text(self) -> str:
        """Each one different: the same text by many would be banned at once, and mutes would never happen."""
        code = "".join(self.chance.choices(string.ascii_letters, k=16))
        first, second = self.chance.sample(WORDS, 2)
        wage = self.chance.randint(50, 300)
        job = f"We know a remote job for {wage}$ a day that the garden needs"
        return f"{job}, {first} {second} https://t.me/+{code}"


@dataclass
class Admin:
    """Undoes some outcomes while the product is being killed, through the API."""

    chance: random.Random
    looked_at: set[str] = field(default_factory=set)
    undone: set[int] = field(default_factory=set)
    """Senders whose freeing was asked for."""

    async def persist(self, product: Product) -> None:
        """Until cancelled, whether or not the product answers."""
        while True:
            await self.work(product)
            await asyncio.sleep(0.3)

    async def work(self, product: Product) -> None:
        """Until cancelled, or the product is gone."""
        with contextlib.suppress(httpx.HTTPError):
            async with product.client() as client:
                while True:
                    await self._look(client)
                    await asyncio.sleep(0.3)

    async def _look(self, client: httpx.AsyncClient) -> None:
        states = {"state": ["pending", "enforced"]}
        answer = await client.get("/api/v1/outcomes", params=states)
        answer.raise_for_status()
        for outcome in answer.json()["items"]:
            if outcome["trace_id"] in self.looked_at:
                continue
            self.looked_at.add(outcome["trace_id"])
            if self.chance.random() < UNDO_SHARE:
                # Before the call: a kill may lose the answer to an undo that was stored.
                self.undone.add(outcome["sender"]["id"])
                await client.post(f"/api/v1/outcomes/{outcome['trace_id']}/undo")


def judge(scene: Scene, traffic: Traffic, admin: Admin, *, seed: int) -> None:
    """All spam is gone, once; no ham is; whoever sent spam is punished, once; nobody else. Of undone senders only the latter."""
    ledger = scene.app.world.ledger
    spammers = set(traffic.spam.values())
    punished = {person for _, person in ledger.records}
    again = punished_again(scene, admin)
    deleted = {message for (_, message), entry in ledger.deletions.items() if entry.effective}
    statuses = Counter(scene.status(person) for person in spammers - admin.undone)
    freed = Counter(scene.status(person) for person in admin.undone)
    print(
        f"\nseed {seed}: {len(traffic.spam)} spam of {len(spammers)}, {len(traffic.ham)} ham, "
        f"{len(admin.undone)} undone; {dict(statuses)}; undone: {dict(freed)}"
    )
    assert deleted & set(traffic.ham) == set()
    undone_messages = {m for m, sender in traffic.spam.items() if sender in admin.undone}
    assert set(traffic.spam) - deleted <= undone_messages
    assert all(entry.effective <= 1 for entry in ledger.deletions.values())
    assert punished <= spammers
    assert again == {}
    assert set(statuses) <= {"restricted", "kicked"}


def punished_again(scene: Scene, admin: Admin) -> dict[int, tuple[dict[str, int], list[str]]]:
    """People whom nobody freed and who were punished for the same twice: calls that changed nothing, and calls that did."""
    return {
        person: (record.repeats, [sanction.method for sanction in record.sanctions])
        for (_, person), record in scene.app.world.ledger.records.items()
        if _punished_again(record.repeats, [one.method for one in record.sanctions])
        and person not in admin.undone
    }


def _punished_again(repeats: dict[str, int], methods: list[str]) -> bool:
    """Once muted and then banned for more is a step up; the same twice is not."""
    return bool(repeats) or len(methods) != len(set(methods)) or not methods

"""A stand-in for the product while the dashboard is developed: `python -m tests.support.seeded_api --port 8099`.

The real API over a new SQLite database with authored outcomes; new ones come every few seconds, and undo requests are
marked as done, as the enforcer would. Nothing is judged and Telegram is not there.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import socket
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

import uvicorn
from sqlalchemy import select
from tests.support.authored_messages import GROUPS, MESSAGES, SIGNALS, Authored, Found
from tests.support.keys import keyring_over
from tests.support.rows import BOT_ID, CHAT_ID, action_row, group_row, outcome_row

from chatwarden._engine import Engine
from chatwarden.actions import ActionKind, Ending
from chatwarden.api.app import create_app
from chatwarden.api.ports import BotAccount, Operation, Ports
from chatwarden.bot.gate.question import newcomer_question
from chatwarden.bot.words import LANGUAGES
from chatwarden.doctor.examination import examine
from chatwarden.feed import MemoryFeed
from chatwarden.health import PartHealth
from chatwarden.pipeline.queue.sqlite import SqliteQueue
from chatwarden.privacy.pseudonyms import Pseudonyms
from chatwarden.settings import Settings
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.models import (
    Action,
    HourlyCount,
    Model,
    Outcome,
    Role,
    TeamMember,
    TeamSource,
)
from chatwarden.storage.repositories import waiting as stored
from chatwarden.storage.repositories.sessions import make_sign_in_link
from chatwarden.storage.repositories.team import seal_name
from chatwarden.storage.sealing import Sealer
from chatwarden.waiting import Waiting

_BIAS = -2200
_SENDER_ACTIONS: dict[str, ActionKind] = {"mute": "mute", "ban": "ban", "kick": "kick"}


class Stage:
    """The database, and what plays the pipeline's part."""

    def __init__(self, data_dir: Path) -> None:
        self.database = Database(sqlite_url(data_dir))
        self.keyring = keyring_over(self.database, b"s" * 32)
        self.feed = MemoryFeed(start=int(datetime.now(UTC).timestamp() * 1000))
        self.queue = SqliteQueue(
            self.database, bot_id=BOT_ID, feed=self.feed, pseudonyms=Pseudonyms(bytes(32))
        )
        self.asked = asyncio.Event()
        self._numbers = itertools.count(1)

    async def seed(self, *, rounds: int) -> str:
        """Fill the database; the secret of a sign-in link."""
        async with self.database.engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        async with self.database.transaction() as session:
            for index, title in enumerate(GROUPS):
                missing = ["can_restrict_members"] if index == 1 else []
                mode = "observe" if index == 2 else "guard"
                chat_id = CHAT_ID - index
                session.add(
                    group_row(chat_id=chat_id, title=title, mode=mode, missing_rights=missing)
                )
                session.add_all(_counts(chat_id, hour, index))
                session.add_all(_team(chat_id, sealer=self.keyring.deployment))
            secret = await make_sign_in_link(
                session, subject="operator", lifetime=timedelta(minutes=30)
            )
        total = rounds * len(MESSAGES)
        for index in range(total):
            await self._add(MESSAGES[-1 - index % len(MESSAGES)], ago=(total - index) * 97.0)
        return secret

    async def add_next(self, authored: Authored) -> None:
        """A message now: its outcome waits for a moment, then its actions are done."""
        outcome = await self._add(authored, ago=0.0)
        self._announce(outcome)

    async def carry_out_undos(self) -> None:
        """Mark undo requests as done, as they come."""
        while True:
            await self.asked.wait()
            self.asked.clear()
            await asyncio.sleep(0.3)
            undone: dict[int, Ending] = {}
            async with self.database.transaction() as session:
                query = select(Action).where(Action.kind == "undo", Action.state == "pending")
                for action in await session.scalars(query):
                    result: dict[str, object] = {"restored": [], "not_restored": []}
                    undone[action.chat_id] = Ending(
                        action_id=action.id, state="done", result=result
                    )
            for chat_id, ending in undone.items():
                await self.queue.end(chat_id, [ending], now=datetime.now(UTC))

    async def forget(self, _chat_id: int, _sender_id: int) -> None:
        """No engine remembers anybody here."""

    async def forget_group(self, _chat_id: int) -> None:
        """Nor any group."""

    async def waiting(self) -> list[Waiting]:
        async with self.database.transaction() as session:
            return await stored.waiting(session, now=datetime.now(UTC))

    async def account(self) -> BotAccount:
        return BotAccount("chatwarden_demo_bot")

    def _announce(self, outcome: Outcome) -> None:
        self.feed.publish(bot_id=outcome.bot_id, chat_id=outcome.chat_id, trace_id=outcome.trace_id)

    async def _add(self, authored: Authored, *, ago: float) -> Outcome:
        outcome = _outcome(authored, next(self._numbers), ago=ago, sealer=self.keyring.deployment)
        async with self.database.transaction() as session:
            session.add(outcome)
            await session.flush()
            session.add_all(_actions(authored, outcome))
        return outcome


class _Server(uvicorn.Server):
    """Ends the live streams when it is asked to end."""

    def __init__(self, stopping: asyncio.Event, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)


async def _judge_nothing(_raws: Sequence[bytes]) -> None:
    """Nothing is judged here."""


async def serve(port: int, *, interval: float, rounds: int) -> None:
    """Serve until interrupted."""
    with tempfile.TemporaryDirectory(prefix="chatwarden-seeded-") as directory:
        stage = Stage(Path(directory))
        secret = await stage.seed(rounds=rounds)

        async def health() -> list[PartHealth]:
            return [PartHealth("database", "ok", "SQLite")]

        ports = Ports(
            settings=Settings(_env_file=None),
            database=stage.database,
            keyring=stage.keyring,
            signing_key=b"d" * 32,
            feed=stage.feed,
            actions=stage.queue,
            wake_enforcer=stage.asked.set,
            group_changed=lambda _bot_id, _chat_id: None,
            feedback_changed=lambda _bot_id, _chat_id: None,
            health=health,
            demo=True,
            signals=json.dumps(SIGNALS).encode(),
            new_engine=Engine,
            languages=LANGUAGES,
            newcomer_question=newcomer_question,
            operation=Operation(
                profile="embedded",
                bot_id=BOT_ID,
                waiting=stage.waiting,
                replay=_judge_nothing,
                wake_bot=lambda: None,
                examine=lambda: examine(Settings(_env_file=None, data_dir=Path(directory))),
                account=stage.account,
                pseudonyms=Pseudonyms(bytes(32)),
                forget=stage.forget,
                forget_group=stage.forget_group,
            ),
        )
        server = _Server(
            ports.stopping,
            uvicorn.Config(create_app(ports), lifespan="off", log_level="warning"),
        )

        listening = socket.create_server(("127.0.0.1", port))
        port = listening.getsockname()[1]
        sys.stdout.write(f"Sign in: http://127.0.0.1:{port}/sign-in#link={secret}\n")
        sys.stdout.flush()
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listening]))
            others = [tasks.create_task(stage.carry_out_undos())]
            if interval > 0:
                others.append(tasks.create_task(_keep_coming(stage, interval)))
            await serving
            for other in others:
                other.cancel()
        await stage.database.close()


async def _keep_coming(stage: Stage, interval: float) -> None:
    for authored in itertools.cycle(MESSAGES):
        await asyncio.sleep(interval)
        await stage.add_next(authored)


def _counts(chat_id: int, hour: datetime, index: int) -> list[HourlyCount]:
    """Two months, every day another one."""
    return [
        HourlyCount(
            bot_id=BOT_ID,
            chat_id=chat_id,
            hour=hour - timedelta(days=day),
            judged=1204 - 311 * index + 37 * (day * 7 % 11),
            flagged=31 - 7 * index + day * 5 % 9,
            deleted=18 - 5 * index + day * 3 % 7,
            punished=6 - 2 * index + day * 2 % 3,
        )
        for day in range(60)
    ]


def _team(chat_id: int, *, sealer: Sealer) -> list[TeamMember]:
    people: list[tuple[int, Role, TeamSource, str | None]] = [
        (5, "owner", "telegram", "Rosa Green"),
        (6, "admin", "telegram", "Maximiliane-Friederike von und zu Hohenberg-Altenburg, garden"),
        (7, "viewer", "telegram", "فاطمة باغبان"),
        (8, "moderator", "invitation", None),
    ]
    return [
        TeamMember(
            bot_id=BOT_ID,
            chat_id=chat_id,
            user_id=user_id,
            source=source,
            role=role,
            sealed_name=None if name is None else seal_name(name, user_id, sealer),
            since=datetime.now(UTC) - timedelta(days=user_id),
            invited_by="user:5" if source == "invitation" else None,
        )
        for user_id, role, source, name in people
    ]


def _outcome(authored: Authored, number: int, *, ago: float, sealer: Sealer) -> Outcome:
    score = _BIAS + sum(found.milli_logits for found in authored.found)
    date = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=ago)
    return outcome_row(
        number,
        sealer=sealer,
        texts=[("text", authored.text), *_link_targets(authored)],
        sender_name=authored.sender,
        sender_kind=authored.sender_kind,
        sender_id=6000000000 + MESSAGES.index(authored),
        state=authored.state or "enforced",  # type: ignore[arg-type]
        date=date,
        chat_id=CHAT_ID - authored.group,
        score=score,
        probability=round(1000 / (1 + math.exp(-score / 1000))),
        message_verdict=authored.message,
        sender_verdict=authored.sender_verdict,
        contributions=[_contribution(found, authored.text) for found in authored.found],
        bounds=authored.bounds,
        guard=authored.guard,
    )


def _link_targets(authored: Authored) -> list[tuple[str, str]]:
    hidden = [each for each in authored.found if each.signal == "hidden_destination"]
    return [(f"link_target:{index}", f"https://{each.detail}") for index, each in enumerate(hidden)]


def _contribution(found: Found, text: str) -> dict[str, object]:
    known = next(each for each in SIGNALS if each["name"] == found.signal)
    return {
        "signal": found.signal,
        "kind": known["kind"],
        "group": known["group"],
        "weight": known["weight"],
        "strength": min(1000, round(1000 * found.milli_logits / known["weight"])),
        "contribution": found.milli_logits,
        "spans": [
            {
                "place": "text",
                "offset": _utf16(text[: text.index(words)]),
                "length": _utf16(words),
            }
            for words in found.words
        ],
        "detail": found.detail,
    }


def _actions(authored: Authored, outcome: Outcome) -> list[Action]:
    if authored.message != "delete" or outcome.state in ("observed", "guarded"):
        return []
    kinds: list[ActionKind] = ["delete_message"]
    if authored.sender_verdict in _SENDER_ACTIONS:
        kinds.append(_SENDER_ACTIONS[authored.sender_verdict])
    rows = [
        action_row(
            outcome,
            kind,
            until_date=(
                outcome.date + timedelta(days=1 if kind == "mute" else 30)
                if kind in ("mute", "ban")
                else None
            ),
        )
        for kind in kinds
    ]
    if authored.error is not None:
        rows[-1].state, rows[-1].done_at = "dead", None
        rows[-1].error_code = authored.error
    return rows


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099, help="0: any")
    parser.add_argument("--interval", type=float, default=4.0, help="seconds; 0: nothing new")
    parser.add_argument("--rounds", type=int, default=3, help="how often each message is there")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.port, interval=options.interval, rounds=options.rounds))


if __name__ == "__main__":
    main()

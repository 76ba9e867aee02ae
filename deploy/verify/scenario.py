"""What `deploy/verify/run` shows on a running Compose deployment: spam goes, colours are switched under load, a bad one is switched back.

In: the deployment's folder, and its addresses. Out: figures as JSON on standard output, words on standard error. Fails with AssertionError.
"""

import argparse
import asyncio
import itertools
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from chatwarden.shadow.copying import Staging
from chatwarden.simulator.client import ControlClient, Draft, NewChat, NewPerson

RATE = 200
"""Requests a second: nine of ten are updates, one asks the API."""
CHATS = 40
FIRST_UPDATE = 4_000_000_000
FIRST_CHAT = -1_009_000_000_000
SPAM = "We know a remote job for 80$ a day that the garden needs, come to https://t.me/+AbCdEfGh12345678"
HAM = "Does anyone know whether the workshop is open on Saturday?"
BOT_ID = 42
SETTINGS_ARE_KNOWN = 3.0
"""Seconds until processors judge by a group's new settings; the guide promises one."""


@dataclass
class Load:
    """Requests at an even pace. What was not answered with 200 is given again, as Telegram does it, and counted as failed."""

    base: str
    secret: str
    access: str
    sent: int = 0
    asked: int = 0
    given_again: int = 0
    failed: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    async def run(self, stop: asyncio.Event) -> None:
        connector = aiohttp.TCPConnector(limit=0, ssl=False)
        timeout = aiohttp.ClientTimeout(total=60)
        started = time.monotonic()
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for number in itertools.count():
                if stop.is_set():
                    break
                await asyncio.sleep(max(0.0, started + number / RATE - time.monotonic()))
                tasks.create_task(self._ask(client) if number % 10 == 9 else self._deliver(client))
        self.elapsed = time.monotonic() - started

    async def _deliver(self, client: aiohttp.ClientSession) -> None:
        number = next(self._numbers)
        self.sent += 1
        body = update(FIRST_UPDATE + number + self.first)
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        while not await self._request(
            client, "POST", f"/telegram/{BOT_ID}", data=body, headers=headers
        ):
            self.given_again += 1
            await asyncio.sleep(0.5)

    async def _ask(self, client: aiohttp.ClientSession) -> None:
        self.asked += 1
        headers = {"Authorization": f"Bearer {self.access}"}
        await self._request(client, "GET", "/api/v1/outcomes?limit=5", headers=headers)

    async def _request(
        self, client: aiohttp.ClientSession, method: str, path: str, **more: Any
    ) -> bool:
        began = time.monotonic()
        try:
            async with client.request(method, self.base + path, **more) as answer:
                await answer.read()
                status = str(answer.status)
        except (aiohttp.ClientError, OSError) as error:
            status = type(error).__name__
        self.seconds.append(time.monotonic() - began)
        if status != "200":
            self.failed.append(f"{method} {status}")
        return status == "200"

    first: int = 0
    elapsed: float = 0.0

    def figures(self) -> dict[str, Any]:
        times = sorted(self.seconds)
        return {
            "requests": self.sent + self.asked,
            "updates": self.sent,
            "requests_a_second": round((self.sent + self.asked) / self.elapsed, 1),
            "failed": len(self.failed),
            "given_again": self.given_again,
            "p50_ms": round(times[len(times) // 2] * 1000, 1),
            "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
            "longest_ms": round(times[-1] * 1000, 1),
        }


def update(update_id: int) -> bytes:
    """A spam message in a group that only observes, by somebody new: an outcome is stored for each."""
    message = {
        "message_id": update_id - FIRST_UPDATE + 1,
        "date": int(time.time()),
        "chat": {"id": FIRST_CHAT - update_id % CHATS, "type": "supergroup", "title": "Load"},
        "from": {"id": update_id, "is_bot": False, "first_name": "Rex"},
        "text": SPAM,
    }
    return json.dumps({"update_id": update_id, "message": message}).encode()


class Deployment:
    """The Compose project under test."""

    def __init__(self, folder: Path, compose: list[str], base: str, simulator: str) -> None:
        self.folder = folder
        self.compose = compose
        self.base = base
        self.simulator = simulator
        self.sent = 0

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [*self.compose, *command], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    @property
    def live(self) -> str:
        return "green" if (self.folder / "state" / "green").exists() else "blue"

    @property
    def secret(self) -> str:
        address = self.run("exec", "-T", "record", "chatwarden", "shadow-address")
        return Staging.read(address).secret

    async def sign_in(self) -> str:
        link = self.run("exec", "-T", f"api-{self.live}", "chatwarden", "sign-in-link").strip()
        async with aiohttp.ClientSession() as client:
            body = {"link": link.partition("#link=")[2]}
            async with client.post(f"{self.base}/api/v1/session", json=body, ssl=False) as answer:
                assert answer.status == 201, await answer.text()
                return str((await answer.json())["access_token"])

    def stored(self) -> int:
        """How many of the load's updates have an outcome in PostgreSQL."""
        query = f"SELECT count(DISTINCT update_id) FROM outcomes WHERE update_id >= {FIRST_UPDATE} AND update_id < {FIRST_UPDATE + 10**9}"
        psql = f"PGPASSWORD=$(cat /run/secrets/postgres_password) psql -h 127.0.0.1 -U chatwarden -Atc '{query}'"
        return int(self.run("exec", "-T", "postgres", "sh", "-c", psql))

    async def all_stored(self, count: int) -> None:
        deadline = time.monotonic() + 180
        while (
            stored := await asyncio.to_thread(self.stored)
        ) < count and time.monotonic() < deadline:
            await asyncio.sleep(1)
        assert stored == count, f"{count - stored} of {count} updates were lost"

    async def switch(self, image: str) -> tuple[int, str]:
        """Exit code and words of the switch."""
        process = await asyncio.create_subprocess_exec(
            str(self.folder.parent / "blue-green" / "switch"),
            image,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        out, _ = await process.communicate()
        words = out.decode()
        say(words.rstrip())
        assert process.returncode is not None
        return process.returncode, words

    async def under_load(self, work: Any) -> tuple[Any, dict[str, Any]]:
        """Do something while requests come, some before and some after it; and see that no update was lost."""
        load = Load(self.base, self.secret, await self.sign_in(), first=self.sent)
        stop = asyncio.Event()
        running = asyncio.create_task(load.run(stop))
        await asyncio.sleep(5)
        result = await work
        await asyncio.sleep(5)
        stop.set()
        await running
        self.sent += load.sent
        await self.all_stored(self.sent)
        return result, load.figures() | {"lost": 0, "failures": sorted(set(load.failed))}


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


async def spam_goes(deployment: Deployment) -> dict[str, Any]:
    """In a group of the simulator, whose updates come by webhook through the proxy."""
    async with ControlClient(deployment.simulator) as control, aiohttp.ClientSession() as client:
        owner, member, spammer = await control.add_people(
            NewPerson(first_name="Olga"),
            NewPerson(first_name="Mateus"),
            NewPerson(first_name="Rex"),
        )
        group = await control.add_chat(NewChat(title="Makers", owner=owner))
        await control.add_admin(group, BOT_ID)
        await control.join(group, member, spammer, announced=False)
        await control.post(group, Draft(from_id=member, text=HAM))
        headers = {"Authorization": f"Bearer {await deployment.sign_in()}"}
        address = f"{deployment.base}/api/v1/groups/{BOT_ID}/{group}"
        async with asyncio.timeout(90):
            while True:
                async with client.patch(
                    address, json={"posture": "guarding"}, headers=headers, ssl=False
                ) as answer:
                    if answer.status == 200:
                        break
                    assert answer.status == 404, await answer.text()
                await asyncio.sleep(0.5)
        await asyncio.sleep(SETTINGS_ARE_KNOWN)
        ham = await control.post(group, Draft(from_id=member, text=HAM))
        began = time.monotonic()
        spam = await control.post(group, Draft(from_id=spammer, text=SPAM))
        async with asyncio.timeout(60):
            while (
                deletion := await control.deletion(group, spam)
            ) is None or not deletion.effective:
                await asyncio.sleep(0.02)
        took = time.monotonic() - began
        assert await control.deletion(group, ham) is None, "ham was deleted"
    return {"spam_deleted_ms": round(took * 1000), "by": "webhook through the proxy"}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--compose", required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--simulator", required=True)
    parser.add_argument("--image", required=True)
    parser.add_argument("--broken-image", required=True)
    given = parser.parse_args()
    deployment = Deployment(given.folder, given.compose.split(), given.base, given.simulator)
    figures: dict[str, Any] = {}

    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{given.base}/metrics", ssl=False) as answer,
    ):
        assert answer.status == 404, "anybody may read the metrics"

    say("spam in a group of the simulator")
    figures["guarding"] = await spam_goes(deployment)

    say("switch under load")
    before = deployment.live
    (code, _), figures["switch"] = await deployment.under_load(deployment.switch(given.image))
    assert code == 0, "the switch failed"
    assert deployment.live != before, "the colour is the same"
    assert figures["switch"]["failed"] == 0, figures["switch"]["failures"]

    say("a version that never becomes ready")
    before = deployment.live
    (code, words), figures["never_ready"] = await deployment.under_load(
        deployment.switch("chatwarden-verify/python")
    )
    assert (code, deployment.live) == (1, before), "it went live"
    assert "switched" not in words
    assert figures["never_ready"]["failed"] == 0, figures["never_ready"]["failures"]

    say("a version that fails once it is live")
    (code, words), figures["fails_later"] = await deployment.under_load(
        deployment.switch(given.broken_image)
    )
    assert (code, deployment.live) == (1, before), "it stayed live"
    assert "switched back" in words, "it never went live"
    assert figures["fails_later"]["given_again"] > 0, "it never failed"

    say("spam goes after all that, too")
    figures["guarding_after"] = await spam_goes(deployment)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    # Not asyncio's own loop: its TLS spins on connections that the proxy closes.
    uvloop.run(main())

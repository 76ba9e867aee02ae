"""The product itself as a process of its own, as an operator starts it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

TOKEN = "42:TEST"
_READY_SECONDS = 180


class NotStarted(Exception):
    """The process ended before it was up; holds what it said."""


@dataclass
class Product:
    """A running `chatwarden run`."""

    process: asyncio.subprocess.Process
    address: str
    sign_in_link: str
    log: Path
    _access_token: str | None = None
    """The link signs in once, the token lasts longer than a test."""

    async def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and wait for the end. The exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A signed-in client of the API."""
        async with httpx.AsyncClient(base_url=self.address, timeout=20) as client:
            if self._access_token is None:
                secret = self.sign_in_link.partition("#link=")[2]
                answer = await client.post("/api/v1/session", json={"link": secret})
                answer.raise_for_status()
                self._access_token = answer.json()["access_token"]
            client.headers["Authorization"] = f"Bearer {self._access_token}"
            yield client


def environment(data_dir: Path, telegram_api: str, **more: str) -> dict[str, str]:
    """Of a process that talks to a simulator and shares nothing with the machine's own settings."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("CHATWARDEN_")}
    return {
        **own,
        "CHATWARDEN_BOT_TOKEN": TOKEN,
        "CHATWARDEN_TELEGRAM_API": telegram_api,
        "CHATWARDEN_DATA_DIR": str(data_dir),
        "CHATWARDEN_PORT": "0",
        "CHATWARDEN_NEW_GROUP_MODE": "guard",
        **more,
    }


async def start_product(
    data_dir: Path, telegram_api: str, *, python: Path = Path(sys.executable), **more: str
) -> Product:
    """Start and wait until the dashboard is up, by the Python of whichever environment. Raises NotStarted."""
    log = data_dir.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            python,
            "-m",
            "chatwarden",
            "run",
            env=environment(data_dir, telegram_api, **more),
            cwd=log.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    assert process.stdout is not None
    found: dict[str, str] = {}
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while "Sign in" not in found:
                line = (await process.stdout.readline()).decode()
                if not line:
                    await process.wait()
                    raise NotStarted(log.read_text())
                name, _, value = line.strip().partition(": ")
                found[name] = value
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    return Product(process, found["Dashboard"], found["Sign in"], log)


@asynccontextmanager
async def running_product(data_dir: Path, telegram_api: str, **more: str) -> AsyncIterator[Product]:
    """The product from start to an orderly end."""
    product = await start_product(data_dir, telegram_api, python=Path(sys.executable), **more)
    try:
        yield product
    finally:
        await product.stop()

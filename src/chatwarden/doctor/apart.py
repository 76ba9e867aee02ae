"""The examination in a process of its own, for services that must not take in what it needs: the Telegram client alone takes 160 MiB.

Out: the findings, as they are made. Whoever stops listening ends the process.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

from chatwarden.doctor.finding import Finding


async def examine_apart() -> AsyncIterator[Finding]:
    """As `examine`, by this process's own settings."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "chatwarden", "doctor", "--json", stdout=PIPE, stderr=DEVNULL
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            yield msgspec.json.decode(line, type=Finding)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

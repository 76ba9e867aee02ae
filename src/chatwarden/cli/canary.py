"""`chatwarden canary`: whether an ingest and an API that are not live yet do their work (docs/guides/deploy.md)."""

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from chatwarden.cli.settings import read_settings
from chatwarden.errors import CanaryFailed


def canary(
    ingest: Annotated[str, typer.Argument(help="Base address of the ingest to try.")],
    api: Annotated[str, typer.Argument(help="Base address of the API to try.")],
) -> None:
    """Send a spam message of our own through an ingest and wait for its verdict at an API. Nothing is done in Telegram."""
    print(f"canary: judged as {asyncio.run(_fly(ingest.rstrip('/'), api.rstrip('/')))}")


async def _fly(ingest: str, api: str) -> str:
    import aiohttp

    from chatwarden.canary import fly
    from chatwarden.services import Deployment

    async with AsyncExitStack() as stack:
        try:
            return await fly(Deployment(read_settings(), stack), ingest=ingest, api=api)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise CanaryFailed(f"{type(error).__name__}: {error}") from None

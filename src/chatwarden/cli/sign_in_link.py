"""`chatwarden sign-in-link`: a new link for the operator."""

import asyncio

from chatwarden.cli.settings import read_settings


def sign_in_link() -> None:
    """Print a link that signs the operator in once, within an hour."""
    asyncio.run(_print_link())


async def _print_link() -> None:
    from chatwarden.bootstrap import make_sign_in_link, opened_database, public_address

    settings = read_settings()
    async with opened_database(settings) as database:
        print(await make_sign_in_link(database, public_address(settings)))

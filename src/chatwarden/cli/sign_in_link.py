"""`chatwarden sign-in-link`: a new link for the operator."""

import asyncio

from chatwarden.cli.settings import read_settings


def sign_in_link() -> None:
    """Print a new sign-in link for the operator."""
    asyncio.run(_print_link())


async def _print_link() -> None:
    from chatwarden.bootstrap import make_sign_in_link, opened_database
    from chatwarden.serving import public_address
    from chatwarden.settings import demo_data_dir
    from chatwarden.storage.database import Database

    settings = read_settings()
    if settings.database_url is not None:
        database = Database(settings.database_url.get_secret_value())
        try:
            print(await make_sign_in_link(database, public_address(settings)))
        finally:
            await database.close()
        return
    if settings.bot_token is None:
        # Without a token it is the demo that runs.
        settings = settings.model_copy(update={"data_dir": demo_data_dir(settings)})
    async with opened_database(settings) as database:
        print(await make_sign_in_link(database, public_address(settings)))

"""`chatwarden simulator`: a Telegram Bot API of one's own, for trials and tests."""

from typing import Annotated

import typer

from chatwarden.errors import ConfigurationError


def simulator(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8081,
    token: Annotated[list[str] | None, typer.Option(help="A bot's token; may be repeated.")] = None,
    limits: Annotated[bool, typer.Option(help="Answer 429 as Telegram does.")] = False,
    demo: Annotated[bool, typer.Option(help="Play the demo group.")] = False,
) -> None:
    """Serve a Telegram Bot API of your own, for trials."""
    from chatwarden.simulator import DEFAULT_TOKEN, Limits, serve

    try:
        serve(
            host,
            port,
            tokens=token or [DEFAULT_TOKEN],
            limits=Limits() if limits else None,
            demo=demo,
        )
    except OSError as error:
        raise ConfigurationError(f"Cannot listen on {host}:{port}: {error.strerror}") from None

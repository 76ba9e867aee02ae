"""`chatwarden run`: the embedded profile, everything in one process."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.panel import Panel

from chatwarden.cli.settings import read_settings
from chatwarden.errors import ChatwardenError
from chatwarden.pauses import keep_pauses_short
from chatwarden.settings import Settings

if TYPE_CHECKING:
    from chatwarden.bootstrap import Started


def run() -> None:
    """Guard groups and serve the dashboard. Without CHATWARDEN_BOT_TOKEN, a demo group."""
    import uvloop

    from chatwarden.logs import set_up_logs
    from chatwarden.tracing import set_up_tracing

    settings = read_settings()
    set_up_logs(settings)
    set_up_tracing("run")
    refused: ChatwardenError | None = None
    try:
        uvloop.run(_run(settings))
    except* ChatwardenError as group:
        refused = first_error(group)
    if refused is not None:
        raise refused


async def _run(settings: Settings) -> None:
    from chatwarden.bootstrap import run_embedded

    keep_pauses_short()
    await run_embedded(settings, on_started=_tell)


def _tell(started: "Started") -> None:
    what = (
        "A demo group is being spammed, so that everything can be seen working.\n"
        "Set CHATWARDEN_BOT_TOKEN to guard groups of your own."
        if started.demo
        else "Make the bot an admin of your group, with the rights to delete messages and to ban users."
    )
    hint = "Open the sign-in link below in a browser; it works once. Ctrl-C stops."
    Console(stderr=True).print(Panel(f"{what}\n{hint}", title="Chatwarden", expand=False))
    print(f"Dashboard: {started.address}\nSign in: {started.sign_in_link}", flush=True)


def first_error(group: BaseExceptionGroup[ChatwardenError]) -> ChatwardenError:
    """The first that was raised on purpose."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ChatwardenError)
    return error

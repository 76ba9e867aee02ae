"""The command line: a file per command. Nothing heavy is imported before a command is chosen."""

import sys

import typer

from chatwarden.cli import (
    backup,
    bench,
    canary,
    doctor,
    keys,
    learning,
    migrate,
    rules,
    run,
    scan,
    services,
    sign_in_link,
    simulator,
    text_model,
)
from chatwarden.errors import ChatwardenError

app = typer.Typer(
    name="chatwarden",
    help="Spam protection for Telegram groups that admins can trust.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(run.run)
for service in (services.ingest, services.enforce, services.record, services.bot, services.api):
    app.command()(service)
app.command()(services.shadow)
app.command(name="shadow-address")(services.shadow_address)
app.command()(scan.scan)
app.command()(simulator.simulator)
app.command()(text_model.train)
app.command(name="eval")(text_model.evaluate)
app.command()(migrate.migrate)
app.command(name="sign-in-link")(sign_in_link.sign_in_link)
app.command()(canary.canary)
app.command()(doctor.doctor)
app.add_typer(backup.app, name="backup")
app.add_typer(keys.app, name="keys")
app.add_typer(bench.app, name="bench")
app.add_typer(rules.app, name="rules")
app.add_typer(learning.app, name="learning")


def main() -> None:
    """Entry point. An error raised on purpose is told in two lines, without a traceback; exit code 1."""
    try:
        app()
    except ChatwardenError as error:
        tell(error)
        sys.exit(1)


def tell(error: ChatwardenError) -> None:
    """What happened, then what to do."""
    sys.stderr.write(f"{error}\n{error.hint}\n")

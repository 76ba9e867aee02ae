"""`chatwarden learning`: what people taught, to be looked at, taken elsewhere, taken in, or forgotten.

In: the deployment's database. A running Chatwarden takes up what is changed here within a minute.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chatwarden.cli.files import read_file
from chatwarden.cli.settings import read_settings
from chatwarden.errors import ConfigurationError, FileUnusable

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from chatwarden.storage.keyring import Keyring

app = typer.Typer(help="What people taught.", no_args_is_help=True)

_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.callback()
def _learning() -> None:
    """What people taught: docs/guides/learning.md."""


@app.command()
def show() -> None:
    """Tell of each group what was learned there, and what was taken in from elsewhere."""
    asyncio.run(_show())


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The JSON Lines file to write.")],
    with_texts: Annotated[
        bool,
        typer.Option(
            "--with-texts", help="With the messages themselves, where they are still kept."
        ),
    ] = False,
) -> None:
    """Write what people taught, a line a message: features and how many agree; no word unless you ask for it."""
    lines = asyncio.run(_export(with_texts=with_texts))
    part = out.with_name(out.name + ".part")
    try:
        part.write_bytes(b"".join(line + b"\n" for line in lines))
        part.replace(out)
    except OSError as error:
        raise FileUnusable(f"{out}: {error.strerror}.") from None
    print(f"{out}: {len(lines)} messages")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `learning export` wrote.")],
    source: Annotated[str, typer.Option(help="Whose it is: a name of your own for it.")],
) -> None:
    """Take in what people of another deployment agreed on, in place of what the source had brought before.

    It counts in every group, below whatever is said there.
    """
    if not source or len(source) > 64:
        raise ConfigurationError("--source: a name of 64 characters at most.")
    taken, passed_over, gone = asyncio.run(_import(file, source))
    print(
        f"{file}: {taken} messages taken in, {passed_over} passed over that too few agree on,"
        f" {gone} of before removed"
    )


@app.command()
def reset(
    chat: Annotated[int | None, typer.Option(help="The group whose feedback to forget.")] = None,
    source: Annotated[str | None, typer.Option(help="What was imported under this name.")] = None,
    yes: _Yes = False,
) -> None:
    """Take all feedback of a group back, as if it was never given; or what was imported from a source."""
    if (chat is None) == (source is None):
        raise ConfigurationError("Give either --chat or --source.")
    if not yes:
        what = f"group {chat}" if source is None else f"source {source}"
        typer.confirm(f"Forget what was learned from {what}?", abort=True)
    forgotten = asyncio.run(_reset(chat, source))
    print(f"{forgotten} pieces of feedback taken back")


@app.command()
def workspace(
    chat: Annotated[list[int], typer.Option(help="A group; give several.")],
    apart: Annotated[
        bool, typer.Option("--apart", help="Let Telegram say again whose they are.")
    ] = False,
) -> None:
    """Let groups share what they agree on, whoever owns them."""
    asyncio.run(_workspace(chat, apart=apart))
    print("apart" if apart else f"{len(chat)} groups share a workspace")


@dataclass(frozen=True, slots=True)
class _Opened:
    session: "AsyncSession"
    keyring: "Keyring"


@asynccontextmanager
async def _opened() -> AsyncIterator[_Opened]:
    """One transaction on the deployment's database. Raises ConfigurationError where there is none yet."""
    from chatwarden.bootstrap import opened_database
    from chatwarden.storage.database import Database, sqlite_url
    from chatwarden.storage.keyring import Keyring
    from chatwarden.storage.master_key import own_key_file, read_master_keys

    settings = read_settings()
    if not own_key_file(settings).exists():
        raise ConfigurationError(f"{settings.data_dir}: no Chatwarden has run there yet.")
    masters = read_master_keys(settings)
    async with opened_database(settings) as database:
        kept = Database(sqlite_url(settings.data_dir))
        try:
            keyring = await Keyring.begin(kept, masters)
            async with database.transaction() as session:
                yield _Opened(session, keyring)
        finally:
            await kept.close()


async def _export(*, with_texts: bool) -> list[bytes]:
    from chatwarden.learning.exchange import lines_of

    async with _opened() as opened:
        return await lines_of(opened.session, texts_with=opened.keyring if with_texts else None)


async def _import(file: Path, source: str) -> tuple[int, int, int]:
    from chatwarden.learning.exchange import read_lines
    from chatwarden.storage.repositories.imported import replace_imported

    lines = read_file(file).splitlines()
    rows, passed_over = read_lines(str(file), lines, source=source, now=datetime.now(UTC))
    async with _opened() as opened:
        gone = await replace_imported(opened.session, source, rows)
    return len(rows), passed_over, gone


async def _reset(chat: int | None, source: str | None) -> int:
    from chatwarden.storage.repositories.feedback import take_back_all
    from chatwarden.storage.repositories.groups import groups_named
    from chatwarden.storage.repositories.imported import counts_by_source, replace_imported

    async with _opened() as opened:
        if source is not None:
            if source not in await counts_by_source(opened.session):
                raise ConfigurationError(f"Nothing was imported as {source}.")
            return await replace_imported(opened.session, source, [])
        assert chat is not None
        if not await groups_named(opened.session, [chat]):
            raise ConfigurationError(f"The bot knows no group {chat}.")
        return await take_back_all(opened.session, chat_id=chat, now=datetime.now(UTC))


async def _workspace(chats: list[int], *, apart: bool) -> None:
    from chatwarden.storage.repositories.groups import groups_named
    from chatwarden.storage.repositories.workspaces import put_together, set_apart

    async with _opened() as opened:
        groups = await groups_named(opened.session, chats)
        unknown = set(chats) - {group.chat_id for group in groups}
        if unknown:
            raise ConfigurationError(f"The bot knows no group {min(unknown)}.")
        if len({group.bot_id for group in groups}) > 1:
            raise ConfigurationError("These groups belong to different bots.")
        if apart:
            await set_apart(opened.session, groups)
        else:
            await put_together(opened.session, groups, now=datetime.now(UTC))


async def _show() -> None:
    from chatwarden.storage.repositories.feedback import feedback_by_group
    from chatwarden.storage.repositories.imported import counts_by_source

    async with _opened() as opened:
        groups = await feedback_by_group(opened.session)
        sources = await counts_by_source(opened.session)
    table = Table(title="What people taught")
    for column in ("group", "title", "spam", "ham", "people", "workspace", "version"):
        table.add_column(column, justify="left" if column == "title" else "right")
    for row in groups:
        table.add_row(
            str(row.chat_id),
            escape(row.title),
            str(row.spam),
            str(row.ham),
            str(row.people),
            "–" if row.workspace_id is None else str(row.workspace_id),
            "–" if row.version is None else str(row.version),
        )
    console = Console(width=None if Console().is_terminal else 140)
    console.print(table)
    for source, count in sources.items():
        console.print(f"Taken in from {escape(source)}: {count} messages", highlight=False)

"""`chatwarden learning`: real database, real engine, feedback as people give it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.support.command import Run
from tests.support.keys import keyring_over, master_key_in
from tests.support.labelled_messages import SOURCES, labelled_lines
from tests.support.rows import BOT_ID, CHAT_ID, DAY, group_row, outcome_row

from chatwarden._engine import Engine
from chatwarden.bootstrap import opened_database
from chatwarden.learning.feedback import give_feedback
from chatwarden.learning.learner import Learner
from chatwarden.settings import Settings
from chatwarden.storage.database import Database
from chatwarden.storage.models import Feedback, FeedbackLabel, Group, Imported
from chatwarden.storage.repositories.feedback import find_learned
from chatwarden.storage.sealing import Sealer

OTHER = CHAT_ID - 1
ADVERT = "Fresh cherries from our garden, ten a kilo, delivered on every Saturday, call Rosa"
AGAIN = "Fresh apples from our garden, ten a kilo, delivered on every Saturday, call Rosa"
T = TypeVar("T")
ALONE = "Cheap followers for your channel, order now, the first hundred are free for everybody"
SHORT = "buy now"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment's data, with two groups, four messages and what people said of them."""
    folder = tmp_path / "deployment"
    use(folder, monkeypatch)
    folder.mkdir()
    key = master_key_in(folder)
    sealer = Sealer(key)
    said: list[tuple[int, int, str, str, FeedbackLabel]] = [
        (1, CHAT_ID, ADVERT, "user:1", "spam"),
        (2, OTHER, AGAIN, "user:2", "spam"),
        (3, CHAT_ID, ALONE, "user:1", "spam"),
        (4, CHAT_ID, SHORT, "user:1", "spam"),
    ]

    async def fill(session: AsyncSession, database: Database) -> None:
        session.add_all([group_row(), group_row(chat_id=OTHER, title="Bakers")])
        for update_id, chat_id, text, who, label in said:
            outcome = outcome_row(
                update_id, chat_id=chat_id, sealer=sealer, texts=[("text", text), ("bio", "I am I")]
            )
            session.add(outcome)
            await session.flush()
            await give_feedback(
                session,
                outcome,
                label,
                given_by=who,
                source="admin",
                keyring=keyring_over(database, key),
                now=DAY + timedelta(hours=update_id),
            )

    inside(folder, fill)
    return folder


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(folder))


def inside(folder: Path, work: Callable[[AsyncSession, Database], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = Settings(_env_file=None, data_dir=folder)
        async with opened_database(settings) as database, database.transaction() as session:
            return await work(session, database)

    return asyncio.run(run())


def learned(folder: Path, chat_id: int) -> bytes:
    """The delta that a process comes to which takes up all there is."""

    async def run() -> bytes:
        async with opened_database(Settings(_env_file=None, data_dir=folder)) as database:
            learner = Learner(database, Engine(), bot_id=BOT_ID)
            await learner.start()
            await learner.learn(chat_id)
            async with database.transaction() as session:
                row = await find_learned(session, bot_id=BOT_ID, chat_id=chat_id)
            assert row is not None
            return row.delta

    return asyncio.run(run())


def test_an_export_tells_how_many_agree_and_neither_words_nor_people(
    run: Run, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "taught.jsonl"
    assert run("learning", "export", "--out", out).code == 0
    both, alone = (json.loads(line) for line in out.read_text().splitlines())
    assert (both["label"], both["groups"], both["people"], both["against"]) == ("spam", 2, 2, 0)
    assert (alone["groups"], alone["people"]) == (1, 1)
    told = out.read_text()
    for secret in ("cherries", "Rosa", "user:1", str(CHAT_ID), "text"):
        assert secret not in told, secret


def test_with_texts_training_takes_the_words_and_without_the_features(
    run: Run, data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "taught.jsonl"
    assert run("learning", "export", "--out", out, "--with-texts").code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["text"] for row in rows} == {AGAIN, ALONE}
    for options in ([], ["--with-texts"]):
        folder = tmp_path / f"train{len(options)}"
        folder.mkdir()
        taught = folder / "taught.jsonl"
        assert run("learning", "export", "--out", taught, *options).code == 0
        for source in SOURCES:
            (folder / f"source_{source}.jsonl").write_text(labelled_lines(source))
        trained = run("train", "--data", folder, "--out", folder / "new.model")
        assert trained.code == 0, trained.err
        assert "taught: 2 spam, 0 ham" in trained.out


def test_what_another_deployment_agrees_on_is_taken_in_and_counts(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "taught.jsonl"
    run("learning", "export", "--out", out)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    use(elsewhere, monkeypatch)
    master_key_in(elsewhere)

    async def add_group(session: AsyncSession, _: Database) -> None:
        session.add(group_row())

    inside(elsewhere, add_group)
    before = learned(elsewhere, CHAT_ID)
    taken = run("learning", "import", out, "--source", "friends")
    assert "1 messages taken in, 1 passed over" in taken.out
    assert learned(elsewhere, CHAT_ID) != before
    assert "Taken in from friends: 1 messages" in run("learning", "show").out
    again = run("learning", "import", out, "--source", "friends")
    assert "1 of before removed" in again.out
    assert run("learning", "reset", "--source", "friends", "--yes").code == 0
    assert learned(elsewhere, CHAT_ID) == before
    unknown = run("learning", "reset", "--source", "friends", "--yes")
    assert unknown.code == 1
    assert "Nothing was imported as friends" in unknown.err


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"label": "perhaps"}, "label"),
        ({"format": 9}, "format 9; this version reads 1"),
        ({"sketch": "00"}, "sketch is damaged"),
        ({"features": "0901"}, "layout 9"),
        ({"people": -1}, "people"),
        ({"secret": "a word"}, "unknown field"),
        ({"picture": "xyz"}, "picture"),
    ],
)
def test_a_broken_line_is_named_without_its_words_and_nothing_is_taken_in(
    run: Run, data: Path, tmp_path: Path, change: dict[str, object], fault: str
) -> None:
    out = tmp_path / "taught.jsonl"
    run("learning", "export", "--out", out)
    good, other = out.read_text().splitlines()
    broken = json.dumps(json.loads(other) | change)
    out.write_text(f"{good}\n{broken}\n")
    ended = run("learning", "import", out, "--source", "friends")
    assert ended.code == 1
    assert "line 2" in ended.err and fault in ended.err
    assert "a word" not in ended.err

    async def rows(session: AsyncSession, _: Database) -> list[Imported]:
        return list(await session.scalars(select(Imported)))

    assert inside(data, rows) == []


def test_no_file_and_no_json_are_told(run: Run, data: Path, tmp_path: Path) -> None:
    missing = run("learning", "import", tmp_path / "none", "--source", "friends")
    assert missing.code == 1 and "No such file" in missing.err
    (tmp_path / "words").write_text("secret words\n")
    words = run("learning", "import", tmp_path / "words", "--source", "friends")
    assert words.code == 1 and "line 1: no JSON" in words.err and "secret" not in words.err


def test_a_reset_asks_and_then_a_group_is_as_if_nobody_ever_said_anything(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counted(session: AsyncSession, _: Database) -> int:
        query = select(Feedback).where(
            Feedback.chat_id == CHAT_ID, Feedback.taken_back_at.is_(None)
        )
        return len((await session.scalars(query)).all())

    given = learned(data, CHAT_ID)
    monkeypatch.setattr("typer.confirm", refuse)
    assert run("learning", "reset", "--chat", CHAT_ID).code == 1
    assert inside(data, counted) == 3
    assert "3 pieces" in run("learning", "reset", "--chat", CHAT_ID, "--yes").out
    assert inside(data, counted) == 0
    assert learned(data, CHAT_ID) == Engine().learn([]) != given
    unknown = run("learning", "reset", "--chat", -5, "--yes")
    assert unknown.code == 1 and "knows no group -5" in unknown.err
    assert run("learning", "reset", "--yes").code == 1


def refuse(text: str, *, abort: bool) -> None:
    """As somebody does who types n."""
    assert "Forget" in text
    assert abort
    raise SystemExit(1)


def test_groups_are_put_together_and_apart_and_shown(run: Run, data: Path) -> None:
    async def workspaces(session: AsyncSession, _: Database) -> set[int | None]:
        return set(await session.scalars(select(Group.workspace_id)))

    chats = ("--chat", CHAT_ID, "--chat", OTHER)
    assert "2 groups share" in run("learning", "workspace", *chats).out
    assert len(inside(data, workspaces)) == 1
    shown = run("learning", "show").out
    assert "Bakers" in shown and "Balcony gardeners" in shown
    assert run("learning", "workspace", *chats, "--apart").code == 0
    assert inside(data, workspaces) == {None}
    unknown = run("learning", "workspace", "--chat", -5)
    assert unknown.code == 1 and "knows no group -5" in unknown.err


def test_where_nothing_ran_yet_that_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(tmp_path / "nowhere", monkeypatch)
    ended = run("learning", "show")
    assert ended.code == 1 and "no Chatwarden has run there yet" in ended.err
    assert not (tmp_path / "nowhere").exists()

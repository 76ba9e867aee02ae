"""`chatwarden doctor` and `backup`, as an operator runs them: each finding by a deployment that has that fault."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.support.command import Run
from tests.support.keys import master_key_in
from tests.support.redis import RedisServer
from tests.support.rows import group_row
from tests.support.scene import Scene, playing_scene
from tests.support.stand_in import Reply, standing_in

from chatwarden.bootstrap import opened_database
from chatwarden.doctor.examination import examine
from chatwarden.doctor.finding import Finding
from chatwarden.doctor.stores import (
    backup_finding,
    database_finding,
    master_key_finding,
    redis_findings,
)
from chatwarden.doctor.telegram import (
    examine_rights,
    examine_telegram,
    privacy_finding,
    rights_finding,
    webhook_finding,
)
from chatwarden.settings import Settings
from chatwarden.simulator.client import Rights
from chatwarden.storage.backup import BackupSealers, make_backup
from chatwarden.storage.database import Database, sqlite_url
from chatwarden.storage.master_key import LocalMasterKey, MasterKeys
from chatwarden.storage.migrate import downgrade
from chatwarden.streams.connection import connected
from chatwarden.telegram.poll import ALLOWED_UPDATES, BotIdentity, UpdatePoll, WebhookState

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ADDRESS = "https://warden.example.org/telegram/42"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
async def scene() -> AsyncIterator[Scene]:
    async with playing_scene() as scene:
        yield scene


def settings(scene_url: str, data: Path, **more: object) -> Settings:
    values: dict[str, object] = {
        "bot_token": "42:TEST",
        "telegram_api": scene_url,
        "data_dir": data,
    }
    return Settings.model_validate(values | more)


async def found(settings: Settings) -> dict[str, Finding]:
    return {finding.part: finding async for finding in examine(settings)}


async def test_a_healthy_deployment_has_nothing_to_mend(scene: Scene, tmp_path: Path) -> None:
    data, backups = tmp_path / "data", tmp_path / "backups"
    backups.mkdir()
    data.mkdir()
    key = master_key_in(data)
    configured = settings(scene.url, data, backup_dir=backups)
    async with opened_database(configured) as database:
        async with database.transaction() as session:
            session.add(group_row(chat_id=scene.group, title="Makers", bot_id=42))
        await make_backup(
            database,
            backups / "chatwarden-1.backup",
            sealers=await BackupSealers.of(MasterKeys(LocalMasterKey(key))),
        )

    findings = await found(configured)

    failing = {part: f for part, f in findings.items() if f.state == "failing"}
    assert failing == {}
    assert findings["rights in Makers"].state == "ok"
    assert {"token", "privacy mode", "webhook", "master key", "disk", "database", "backups"} < set(
        findings
    )


async def test_without_anything_each_part_is_named_and_says_how_to_mend_it(tmp_path: Path) -> None:
    findings = await found(settings(NOBODY, tmp_path / "data", bot_token=None))

    assert {part for part, finding in findings.items() if finding.state != "ok"} == {
        "token",
        "master key",
        "database",
        "backups",
    }
    assert all(finding.mend for finding in findings.values() if finding.state != "ok")


async def telegram_findings(api: str, token: str, address: str | None = None) -> dict[str, Finding]:
    findings = examine_telegram(api=api, token=token, webhook_address=address)
    return {finding.part: finding async for finding in findings}


async def test_a_token_that_telegram_does_not_know_is_one_finding(scene: Scene) -> None:
    findings = await telegram_findings(scene.url, "42:WRONG")

    assert list(findings) == ["token"]
    assert findings["token"].state == "failing"
    assert "@BotFather" in findings["token"].mend


async def test_a_telegram_that_is_not_reached_is_one_finding_without_the_token() -> None:
    findings = await telegram_findings(NOBODY, "42:SECRET")

    assert findings["Telegram"].state == "failing"
    assert NOBODY in findings["Telegram"].mend
    assert "SECRET" not in str(findings)


async def test_a_telegram_that_talks_nonsense_is_a_finding() -> None:
    async with standing_in(lambda _: Reply(b"<html>")) as stand_in:
        findings = await telegram_findings(stand_in.url, "42:SECRET")

    assert findings["Telegram"].state == "failing"


def test_privacy_mode_is_told() -> None:
    hidden = privacy_finding(BotIdentity(id=42, username="warden_bot"))
    seen = privacy_finding(
        BotIdentity(id=42, username="warden_bot", can_read_all_group_messages=True)
    )

    assert (hidden.state, seen.state) == ("warning", "ok")
    assert "/setprivacy" in hidden.mend


async def test_a_webhook_of_somebody_else_is_found_where_the_bot_polls(scene: Scene) -> None:
    async with (
        standing_in(lambda _: Reply(b"")) as receiver,
        UpdatePoll(api=scene.url, token="42:TEST") as telegram,
    ):
        await telegram.deliver_to(receiver.url, secret="s")
        polling = await telegram_findings(scene.url, "42:TEST")
        ours = await telegram_findings(scene.url, "42:TEST", receiver.url)
        other = await telegram_findings(scene.url, "42:TEST", ADDRESS)
        await telegram.take_over()

    assert receiver.url in polling["webhook"].detail
    assert polling["webhook"].state == other["webhook"].state == "failing"
    assert ADDRESS in other["webhook"].detail
    assert ours["webhook"].state == "ok"


@pytest.mark.parametrize(
    ("changes", "state", "says"),
    [
        ({}, "ok", "delivers to"),
        ({"url": ""}, "failing", "nobody"),
        ({"url": "https://other.example/x"}, "failing", "other.example"),
        (
            {"last_error_date": int(NOW.timestamp()) - 60, "last_error_message": "SSL error"},
            "failing",
            "SSL error",
        ),
        (
            {"last_error_date": int(NOW.timestamp()) - 7200, "last_error_message": "SSL error"},
            "ok",
            "delivers",
        ),
        ({"allowed_updates": ["message"]}, "failing", "chat_member"),
        ({"pending_update_count": 500}, "warning", "500"),
    ],
)
def test_how_telegram_delivers_is_told(changes: dict[str, object], state: str, says: str) -> None:
    values = {"url": ADDRESS, "allowed_updates": list(ALLOWED_UPDATES)} | changes
    finding = webhook_finding(msgspec.convert(values, WebhookState), address=ADDRESS, now=NOW)

    assert finding.state == state
    assert says in finding.detail
    assert bool(finding.mend) == (state != "ok")


async def test_missing_rights_and_a_group_that_is_gone_are_found(scene: Scene) -> None:
    await scene.control.promote(scene.group, 42, Rights(can_restrict_members=False))
    groups = [(scene.group, "Makers"), (-1001, "Gone")]
    asked = examine_rights(api=scene.url, token="42:TEST", groups=groups)
    here, gone = [finding async for finding in asked]
    await scene.control.promote(scene.group, 42, Rights())
    (none,) = [f async for f in examine_rights(api=scene.url, token="42:TEST", groups=[])]

    assert here.state == gone.state == "failing"
    assert "ban users" in here.detail
    assert "delete messages" not in here.detail
    assert "Gone" in gone.part
    assert (none.state, "Add it to your group" in none.mend) == ("warning", True)


def test_all_rights_are_well() -> None:
    assert rights_finding("Makers", []).state == "ok"


async def test_a_database_in_an_older_layout_and_one_that_is_away_are_found(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    empty = await database_finding(database)
    async with opened_database(Settings(data_dir=tmp_path)):
        whole = await database_finding(database)
    await downgrade(database, revision="0008")
    old = await database_finding(database)
    await database.close()
    away = Database("postgresql+asyncpg://nobody:SECRET@127.0.0.1:9/none")
    gone = await database_finding(away)
    await away.close()

    assert [f.state for f in (empty, whole, old, gone)] == ["failing", "ok", "failing", "failing"]
    assert "0008" in old.detail
    assert "chatwarden migrate" in old.mend
    assert "SECRET" not in str(gone)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.kill()


async def test_each_fault_of_redis_is_found(redis: RedisServer) -> None:
    async def finding() -> Finding:
        (only,) = await redis_findings(redis.url, bot_id=42)
        return only

    assert (await finding()).state == "ok"
    async with connected(redis.url) as client:
        assert await client.dbsize() == 0  # Looking changed nothing.
        await client.config_set("appendonly", "no")
        assert "appendonly yes" in (await finding()).mend
        await client.config_set("maxmemory-policy", "allkeys-lru")
        evicting = await finding()
    assert (evicting.state, "noeviction" in evicting.mend) == ("failing", True)
    redis.kill()
    gone = await finding()
    assert (gone.state, "CHATWARDEN_REDIS_URL" in gone.mend) == ("failing", True)


def test_a_master_key_that_is_missing_or_none_is_found(tmp_path: Path) -> None:
    missing, _ = master_key_finding(Settings(_env_file=None, data_dir=tmp_path))
    (tmp_path / "short.key").write_bytes(b"short")
    short, _ = master_key_finding(Settings(_env_file=None, master_key_file=tmp_path / "short.key"))

    assert missing.state == short.state == "failing"
    assert str(tmp_path / "master.key") in missing.detail


async def test_backups_that_are_absent_old_or_damaged_are_found(tmp_path: Path) -> None:
    sealers = await BackupSealers.of(MasterKeys(LocalMasterKey(master_key_in(tmp_path))))
    folder = tmp_path / "backups"
    folder.mkdir()
    none = backup_finding(folder, sealers=sealers)
    unset = backup_finding(None, sealers=sealers)
    async with opened_database(Settings(data_dir=tmp_path)) as database:
        path = folder / "chatwarden-1.backup"
        await make_backup(database, path, sealers=sealers)
    young = backup_finding(folder, sealers=sealers)
    old = backup_finding(folder, sealers=sealers, now=datetime.now(UTC) + timedelta(hours=27))
    path.write_bytes(path.read_bytes()[:-9])
    damaged = backup_finding(folder, sealers=sealers)

    states = [finding.state for finding in (none, unset, young, old, damaged)]
    assert states == ["failing", "warning", "ok", "failing", "failing"]


def test_the_command_ends_with_1_where_something_fails_and_tells_json_when_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CHATWARDEN_BOT_TOKEN", "")

    told, rows = run("doctor"), run("doctor", "--json")

    assert (told.code, rows.code) == (1, 1)
    assert "FAILING  token: None is set" in told.out
    assert {row["part"] for row in rows.rows} >= {"token", "database", "backups"}


def test_the_restore_drill_from_the_command_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine burns down; its master key and a backup are left."""
    first, second, backups = tmp_path / "first", tmp_path / "second", tmp_path / "backups"
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(first))
    first.mkdir()
    key = master_key_in(first)
    assert run("migrate").code == 0
    for _ in range(3):
        assert run("backup", "make", "--to", backups, "--keep", 2).code == 0
        time.sleep(0.001)
    kept = sorted(backups.glob("*.backup"))
    assert len(kept) == 2
    assert "layout" in run("backup", "check", kept[-1]).out

    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(second))
    without_key = run("backup", "restore", kept[-1])
    second.mkdir(exist_ok=True)
    (second / "master.key").write_bytes(key)
    restored = run("backup", "restore", kept[-1])

    assert (without_key.code, "master key" in without_key.err) == (1, True)
    assert restored.code == 0, restored.err
    assert (second / "chatwarden.db").exists()


def test_a_backup_needs_a_folder(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(tmp_path))

    ended = run("backup", "make")

    assert (ended.code, "CHATWARDEN_BACKUP_DIR" in ended.err) == (1, True)

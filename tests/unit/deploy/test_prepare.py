"""deploy/compose/prepare: what it writes, once, and what it refuses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

_DEPLOY = Path(__file__).parents[3] / "deploy"


@pytest.fixture
def compose(tmp_path: Path) -> Path:
    for name in ("compose", "blue-green"):
        shutil.copytree(
            _DEPLOY / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns(".env", "secrets", "state", "reload.log"),
        )
    return tmp_path / "compose"


def prepare(
    compose: Path, *arguments: str, token: str = "42:TEST"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [compose / "prepare", *arguments],
        env={"PATH": os.environ["PATH"], "CHATWARDEN_BOT_TOKEN": token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def secret(compose: Path, name: str) -> str:
    return (compose / "secrets" / name).read_text()


def test_each_secret_is_a_file_of_its_own_and_none_is_in_the_settings(compose: Path) -> None:
    done = prepare(compose, "distributed", "warden.example.org")

    assert done.returncode == 0, done.stderr
    settings = (compose / ".env").read_text()
    password = secret(compose, "redis_password")
    assert len((compose / "secrets" / "chatwarden_master_key").read_bytes()) == 32
    assert secret(compose, "chatwarden_redis_url") == f"redis://:{password}@redis:6379"
    assert f"requirepass {password}\n" in secret(compose, "redis_configuration")
    assert secret(compose, "postgres_password") in secret(compose, "chatwarden_database_url")
    assert "CHATWARDEN_BOT_ID=42\n" in settings
    for hidden in ("42:TEST", password, secret(compose, "postgres_password")):
        assert hidden not in settings + done.stdout + done.stderr
    assert (compose / "secrets").stat().st_mode & 0o077 == 0
    assert list((compose / "state").iterdir()) == []  # Blue is live.


def test_a_change_of_profile_keeps_the_secrets(compose: Path) -> None:
    prepare(compose, "embedded")
    key = (compose / "secrets" / "chatwarden_master_key").read_bytes()
    refused = prepare(compose, "distributed", "warden.example.org")
    (compose / ".env").unlink()
    for _ in range(5):  # A pipe that nobody reads breaks only sometimes.
        done = prepare(compose, "distributed", "warden.example.org")
        assert done.returncode == 0, done.stderr
        (compose / ".env").unlink()

    assert (refused.returncode, "there already" in refused.stderr) == (1, True)
    assert (compose / "secrets" / "chatwarden_master_key").read_bytes() == key


@pytest.mark.parametrize(
    ("arguments", "token", "says"),
    [
        ((), "42:TEST", "usage"),
        (("distributed",), "42:TEST", "usage"),
        (("elsewhere",), "42:TEST", "usage"),
        (("embedded",), "no-token", "no bot token"),
        (("embedded",), "42: TEST", "no bot token"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    compose: Path, arguments: tuple[str, ...], token: str, says: str
) -> None:
    done = prepare(compose, *arguments, token=token)

    assert done.returncode != 0
    assert says in done.stderr
    assert not (compose / ".env").exists()
    assert not (compose / "secrets").exists()


def test_staging_takes_no_real_token_and_knows_its_files(compose: Path) -> None:
    done = prepare(compose, "staging", "staging.example.org", token="777:REAL")

    assert done.returncode == 0, done.stderr
    assert secret(compose, "chatwarden_bot_token") == "42:TEST"
    settings = (compose / ".env").read_text()
    assert "COMPOSE_FILE=compose.yml:compose.test.yml:compose.staging.yml\n" in settings
    assert "CHATWARDEN_BOT_ID=42\n" in settings


def test_every_service_that_knows_telegram_is_given_the_simulator_in_staging() -> None:
    files = {
        name: yaml.safe_load((_DEPLOY / "compose" / f"{name}.yml").read_text())
        for name in ("compose", "compose.staging")
    }
    distributed = {
        name
        for name, service in files["compose"]["services"].items()
        if "chatwarden_bot_token" in service.get("secrets", []) and name != "chatwarden"
    }
    staged = files["compose.staging"]["services"]
    assert distributed, "no service knows the token"
    for name in distributed:
        assert staged[name]["environment"]["CHATWARDEN_TELEGRAM_API"] == "http://simulator:8080"
    assert files["compose.staging"]["networks"]["default"] == {"internal": True}

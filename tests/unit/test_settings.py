"""Settings come from the environment; what is wrong is named and never shown."""

from pathlib import Path

import pytest

from chatwarden.cli.settings import read_settings
from chatwarden.errors import ConfigurationError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    monkeypatch.delenv("CHATWARDEN_BOT_TOKEN", raising=False)


def test_nothing_set_is_the_demo_on_this_machine_only() -> None:
    settings = read_settings()

    assert settings.bot_token is None
    assert (settings.host, settings.new_group_mode) == ("127.0.0.1", "observe")


def test_an_empty_token_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWARDEN_BOT_TOKEN", "")

    assert read_settings().bot_token is None


def test_a_token_is_not_shown_where_settings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWARDEN_BOT_TOKEN", "42:SECRET")

    assert "SECRET" not in repr(read_settings())


def test_an_address_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWARDEN_TELEGRAM_API", "http://localhost:8081/")

    assert read_settings().telegram_api == "http://localhost:8081"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", "no-token-at-all"),
        ("BOT_TOKEN", "x42:no-token-at-all"),
        ("TELEGRAM_API", "ftp://no-token-at-all"),
        ("PORT", "no-token-at-all"),
        ("NEW_GROUP_MODE", "no-token-at-all"),
        ("CAS", "no-token-at-all"),
        ("OPINION_API", "no-token-at-all"),
        ("FEDERATIONS", '[{"name":"makers","url":"https://x.example","key":"no-token-at-all"}]'),
    ],
)
def test_a_wrong_value_is_named_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"CHATWARDEN_{name}", value)

    with pytest.raises(ConfigurationError, match=f"CHATWARDEN_{name}") as raised:
        read_settings()
    assert "no-token-at-all" not in str(raised.value)


def test_without_a_setting_slow_evidence_comes_from_telegram_and_this_machine_only() -> None:
    assert read_settings().obtainable_evidence - {"meaning"} == {"profile", "picture"}


def test_meaning_is_looked_at_where_its_package_is_installed_and_it_is_not_switched_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "meaning" in read_settings().obtainable_evidence
    monkeypatch.setattr("chatwarden.settings.ENCODER_MODULE", "no_such_module")
    assert "meaning" not in read_settings().obtainable_evidence
    monkeypatch.undo()
    monkeypatch.setenv("CHATWARDEN_MEANING", "false")
    assert "meaning" not in read_settings().obtainable_evidence


def test_federations_are_read_with_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    federation = f'[{{"name":"makers","url":"https://lists.example/x","key":"{key}"}}]'
    monkeypatch.setenv("CHATWARDEN_FEDERATIONS", federation)
    settings = read_settings()

    assert [(one.name, one.key) for one in settings.federations] == [("makers", key)]
    assert "lists" in settings.obtainable_evidence


def test_a_list_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWARDEN_FEDERATIONS", "no-json-at-all")

    with pytest.raises(ConfigurationError, match="federations") as raised:
        read_settings()
    assert "no-json-at-all" not in str(raised.value)


def test_a_secret_may_be_a_file_and_a_variable_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "chatwarden_bot_token").write_text("42:FILE\n")
    (tmp_path / "chatwarden_redis_url").write_text("redis://file\n")
    monkeypatch.setenv("CHATWARDEN_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CHATWARDEN_REDIS_URL", "redis://variable")

    settings = read_settings()

    assert settings.bot_token is not None
    assert settings.redis_url is not None
    assert settings.bot_token.get_secret_value() == "42:FILE"
    assert settings.redis_url.get_secret_value() == "redis://variable"


def test_a_folder_of_secrets_that_is_not_there_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHATWARDEN_SECRETS_DIR", str(tmp_path / "nowhere"))

    assert read_settings().bot_token is None

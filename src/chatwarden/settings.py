"""Settings of a deployment: the only place that reads the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from variables named CHATWARDEN_… and from a file `.env` in the working directory."""

    model_config = SettingsConfigDict(env_prefix="CHATWARDEN_", env_file=".env", extra="ignore")

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
    host: str = Field(default="127.0.0.1", description="Address the dashboard and API listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port they listen on; 0: any.")
    public_url: str | None = Field(
        default=None, description="Address people reach the dashboard at, for links."
    )
    new_group_mode: Literal["observe", "guard"] = Field(
        default="observe", description="What the bot does in a group it comes into."
    )
    lists: Path | None = Field(
        default=None,
        description="Folder with lists of known hosts and names, and rules for all groups (docs/guides/lists.md).",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is logged: debug, info, warning or error."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Of the log: text for people, json for machines."
    )

    @field_validator("bot_token")
    @classmethod
    def _token_has_its_form(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        number, colon, rest = value.get_secret_value().partition(":")
        if not (number.isascii() and number.isdigit() and colon and rest):
            raise ValueError("a bot token looks like 123456:ABC…; copy it again from @BotFather")
        return value

    @field_validator("telegram_api")
    @classmethod
    def _address_is_http(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value.rstrip("/")


def demo_data_dir(settings: Settings) -> Path:
    """Where the demo keeps its data: apart from what is real, and emptied at each start."""
    return settings.data_dir / "demo"

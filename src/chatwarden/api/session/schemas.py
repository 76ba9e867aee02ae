"""What signing in takes and gives."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SignIn(BaseModel):
    """The secret of a one-time link: what stands after `#link=` in it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"link": "kVf0c1eKCq6mS0wIu0DqH2Xb7oYV1w9pYtqQ3nJm2sE"}]}
    )

    link: str = Field(min_length=1, max_length=128)


class MiniAppSignIn(BaseModel):
    """What Telegram hands to a Mini App as `initData`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"init_data": "auth_date=1763629200&user=%7B%22id%22%3A5%7D&hash=5f1d…"},
            ]
        }
    )

    init_data: str = Field(min_length=1, max_length=8192)


class SignInWays(BaseModel):
    """How people may sign in to this deployment, beside one-time links."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"telegram": True}]})

    telegram: bool = Field(description="By OpenID Connect: POST /api/v1/session/telegram.")


class TelegramSignIn(BaseModel):
    """Where to go to sign in with Telegram."""

    address: str


class TelegramReturn(BaseModel):
    """What Telegram sent back with the browser."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "SplxlOBeZQQYbYS6WxSbIA", "state": "af0ifjsldkj"}]}
    )

    code: str = Field(min_length=1, max_length=2048)
    state: str = Field(min_length=1, max_length=256)


class Access(BaseModel):
    """A signed-in session. The refresh token is not here: it is in a cookie no script can read."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJhbGciOiJFZERTQSIsImtpZCI6IjVk…",
                    "token_type": "Bearer",
                    "expires_at": "2026-11-20T09:10:00Z",
                }
            ]
        }
    )

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_at: datetime

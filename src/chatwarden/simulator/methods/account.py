"""The bot about itself: who it is, its commands, its webhook."""

import re
from typing import Any
from urllib.parse import urlsplit

from chatwarden.simulator.errors import bad_request
from chatwarden.simulator.methods.calling import Method, Params
from chatwarden.simulator.state.bots import Bot, Webhook
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import encode

MOST_DESCRIPTION = 512
"""Characters (Bot API, setMyDescription)."""


class SetCommands(Params, kw_only=True):
    commands: list[dict[str, Any]]
    scope: dict[str, Any] | None = None
    language_code: str = ""


class CommandScope(Params, kw_only=True):
    scope: dict[str, Any] | None = None
    language_code: str = ""


class Language(Params, kw_only=True):
    language_code: str = ""


class SetDescription(Language, kw_only=True):
    description: str = ""


class SetWebhook(Params, kw_only=True):
    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    allowed_updates: list[str] | None = None
    drop_pending_updates: bool = False


def get_me(world: World, bot: Bot, params: Params) -> object:
    """The bot's account."""
    return bot.me()


def set_my_commands(world: World, bot: Bot, params: SetCommands) -> object:
    """Remember the commands of a scope and language."""
    bot.commands[_key(params.scope, params.language_code)] = params.commands
    return True


def get_my_commands(world: World, bot: Bot, params: CommandScope) -> object:
    """The commands of exactly this scope and language."""
    return bot.commands.get(_key(params.scope, params.language_code), [])


def delete_my_commands(world: World, bot: Bot, params: CommandScope) -> object:
    """Forget the commands of a scope and language."""
    bot.commands.pop(_key(params.scope, params.language_code), None)
    return True


def set_my_description(world: World, bot: Bot, params: SetDescription) -> object:
    """Remember what people see of the bot before they start it; an empty one is forgotten."""
    if len(params.description) > MOST_DESCRIPTION:
        raise bad_request("bot description is too long")
    if params.description:
        bot.descriptions[params.language_code] = params.description
    else:
        bot.descriptions.pop(params.language_code, None)
    return True


def get_my_description(world: World, bot: Bot, params: Language) -> object:
    """That of exactly this language."""
    return {"description": bot.descriptions.get(params.language_code, "")}


def set_webhook(world: World, bot: Bot, params: SetWebhook) -> object:
    """Have updates delivered to an address; an empty one is deleteWebhook.

    Plain HTTP is taken too, as a local Bot API server does.
    """
    if not params.url:
        return delete_webhook(world, bot, params)
    parts = urlsplit(params.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("bad webhook: invalid webhook URL specified")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", params.secret_token):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= params.max_connections <= 100:
        raise bad_request("max_connections must be between 1 and 100")
    bot.updates.allow(params.allowed_updates)
    if params.drop_pending_updates:
        bot.updates.clear()
    bot.webhook = Webhook(
        url=params.url,
        secret_token=params.secret_token,
        max_connections=params.max_connections,
    )
    return True


def delete_webhook(world: World, bot: Bot, params: SetWebhook) -> object:
    """Go back to getUpdates; updates that wait are kept, unless `drop_pending_updates`."""
    bot.webhook = None
    if params.drop_pending_updates:
        bot.updates.clear()
    return True


def get_webhook_info(world: World, bot: Bot, params: Params) -> object:
    """Where updates go, how many wait, which kinds are wanted, and what last went wrong."""
    webhook = bot.webhook or Webhook(url="")
    info: dict[str, Any] = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if bot.updates.allowed_updates:
        info["allowed_updates"] = bot.updates.allowed_updates
    if webhook.url:
        info["max_connections"] = webhook.max_connections
    if webhook.last_error_at is not None:
        info["last_error_date"] = webhook.last_error_at
        info["last_error_message"] = webhook.last_error
    return info


METHODS = {
    "getMe": Method(Params, get_me),
    "setMyCommands": Method(SetCommands, set_my_commands),
    "getMyCommands": Method(CommandScope, get_my_commands),
    "deleteMyCommands": Method(CommandScope, delete_my_commands),
    "setMyDescription": Method(SetDescription, set_my_description),
    "getMyDescription": Method(Language, get_my_description),
    "setWebhook": Method(SetWebhook, set_webhook),
    "deleteWebhook": Method(SetWebhook, delete_webhook),
    "getWebhookInfo": Method(Params, get_webhook_info),
}


def _key(scope: dict[str, Any] | None, language_code: str) -> str:
    return encode([scope or {"type": "default"}, language_code]).decode()

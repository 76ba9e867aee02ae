"""The bot about itself: who it is, its commands, its webhook."""

from typing import Any

from chatwarden.simulator.errors import ApiError
from chatwarden.simulator.methods.calling import Method, Params
from chatwarden.simulator.state.bots import Bot
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import encode


class SetCommands(Params, kw_only=True):
    commands: list[dict[str, Any]]
    scope: dict[str, Any] | None = None
    language_code: str = ""


class CommandScope(Params, kw_only=True):
    scope: dict[str, Any] | None = None
    language_code: str = ""


class SetWebhook(Params, kw_only=True):
    url: str = ""
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


def set_webhook(world: World, bot: Bot, params: SetWebhook) -> object:
    """Refused, unless the url is empty, which is deleteWebhook: the simulator delivers by
    getUpdates only."""
    if params.url:
        raise ApiError(501, "Not Implemented: the simulator has no webhooks yet, use getUpdates")
    return delete_webhook(world, bot, params)


def delete_webhook(world: World, bot: Bot, params: SetWebhook) -> object:
    """There is none; only `drop_pending_updates` does something."""
    if params.drop_pending_updates:
        bot.updates.clear()
    return True


def get_webhook_info(world: World, bot: Bot, params: Params) -> object:
    """How many updates wait, and which kinds are wanted."""
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if bot.updates.allowed_updates:
        info["allowed_updates"] = bot.updates.allowed_updates
    return info


METHODS = {
    "getMe": Method(Params, get_me),
    "setMyCommands": Method(SetCommands, set_my_commands),
    "getMyCommands": Method(CommandScope, get_my_commands),
    "deleteMyCommands": Method(CommandScope, delete_my_commands),
    "setWebhook": Method(SetWebhook, set_webhook),
    "deleteWebhook": Method(SetWebhook, delete_webhook),
    "getWebhookInfo": Method(Params, get_webhook_info),
}


def _key(scope: dict[str, Any] | None, language_code: str) -> str:
    return encode([scope or {"type": "default"}, language_code]).decode()

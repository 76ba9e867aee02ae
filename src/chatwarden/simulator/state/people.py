"""People, bots and the four accounts Telegram itself speaks through."""

import msgspec

from chatwarden.simulator.wire import Payload, encode

TELEGRAM = 777000
"""Forwards a channel's posts into its linked group."""
ANONYMOUS_ADMIN = 1087968824
"""Stands in `from` when an admin speaks as the group."""
CHANNEL_BOT = 136817688
"""Stands in `from` when a channel speaks in a group."""


class Person(msgspec.Struct, kw_only=True):
    """A Telegram account as the Bot API's User, with what only getChat tells (bio, personal
    channel, photo)."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    is_premium: bool = False
    bio: str | None = None
    personal_chat_id: int | None = None
    photo_file_id: str | None = None

    def user(self) -> Payload:
        """The Bot API's User."""
        user: Payload = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        if self.is_premium:
            user["is_premium"] = True
        return user

    def encoded(self) -> msgspec.Raw:
        """The User as JSON, ready to be put into a larger object."""
        return msgspec.Raw(encode(self.user()))


def service_accounts() -> list[Person]:
    """The accounts that exist in every Telegram."""
    return [
        Person(id=TELEGRAM, first_name="Telegram"),
        Person(id=ANONYMOUS_ADMIN, first_name="Group", username="GroupAnonymousBot", is_bot=True),
        Person(id=CHANNEL_BOT, first_name="Channel", username="Channel_Bot", is_bot=True),
    ]

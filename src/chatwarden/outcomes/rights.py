"""Telegram's admin rights in the words of its apps: what people find in the group's settings."""

_TITLES = {"can_delete_messages": "Delete messages", "can_restrict_members": "Ban users"}

NEEDED_RIGHTS = ("can_delete_messages", "can_restrict_members")
"""What guarding a group needs."""


def title_of(right: str) -> str:
    """What Telegram's apps call a right, e.g. "Ban users" for `can_restrict_members`."""
    return _TITLES.get(right, right.removeprefix("can_").replace("_", " ").capitalize())


def hint_for(right: str) -> str:
    """What to do where the bot lacks it."""
    return f"Open the group's administrators, choose the bot, and allow “{title_of(right)}”."

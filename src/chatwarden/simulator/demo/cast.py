"""The people of the demo, from people.toml."""

import tomllib
from importlib import resources
from typing import Literal

import msgspec


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the cast."""

    first: str
    last: str | None = None
    username: str | None = None
    knows: str = "en"
    role: Literal["owner", "admin", "member"] = "member"
    title: str | None = None
    premium: bool = False
    bio: str | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The group or the channel linked to it."""

    title: str
    username: str
    description: str | None = None


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, by the name the screenplay calls them."""

    group: Place
    channel: Place
    people: dict[str, Role]


def load_cast() -> Cast:
    """The cast the package ships."""
    text = resources.files(__package__).joinpath("people.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Cast)

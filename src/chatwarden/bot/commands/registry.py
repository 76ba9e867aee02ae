"""How a command is described. Each has one place: its function, with who may say it and where."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from chatwarden.bot.call import Call

Run = Callable[[Call], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    run: Run
    by: Literal["anyone", "admins"]
    """Who may say it in a group: everybody, or admins who may delete messages and ban users."""
    offered: tuple[Literal["private", "members", "admins"], ...]
    """In whose menus it stands."""
    about_a_message: bool = False
    """It is a reply to the message that it is about."""


class Commands:
    """A table that is filled where the functions stand."""

    def __init__(self) -> None:
        self.by_name: dict[str, Command] = {}

    def add(
        self,
        name: str,
        *,
        by: Literal["anyone", "admins"],
        offered: tuple[Literal["private", "members", "admins"], ...],
        about_a_message: bool = False,
    ) -> Callable[[Run], Run]:
        """Decorates the function that carries the command out."""

        def register(run: Run) -> Run:
            self.by_name[name] = Command(name, run, by, offered, about_a_message)
            return run

        return register

    def merge(self, other: "Commands") -> None:
        self.by_name |= other.by_name

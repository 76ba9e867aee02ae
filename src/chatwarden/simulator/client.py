"""A typed client of the control API, for tests, the demo and load generators.

async with ControlClient("http://127.0.0.1:8081") as control:
    ana, = await control.add_people(NewPerson(first_name="Ana"))
    group = await control.add_chat(NewChat(title="Makers", owner=ana))
    await control.add_admin(group, 42)
    message = await control.post(group, Draft(from_id=ana, text="Hello"))
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from chatwarden.simulator.calls import Call
from chatwarden.simulator.control import requests as r
from chatwarden.simulator.control.requests import NewChat, NewPerson
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.faults import Fault
from chatwarden.simulator.limiter import Limits
from chatwarden.simulator.state.ledger import Deletion, Record
from chatwarden.simulator.state.members import Permissions, Rights
from chatwarden.simulator.state.posting import Draft, Edit
from chatwarden.simulator.wire import decode_as, encode

T = TypeVar("T")

__all__ = [
    "ControlClient",
    "Draft",
    "Edit",
    "Fault",
    "Limits",
    "NewChat",
    "NewPerson",
    "Permissions",
    "Rights",
]


class ControlClient:
    """Directs a simulator. Every method raises ControlError where the simulator refuses."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/") + "/control/"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def add_people(self, *people: NewPerson) -> list[int]:
        """Let people exist; gives their ids. With a known id: change the person."""
        return await self._ids("people", r.NewPeople(people=list(people)))

    async def add_chat(self, chat: NewChat) -> int:
        """Let a group or channel exist; gives its id."""
        return (await self._ids("chats", chat))[0]

    async def add_bot(
        self, token: str, *, name: str = "Warden", username: str = "warden_bot"
    ) -> int:
        """Let a bot exist; gives its id."""
        return (await self._ids("bots", r.NewBot(token=token, name=name, username=username)))[0]

    async def add_file(self, content: bytes) -> str:
        """Let a file exist; gives its id."""
        return (await self._post("files", r.NewFile(content=content), r.Text)).value

    async def add_admin(self, chat_id: int, person_id: int, rights: Rights | None = None) -> None:
        """Let a person or bot join as an administrator."""
        await self.join(chat_id, person_id, announced=False)
        await self.promote(chat_id, person_id, rights or Rights())

    async def join(
        self,
        chat_id: int,
        *person_ids: int,
        announced: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """People join; `extra` goes into their chat_member updates."""
        request = r.Join(
            chat_id=chat_id, person_ids=list(person_ids), announced=announced, extra=extra
        )
        await self._ids("join", request)

    async def ask_to_join(
        self,
        chat_id: int,
        person_id: int,
        *,
        with_query: bool = False,
        extra: dict[str, Any] | None = None,
    ) -> None:
        """Somebody asks to be let in. `with_query`: Telegram waits ten seconds for the bot's word."""
        request = r.AskToJoin(
            chat_id=chat_id, person_id=person_id, with_query=with_query, extra=extra
        )
        await self._ids("requests", request)

    async def leave(self, chat_id: int, *person_ids: int, announced: bool = True) -> None:
        """People leave."""
        request = r.Leave(chat_id=chat_id, person_ids=list(person_ids), announced=announced)
        await self._ids("leave", request)

    async def promote(
        self,
        chat_id: int,
        person_id: int,
        rights: Rights | None,
        *,
        by: int | None = None,
        custom_title: str | None = None,
    ) -> None:
        """Give admin rights, or with None take them away."""
        await self._ids(
            "promote",
            r.Promote(
                chat_id=chat_id,
                person_id=person_id,
                rights=rights,
                by=by,
                custom_title=custom_title,
            ),
        )

    async def tag(self, chat_id: int, person_id: int, words: str | None) -> None:
        """A member sets what stands beside their name; None takes it away."""
        await self._ids("tag", r.Tag(chat_id=chat_id, person_id=person_id, tag=words))

    async def kick(
        self, chat_id: int, person_id: int, *, by: int | None = None, until_date: int = 0
    ) -> None:
        """An admin bans somebody by hand; `until_date` in seconds since the epoch, 0 for ever."""
        request = r.Kick(chat_id=chat_id, person_id=person_id, by=by, until_date=until_date)
        await self._ids("kick", request)

    async def post(self, chat_id: int, message: Draft) -> int:
        """Post a message; gives its id."""
        return (await self._ids("messages", r.Post(chat_id=chat_id, message=message)))[0]

    async def post_many(self, chat_id: int, messages: Sequence[Draft]) -> list[int | None]:
        """Post many messages; None for those whose sender may not write."""
        request = r.Bulk(chat_id=chat_id, messages=list(messages))
        return (await self._post("messages/bulk", request, r.Ids)).ids

    async def edit(self, chat_id: int, message_id: int, change: Edit) -> None:
        """A sender changes a message."""
        request = r.EditMessage(chat_id=chat_id, message_id=message_id, change=change)
        await self._ids("edits", request)

    async def press(self, chat_id: int, message_id: int, *, from_id: int, data: str) -> str:
        """Press a button under a bot's message; gives the callback query's id."""
        request = r.Press(chat_id=chat_id, message_id=message_id, from_id=from_id, data=data)
        return (await self._post("presses", request, r.Text)).value

    async def react(
        self, chat_id: int, message_id: int, *, from_id: int, emoji: Iterable[str]
    ) -> None:
        """Set the reactions of a person, or a channel, to a message."""
        request = r.React(
            chat_id=chat_id, message_id=message_id, from_id=from_id, emoji=list(emoji)
        )
        await self._ids("reactions", request)

    async def put_updates(self, *updates: bytes, token: str | None = None) -> list[int]:
        """Put raw updates (JSON) into a bot's queue; gives their ids."""
        raw = [msgspec.Raw(update) for update in updates]
        return await self._ids("updates", r.RawUpdates(updates=raw, token=token))

    async def migrate(self, chat_id: int) -> int:
        """Upgrade a basic group; gives the supergroup's id."""
        return (await self._ids("migrate", r.Migrate(chat_id=chat_id)))[0]

    async def messages(
        self, chat_id: int, *, after: int = 0, limit: int = 1000
    ) -> list[r.MessageState]:
        """Messages with an id greater than `after`, oldest first, deleted ones too."""
        query = f"messages?chat_id={chat_id}&after={after}&limit={limit}"
        return await self._request("GET", query, b"", list[r.MessageState])

    async def state(self) -> r.State:
        """Everything in figures."""
        return await self._request("GET", "state", b"", r.State)

    async def ledger(self, chat_id: int | None = None) -> r.LedgerPage:
        """What bots have really done, in one chat or all."""
        query = "ledger" if chat_id is None else f"ledger?chat_id={chat_id}"
        return await self._request("GET", query, b"", r.LedgerPage)

    async def deletion(self, chat_id: int, message_id: int) -> Deletion | None:
        """What was done to one message; None if no bot ever tried."""
        page = await self.ledger(chat_id)
        return next((one for one in page.deletions if one.message_id == message_id), None)

    async def record(self, chat_id: int, sender: int) -> Record | None:
        """What was done to one sender; None if nothing ever was."""
        page = await self.ledger(chat_id)
        return next((one for one in page.records if one.sender == sender), None)

    async def calls(
        self,
        *,
        method: str | None = None,
        chat_id: int | None = None,
        after: int = 0,
        failed: bool | None = None,
    ) -> list[Call]:
        """Bot API calls with a number greater than `after`; getUpdates only if asked for by
        name."""
        given = {"method": method, "chat_id": chat_id, "after": after}
        query = "&".join(f"{name}={value}" for name, value in given.items() if value is not None)
        if failed is not None:
            query += f"&failed={str(failed).lower()}"
        return await self._request("GET", f"calls?{query}", b"", list[Call])

    async def fail(self, fault: Fault) -> None:
        """Let coming calls go wrong."""
        await self._request("POST", "faults", encode(fault), dict[str, Any])

    async def clear_faults(self) -> None:
        """Let all go well again."""
        await self._request("DELETE", "faults", b"", dict[str, Any])

    async def set_limits(self, limits: Limits | None) -> None:
        """Limit the bots as Telegram does, or not at all."""
        await self._request("POST", "limits", encode(limits), dict[str, Any])

    async def set_clock(self, *, advance: float = 0.0, frozen: bool | None = None) -> float:
        """Move the time forward by seconds, stop it or let it run; gives the time it is then."""
        request = r.SetClock(advance=advance, frozen=frozen)
        return (await self._post("clock", request, r.Time)).now

    async def reset(self) -> None:
        """Forget everything but bots, limits and time."""
        await self._request("POST", "reset", b"{}", dict[str, Any])

    async def _ids(self, path: str, request: r.Request) -> list[int]:
        answer = await self._post(path, request, r.Ids)
        return [one for one in answer.ids if one is not None]

    async def _post(self, path: str, request: r.Request, kind: type[T]) -> T:
        return await self._request("POST", path, encode(request), kind)

    async def _request(self, method: str, path: str, body: bytes, kind: type[T]) -> T:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.request(method, self._base + path, data=BytesIO(body)) as response:
            content = await response.read()
            if response.status != 200:
                error = decode_as(content, _Failure).error
                raise ControlError(response.status, error.code, error.message)
            return decode_as(content, kind)


class _Reason(msgspec.Struct):
    code: str
    message: str


class _Failure(msgspec.Struct):
    error: _Reason

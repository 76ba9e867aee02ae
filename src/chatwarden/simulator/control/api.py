"""The control API over HTTP: ``/control/...``, JSON in and out. Errors are ``{"error": {"code",
"message"}}``.

| request | does |
|---|---|
| POST people, chats, bots, files | let them exist |
| POST join, requests, leave, promote, tag, kick | who is what in a chat |
| POST messages, messages/bulk, edits, presses, reactions, migrate | what happens in it |
| POST updates | raw updates, as they stand |
| GET messages, state, ledger, calls | what has become of it |
| GET, POST, DELETE faults; POST limits, clock; GET clock; POST reset | the machinery |
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from chatwarden.simulator.botapi import BotApi
from chatwarden.simulator.control import operations as o
from chatwarden.simulator.control import requests as r
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.faults import Fault
from chatwarden.simulator.limiter import Limiter, Limits
from chatwarden.simulator.request import Receive, Scope, Send, answer, read_body
from chatwarden.simulator.state.world import World
from chatwarden.simulator.wire import decode_as, encode

_POST: dict[str, tuple[type[r.Request], Callable[[World, Any], object]]] = {
    "people": (r.NewPeople, o.add_people),
    "chats": (r.NewChat, o.add_chat),
    "bots": (r.NewBot, o.add_bot),
    "files": (r.NewFile, o.add_file),
    "join": (r.Join, o.join),
    "requests": (r.AskToJoin, o.ask_to_join),
    "leave": (r.Leave, o.leave),
    "promote": (r.Promote, o.promote),
    "tag": (r.Tag, o.tag),
    "kick": (r.Kick, o.kick),
    "messages": (r.Post, o.post),
    "messages/bulk": (r.Bulk, o.post_many),
    "edits": (r.EditMessage, o.edit),
    "presses": (r.Press, o.press),
    "reactions": (r.React, o.react),
    "updates": (r.RawUpdates, o.put_updates),
    "migrate": (r.Migrate, o.migrate),
    "clock": (r.SetClock, o.set_clock),
}


class ControlApi:
    """Answers whoever directs the simulation: tests, the demo, load generators."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises Disconnected when the client has gone."""
        body = await read_body(receive)
        path = scope["path"].removeprefix("/control/").rstrip("/")
        try:
            result = self._answer(scope["method"], path, scope, body)
        except ControlError as error:
            status, code, message = error.status, error.code, error.message
        except ValueError as error:  # msgspec.ValidationError is one
            status, code, message = 400, "malformed", str(error)
        else:
            await answer(send, 200, encode(result))
            return
        await answer(send, status, encode({"error": {"code": code, "message": message}}))

    def _answer(self, method: str, path: str, scope: Scope, body: bytes) -> object:
        if method == "POST" and path in _POST:
            kind, run = _POST[path]
            return run(self._api.world, decode_as(body, kind))
        if method == "GET":
            return self._look(path, dict(parse_qsl(scope["query_string"].decode())))
        return self._manage(method, path, body)

    def _look(self, path: str, query: dict[str, str]) -> object:
        world = self._api.world
        chat_id = int(query["chat_id"]) if "chat_id" in query else None
        if path == "state":
            return o.state(world)
        if path == "ledger":
            return o.ledger(world, chat_id)
        if path == "messages":
            if chat_id is None:
                raise ControlError(400, "chat_id_missing", "say whose messages: ?chat_id=")
            after, limit = int(query.get("after", 0)), int(query.get("limit", 1000))
            return o.messages(world, chat_id, after, limit)
        if path == "calls":
            return list(
                self._api.calls.find(
                    method=query.get("method"),
                    chat_id=chat_id,
                    after=int(query.get("after", 0)),
                    failed=msgspec.convert(query.get("failed"), bool | None, strict=False),
                )
            )
        if path == "clock":
            return r.Time(world.clock.now())
        if path == "faults":
            return self._api.faults.waiting
        raise _unknown(path)

    def _manage(self, method: str, path: str, body: bytes) -> object:
        api = self._api
        if (method, path) == ("POST", "reset"):
            api.reset()
        elif (method, path) == ("POST", "faults"):
            api.faults.waiting.append(decode_as(body, Fault))
        elif (method, path) == ("DELETE", "faults"):
            api.faults.waiting.clear()
        elif (method, path) == ("POST", "limits"):
            api.limiter = Limiter(decode_as(body, Limits)) if body.strip() != b"null" else None
        else:
            raise _unknown(path)
        return {}


def _unknown(path: str) -> ControlError:
    return ControlError(
        404, "operation_unknown", f"the control API has no operation {path!r} of this kind"
    )

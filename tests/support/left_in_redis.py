"""What a version leaves in Redis: kept as a file for the version after it, and put back.

`python -m tests.support.left_in_redis FILE` has today's services leave it. A release does that once; its file is never written anew.
"""

import asyncio
import base64
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redis import Redis
from tests.support.deployment import deployed
from tests.support.scene import HAM, HEAVY_SPAM, SPAM, eventually, playing_scene

MASTER_KEY = bytes(range(32))
_FOR_A_MOMENT = (b":lease:", b":consumers")


def read(port: int) -> list[dict[str, Any]]:
    """Every key but those that live for a moment."""
    with _client(port) as client:
        keys = sorted(key for key in client.keys("*") if not any(m in key for m in _FOR_A_MOMENT))
        return [{"key": _text(key)} | _value(client, key) for key in keys]


def put_back(port: int, keys: list[dict[str, Any]]) -> None:
    """Into an empty Redis."""
    with _client(port) as client:
        for each in keys:
            key, value = _bytes(each["key"]), each["value"]
            match each["type"]:
                case "string":
                    client.set(key, _bytes(value))
                case "hash":
                    client.hset(key, mapping=_pairs(value))
                case "zset":
                    client.zadd(key, dict(_pairs(value)))
                case "set":
                    client.sadd(key, *map(_bytes, value))
                case "list":
                    client.rpush(key, *map(_bytes, value))
                case "stream":
                    for entry_id, fields in value:
                        client.xadd(key, _pairs(fields), id=_bytes(entry_id))
                case other:
                    raise AssertionError(f"a key of type {other}")


def _client(port: int) -> Any:
    """Without the package's types: its answers are bytes here, always."""
    return Redis(port=port)


def _value(client: Any, key: bytes) -> dict[str, Any]:
    kind = client.type(key).decode()
    value: Any
    match kind:
        case "string":
            value = _text(client.get(key) or b"")
        case "hash":
            value = _listed(client.hgetall(key))
        case "zset":
            value = [
                [_text(k), _text(b"%d" % v)] for k, v in client.zrange(key, 0, -1, withscores=True)
            ]
        case "set":
            value = sorted(map(_text, client.smembers(key)))
        case "list":
            value = list(map(_text, client.lrange(key, 0, -1)))
        case "stream":
            value = [[_text(entry_id), _listed(fields)] for entry_id, fields in client.xrange(key)]
        case other:
            raise AssertionError(f"a key of type {other}")
    return {"type": kind, "value": value}


def _listed(fields: Mapping[bytes, bytes]) -> list[list[str]]:
    return [[_text(name), _text(value)] for name, value in fields.items()]


def _pairs(listed: list[list[str]]) -> dict[bytes, bytes]:
    return {_bytes(name): _bytes(value) for name, value in listed}


def _text(value: bytes) -> str:
    """As it is where it can be read, else in base64 after a `=`."""
    if value.isascii() and value.decode().isprintable() and value[:1] != b"=":
        return value.decode()
    return f"={base64.b64encode(value).decode()}"


def _bytes(text: str) -> bytes:
    return base64.b64decode(text[1:]) if text[:1] == "=" else text.encode()


async def leave(home: Path) -> dict[str, Any]:
    """Stop services one after the other, so that something waits at each place: to be recorded, to be done, to be judged."""
    async with (
        playing_scene() as scene,
        deployed(home, scene.url, master_key=MASTER_KEY) as deployment,
    ):
        await scene.say(scene.member, HAM)
        first = await scene.newcomer()
        gone = await scene.say(first, SPAM)
        await eventually(lambda: scene.is_deleted(gone), what="spam goes")
        for name in ("bot", "api", "record", "enforce"):
            await deployment.services[name].stop()
        to_be_done = await scene.say(await scene.newcomer("Max"), HEAVY_SPAM)

        def streams(name: str) -> int:
            with Redis(port=deployment.redis.port) as client:
                return sum(client.xlen(key) for key in client.keys(f"*:{name}"))

        await eventually(lambda: streams("records") > 0 and not streams("updates"), what="judged")
        await deployment.services["processor"].stop()
        to_be_judged = await scene.say(await scene.newcomer("Pip"), HEAVY_SPAM)
        await eventually(lambda: streams("updates") > 0, what="an update waits")
        await deployment.services["ingest"].stop()
        return {
            "group": scene.group,
            "to_be_done": to_be_done,
            "to_be_judged": to_be_judged,
            "keys": read(deployment.redis.port),
        }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        left = asyncio.run(leave(Path(folder)))
    Path(sys.argv[1]).write_text(json.dumps(left, indent=1) + "\n")

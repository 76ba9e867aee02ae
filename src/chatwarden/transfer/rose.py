"""What @MissRose_bot's /export writes: JSON, one table a module.

In: such a document. Out: an Incoming: blocklists become rules, locks are locks, service messages are cleaned up. Everything else that is set there and has no counterpart is told by its path.
"""

from collections.abc import Iterator
from typing import Any

from chatwarden.transfer.foreign import add_rule
from chatwarden.transfer.incoming import Incoming, LeftOut, refused

_SENDERS = {"ban": "ban", "tban": "ban", "mute": "mute", "tmute": "mute", "kick": "kick"}
"""Rose's actions, and what comes nearest. How long it lasts the policy says here."""
_MODES = ("nothing", "warn", *_SENDERS)
_PREFIXES = ("stickerpack:", "file:", "forward:", "inline:", "exact:", "prefix:", "emoji:")
"""Before what is no word of a message, or is looked for in a way that rules do not know."""
_OTHER_MODULE = "no counterpart here"
_READ = ("blocklists", "locks", "clean_service")
_CONTENT = {
    "anonchannel": "channel",
    "audio": "audio",
    "contact": "contact",
    "document": "document",
    "emojicustom": "custom_emoji",
    "emojigame": "dice",
    "externalreply": "outside_reply",
    "forward": "forward",
    "forwardstory": "story",
    "game": "game",
    "gif": "gif",
    "inline": "inline_bot",
    "invitelink": "invite_link",
    "location": "location",
    "photo": "photo",
    "poll": "poll",
    "sticker": "sticker",
    "url": "link",
    "video": "video",
    "videonote": "video_note",
    "voice": "voice",
}
"""Rose's locks that are the same here."""
_SERVICE = {
    "join": ["join"],
    "leave": ["leave"],
    "photo": ["photo"],
    "pin": ["pin"],
    "title": ["title"],
    "videochat": ["video_chat"],
    "other": ["boost", "delete_timer"],
}
_SILENT = ("type", "data_id")
"""Fields that only describe their neighbours."""


def read(document: dict[str, Any]) -> Incoming:
    """Raises TransferInvalid."""
    data = document["data"]
    if not isinstance(data, dict):
        raise refused("data", "must be a table of modules")
    found = Incoming(source="rose", rules=[])
    if "blocklists" in data:
        _blocklists(data["blocklists"], found)
    if "locks" in data:
        _locks(data["locks"], found)
    if "clean_service" in data:
        _clean_service(data["clean_service"], found)
    for module, content in data.items():
        if module not in _READ:
            found.left_out.extend(
                LeftOut(path, _OTHER_MODULE) for path in _set(content, f"data.{module}")
            )
    return found


def _blocklists(module: Any, found: Incoming) -> None:
    path = "data.blocklists"
    if not isinstance(module, dict) or not isinstance(module.get("filters") or [], list):
        raise refused(path, "must be a table with a list of `filters`")
    default = str(module.get("action") or "nothing")
    if module.get("action_duration"):
        words = "how long a mute or ban lasts stands in the policy: mute_days, ban_days"
        found.left_out.append(LeftOut(f"{path}.action_duration", words))
    if module.get("default_reason"):
        found.left_out.append(LeftOut(f"{path}.default_reason", _OTHER_MODULE))
    if module.get("should_delete") is False:
        words = "a rule that punishes deletes the message too"
        found.left_out.append(LeftOut(f"{path}.should_delete", words))
    for index, one in enumerate(module.get("filters") or []):
        place = f"{path}.filters[{index}]"
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            found.left_out.append(LeftOut(place, "has no name"))
            continue
        _filter(one["name"].strip(), str(one.get("reason") or ""), default, place, found)


def _locks(module: Any, found: Incoming) -> None:
    path = "data.locks"
    if not isinstance(module, dict) or not isinstance(module.get("locks"), dict):
        raise refused(path, "must be a table with a table of `locks`")
    kinds = []
    for name, lock in module["locks"].items():
        # Older exports have a switch, newer ones a table.
        if not (lock.get("locked") if isinstance(lock, dict) else lock):
            continue
        if name in _CONTENT:
            kinds.append(_CONTENT[name])
        else:
            found.left_out.append(LeftOut(f"{path}.locks.{name}", _OTHER_MODULE))
        if isinstance(lock, dict) and lock.get("reason"):
            found.left_out.append(LeftOut(f"{path}.locks.{name}.reason", _OTHER_MODULE))
    if kinds:
        found.fields["locks"] = {"from_everyone": sorted(kinds)}
    if module.get("lock_warns"):
        words = "what is locked is deleted, and nobody is warned"
        found.left_out.append(LeftOut(f"{path}.lock_warns", words))
    for index, allowed in enumerate(module.get("allowlisted_url") or []):
        url = allowed.get("url") if isinstance(allowed, dict) else allowed
        add_rule(
            found,
            place=f"{path}.allowlisted_url[{index}]",
            prefix="rose",
            kind="literal",
            pattern=str(url),
            verdict={"message": "keep"},
            places=("links",),
        )


def _clean_service(module: Any, found: Incoming) -> None:
    path = "data.clean_service"
    kinds = module.get("service_types") if isinstance(module, dict) else None
    if not isinstance(kinds, dict):
        raise refused(path, "must be a table with a table of `service_types`")
    wanted: set[str] = set()
    for name, one in kinds.items():
        if not (isinstance(one, dict) and one.get("clean")):
            continue
        if name == "all":
            wanted.update(*_SERVICE.values())
        elif name in _SERVICE:
            wanted.update(_SERVICE[name])
        else:
            found.left_out.append(LeftOut(f"{path}.service_types.{name}", _OTHER_MODULE))
    if wanted:
        found.fields["service_messages"] = sorted(wanted)


def _filter(name: str, reason: str, default: str, place: str, found: Incoming) -> None:
    if name.lower().startswith(_PREFIXES):
        kind = name.partition(":")[0]
        found.left_out.append(LeftOut(place, f"“{kind}:” is nothing that a rule looks for"))
        return
    words = name[len("lookalike:") :].strip() if name.lower().startswith("lookalike:") else name
    if "**" in words:
        found.left_out.append(LeftOut(place, "“**” has no counterpart in a pattern"))
        return
    action, note = _own_action(reason) or default, reason
    sender = _SENDERS.get(action.lstrip("s") if action not in _MODES else action, "none")
    is_added = add_rule(
        found,
        place=place,
        prefix="rose",
        kind="wildcard" if any(sign in words for sign in "*?") else "literal",
        pattern=words,
        verdict={"message": "delete", "sender": sender},
        note=note,
    )
    if is_added and action not in ("nothing", *_SENDERS):
        found.left_out.append(
            LeftOut(
                f"{place}.action", f"“{action[:20]}”: rules do not do that; the message is deleted"
            )
        )


def _own_action(reason: str) -> str | None:
    """Of a filter whose reason ends in "{ban}" or "{tmute 2h}"."""
    _, brace, rest = reason.rpartition("{")
    words = rest.partition("}")[0].split()
    return words[0].lower() if brace and "}" in rest and words else None


def _set(value: Any, path: str) -> Iterator[str]:
    """Paths of what is set: neither empty, nor off, nor 0."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name not in _SILENT:
                yield from _set(part, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            if isinstance(part, dict) and isinstance(part.get("name"), str):
                yield f"{path}[{index}] ({part['name'][:40]})"
            else:
                yield from _set(part, f"{path}[{index}]")
    elif value:
        yield path

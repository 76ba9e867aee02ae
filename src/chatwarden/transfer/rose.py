"""What @MissRose_bot's /export writes: JSON, one table a module.

In: such a document. Out: an Incoming: blocklists become rules. Everything else that is set there and has no counterpart is told by its path.
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
_READ = ("blocklists",)
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

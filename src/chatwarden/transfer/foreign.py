"""What the readers of other bots' files share: a pattern becomes a rule, or is told as left out."""

import hashlib
import json
from typing import Any

from chatwarden import _engine
from chatwarden.transfer.incoming import Incoming, LeftOut

MOST_RULES = 1000
"""Of a group."""
_LONGEST_NOTE = 500


def add_rule(
    found: Incoming,
    *,
    place: str,
    prefix: str,
    kind: str,
    pattern: str,
    verdict: dict[str, str],
    places: tuple[str, ...] = ("own",),
    note: str = "",
) -> bool:
    """Its id is made from the pattern, so that a file taken in twice makes no second rule. False where the engine does not take it: then that is told."""
    assert found.rules is not None
    digest = hashlib.sha256(f"{kind} {pattern}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
    rule: dict[str, Any] = {
        "id": f"{prefix}-{digest}",
        "kind": kind,
        "pattern": pattern,
        "places": list(places),
        "verdict": verdict,
    }
    if note:
        rule["note"] = note[:_LONGEST_NOTE]
    if any(one["id"] == rule["id"] for one in found.rules):
        return True
    if len(found.rules) >= MOST_RULES:
        found.left_out.append(LeftOut(place, f"a group has {MOST_RULES} rules at most"))
        return False
    try:
        _engine.validate_policy(json.dumps({"rules": [rule]}).encode())
    except _engine.PolicyError as error:
        found.left_out.append(LeftOut(place, str(error).rpartition("): ")[2]))
        return False
    found.rules.append(rule)
    return True


def escaped(words: str) -> str:
    """Words that stand for themselves in a wildcard pattern."""
    return "".join(f"\\{one}" if one in "*?\\" else one for one in words)

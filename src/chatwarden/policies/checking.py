"""Whether the engine takes a policy, and what stands where something is left out.

In: a policy as JSON values. Out: the same with its defaults. Fails with PolicyInvalid, which names the field.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from chatwarden import _engine
from chatwarden.errors import FieldError, PolicyInvalid

_FIELD = re.compile(r"([\w.\[\]]+(?: \(.*?\): [\w.]+)?): (.+)", re.DOTALL)
"""How the engine writes what is wrong: field, of a rule with its id, then what it is."""


def check(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The policy with its defaults. Raises PolicyInvalid, which names the field."""
    try:
        # Escaped and without NaN: what is no JSON for the engine gets the engine's own words.
        return _complete(json.dumps(policy, allow_nan=False).encode())
    except _engine.PolicyError as error:
        wrong = _field_error(str(error))
    except ValueError:
        wrong = FieldError("policy", "holds a number that JSON does not know")
    raise PolicyInvalid(errors=[wrong])


def completed(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A stored policy with its defaults; one that the engine no longer takes as it is."""
    try:
        return _complete(msgspec.json.encode(policy))
    except _engine.PolicyError:
        return dict(policy)


def _complete(policy: bytes) -> dict[str, Any]:
    whole: dict[str, Any] = msgspec.json.decode(_engine.validate_policy(policy))
    return whole


def _field_error(words: str) -> FieldError:
    found = _FIELD.fullmatch(words)
    return FieldError("policy", words) if found is None else FieldError(found[1], found[2])

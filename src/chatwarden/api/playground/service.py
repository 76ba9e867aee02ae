"""Judges one message by one policy, in an engine of its own: nothing is stored, nothing is done, nobody is remembered."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chatwarden._engine import Engine, Item
from chatwarden.api.outcomes.bars import bars_of
from chatwarden.api.outcomes.schemas import Bound, Contribution, Text
from chatwarden.api.playground.schemas import PlaygroundTry, PlaygroundVerdict
from chatwarden.authored import BOT_ID, CHAT_ID, Standing, earn_standing, message_update
from chatwarden.errors import FieldError, RequestInvalid
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.outcomes.verdicts import bias_of, bounds_of, contributions_of


def judge(
    tried: PlaygroundTry,
    policy: Mapping[str, Any],
    catalogue: Catalogue,
    new_engine: Callable[[], Engine],
) -> PlaygroundVerdict:
    """`policy`: one that the engine takes. Raises RequestInvalid where there is nothing to judge. Blocks for some milliseconds, most of
    them without the GIL.
    """
    settings = msgspec.json.encode({"policy": policy, "policy_version": 1})
    item = (
        _judge_text(tried.text, tried.standing, settings, new_engine())
        if tried.text is not None
        else _judge_update(tried.update or {}, settings, new_engine())
    )
    if item.verdict is None:
        raise _nothing_in("text" if tried.update is None else "update", item)
    return _shown(item, msgspec.json.decode(item.verdict), policy, catalogue)


def _judge_text(text: str, standing: Standing, settings: bytes, engine: Engine) -> Item:
    engine.set_chat(BOT_ID, CHAT_ID, settings)
    if standing is Standing.MEMBER:
        earn_standing(engine)
    raw = message_update(json.dumps(text).encode())
    return engine.judge_batch(BOT_ID, [raw]).items[0]


def _judge_update(update: Mapping[str, Any], settings: bytes, engine: Engine) -> Item:
    """Twice: the engine tells which chat the settings are for."""
    try:
        raw = json.dumps(update, allow_nan=False).encode()
    except ValueError:
        wrong = FieldError("update", "holds a number that JSON does not know")
        raise RequestInvalid(errors=[wrong]) from None
    item = engine.judge_batch(BOT_ID, [raw]).items[0]
    if item.chat_id is None:
        return item
    engine.set_chat(BOT_ID, item.chat_id, settings)
    return engine.judge_batch(BOT_ID, [raw]).items[0]


def _nothing_in(field: str, item: Item) -> RequestInvalid:
    return RequestInvalid(errors=[FieldError(field, item.error or "holds nothing that is judged")])


def _shown(
    item: Item, verdict: dict[str, Any], policy: Mapping[str, Any], catalogue: Catalogue
) -> PlaygroundVerdict:
    return PlaygroundVerdict.model_validate(
        {
            "event": verdict["event"],
            "score": verdict["score"],
            "probability": verdict["probability"],
            "message": item.message,
            "sender_verdict": item.sender,
            "texts": [
                Text.model_validate(text) for text in msgspec.json.decode(item.texts or b"[]")
            ],
            "bias": bias_of(verdict),
            "contributions": [
                Contribution.model_validate(one) for one in contributions_of(verdict, catalogue)
            ],
            "bounds": [Bound.model_validate(one) for one in bounds_of(verdict)],
            "bars": bars_of(dict(policy)),
        }
    )

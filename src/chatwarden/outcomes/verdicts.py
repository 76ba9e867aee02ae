"""Reads what people are shown out of a stored verdict (contracts/generated/verdict.schema.json).

A verdict may have been written by an older or newer engine: what is not there has its plain default, never an error.
"""

from dataclasses import dataclass
from typing import Any

from chatwarden.outcomes.catalogue import Catalogue, SignalKind


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one signal added to the score."""

    signal: str
    kind: SignalKind
    group: str | None
    title: str
    sentence: str
    """Empty for a signal that the catalogue no longer knows."""
    weight: int
    """Milli-logits at full strength."""
    strength: int
    """Thousandths."""
    contribution: int
    """Milli-logits, after strength and caps."""
    spans: list[dict[str, Any]]
    """{"place", "offset", "length"}: UTF-16 code units of the text at that place."""
    detail: str | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A bar or cap that held the verdict back."""

    name: str
    sentence: str
    short: str
    """The sentence in a few words, for a list."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What is known of a message before it was edited: of its words nothing is kept, of its links and names how many there were."""

    links_before: int | None
    """Links and mentions; None where the message was not seen before."""
    links_added: int | None
    """None where there are no more than before, or nobody looked."""


_BOUND_SENTENCES = {
    "cap": "Signals that say the same thing count together only up to their cap.",
    "message_bar": "No single piece of evidence was strong enough to delete the message.",
    "sender_bar": "The evidence was not strong enough to act against the sender.",
    "trusted_sender": "The sender is trusted here: at most the message goes.",
    "members_do_too": "Members do this too: at most the message goes.",
    "model_alone": "Only the wording speaks against the sender: at most they are asked a question.",
    "rule_keep": "A rule of the admins keeps the message: the score may put it up for review at most.",
    "context_alone": "Who sends it alone is no reason to act: the message itself says too little.",
}

_BOUND_SHORTS = {
    "cap": "signals that say the same",
    "message_bar": "no strong single evidence",
    "sender_bar": "too little against the sender",
    "trusted_sender": "the sender is trusted here",
    "members_do_too": "members do this too",
    "model_alone": "only the wording speaks against the sender",
    "rule_keep": "a rule keeps it",
    "context_alone": "the message itself says too little",
}


def contributions_of(verdict: dict[str, Any], catalogue: Catalogue) -> list[Contribution]:
    """The contributions in the engine's order, with the catalogue's words."""
    return [_contribution(each, catalogue) for each in verdict.get("contributions", ())]


def edit_of(verdict: dict[str, Any]) -> Edit | None:
    """None for what is no edit."""
    if verdict.get("event") != "edit":
        return None
    found = (one for one in verdict.get("contributions", ()) if one["signal"] == _ADDED)
    detail = next((one.get("detail") for one in found), None) or ""
    added, _, _ = detail.partition(" ")
    return Edit(
        links_before=verdict.get("context", {}).get("previous_links"),
        links_added=int(added) if added.isascii() and added.isdigit() else None,
    )


_ADDED = "edit_added_links"
"""Begins its detail with a number: `crates/engine/src/signals/edit_added_links.rs`."""


def is_only_locked(verdict: dict[str, Any]) -> bool:
    """Whether the message is only of a kind that the group lets nobody send: then nothing speaks against its sender."""
    evidence = [each for each in verdict.get("contributions", ()) if each["kind"] == "evidence"]
    return bool(evidence) and all(each["signal"] == "lock" for each in evidence)


def bounds_of(verdict: dict[str, Any]) -> list[Bound]:
    """The bars and caps that held the verdict back, in words."""
    return [_bound(each) for each in verdict.get("bounds", ())]


def bias_of(verdict: dict[str, Any]) -> int:
    """What the score was before any signal, in milli-logits."""
    contributed = sum(int(each["contribution"]) for each in verdict.get("contributions", ()))
    return int(verdict["score"]) - contributed


def _contribution(stored: dict[str, Any], catalogue: Catalogue) -> Contribution:
    known = catalogue.by_name.get(stored["signal"])
    return Contribution(
        signal=stored["signal"],
        kind=stored["kind"],
        group=stored.get("group"),
        title=known.title if known else _words(stored["signal"]),
        sentence=known.sentence if known else "",
        weight=stored["weight"],
        strength=stored["strength"],
        contribution=stored["contribution"],
        spans=stored.get("spans", []),
        detail=stored.get("detail"),
    )


def _bound(name: str) -> Bound:
    """A bound is a name, with what it is about behind a colon: `cap:newness`."""
    kind, _, about = name.partition(":")
    sentence = _BOUND_SENTENCES.get(kind, f"{_words(kind)}.")
    short = _BOUND_SHORTS.get(kind, _words(kind).lower())
    return Bound(
        name=name, sentence=f"{_words(about)}: {sentence}" if about else sentence, short=short
    )


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()

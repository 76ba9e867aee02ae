"""From which score on a group reviews, deletes and punishes.

Source: the presets' thresholds in `crates/engine/src/policy.rs` (`Preset::permille`); a group's own thresholds go before
them. A test compares the two tables.
"""

from typing import Any

from chatwarden.api.outcomes.schemas import Bar, BarName

NAMES: tuple[BarName, ...] = ("review", "delete", "challenge", "mute", "ban")
PERMILLE = {
    "gentle": (500, 780, 860, 940, 980),
    "standard": (400, 600, 750, 880, 950),
    "strict": (350, 550, 700, 840, 920),
}


def bars_of(policy: dict[str, Any]) -> list[Bar]:
    """The bars of a stored policy, the lowest first; a preset that is not known counts as standard."""
    preset = PERMILLE.get(policy.get("preset", "standard"), PERMILLE["standard"])
    own = policy.get("thresholds") or {}
    return [
        Bar(name=name, probability=own.get(name) or of_preset)
        for name, of_preset in zip(NAMES, preset, strict=True)
    ]

"""A verdict's reasons in a line each, for people who read them on a phone."""

from typing import Any

from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.outcomes.verdicts import contributions_of


def reasons(verdict: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """What counted, as "Job bait +2.4": logits, as the dashboard's waterfall shows them. First what binds by itself, as "Locked content: sticker",
    then the weightiest. What was seen and counted nothing is left out.
    """
    found = contributions_of(verdict, catalogue)
    binding = [f"{one.title}: {one.detail}" for one in found if one.group == "rules"]
    counted = [one for one in found if one.contribution]
    counted.sort(key=lambda one: -abs(one.contribution))
    return binding + [f"{one.title} {one.contribution / 1000:+.1f}" for one in counted]


def percent(probability: int) -> int:
    """Permille as percent: 986 is 99, as the dashboard has it; never rounded to a certainty."""
    return min(99, max(1, (probability + 5) // 10))

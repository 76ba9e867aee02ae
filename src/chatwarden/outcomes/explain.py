"""A verdict's reasons in a line each, for people who read them on a phone."""

from typing import Any

from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.outcomes.verdicts import contributions_of


def reasons(verdict: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """What counted, the weightiest first, as "Job bait +2.4": logits, as the dashboard's waterfall shows them. What was seen and counted
    nothing is left out.
    """
    counted = [one for one in contributions_of(verdict, catalogue) if one.contribution]
    counted.sort(key=lambda one: -abs(one.contribution))
    return [f"{one.title} {one.contribution / 1000:+.1f}" for one in counted]

"""What is told of an edit."""

from typing import Any

import pytest
from tests.unit.outcomes.test_explain import part

from chatwarden.outcomes.verdicts import Edit, edit_of

ADDED = part("edit_added_links", 1200, group="links", detail="2 more than before")


def verdict(
    *contributions: dict[str, Any], event: str = "edit", before: int | None = 1
) -> dict[str, Any]:
    return {
        "event": event,
        "context": {"previous_links": before},
        "contributions": list(contributions),
    }


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (verdict(ADDED), Edit(links_before=1, links_added=2)),
        (verdict(), Edit(links_before=1, links_added=None)),
        (verdict(before=None), Edit(links_before=None, links_added=None)),
        (verdict(ADDED | {"detail": None}), Edit(links_before=1, links_added=None)),
        (verdict(event="message"), None),
        ({}, None),
    ],
)
def test_an_edit_says_what_it_added_as_far_as_that_is_known(
    stored: dict[str, Any], told: Edit | None
) -> None:
    assert edit_of(stored) == told

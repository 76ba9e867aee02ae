"""A verdict's reasons in lines that people read."""

from typing import Any

from chatwarden import _engine
from chatwarden.outcomes.catalogue import Catalogue
from chatwarden.outcomes.explain import percent, reasons
from chatwarden.outcomes.verdicts import is_only_locked

CATALOGUE = Catalogue.read(_engine.signals())


def part(
    signal: str, contribution: int, *, group: str, detail: str | None = None
) -> dict[str, Any]:
    return {
        "signal": signal,
        "kind": "evidence",
        "group": group,
        "weight": 1000,
        "strength": 1000,
        "contribution": contribution,
        "detail": detail,
    }


LOCK = part("lock", 0, group="rules", detail="sticker")
INVITE = part("invite_link", 1500, group="links")
SEEN = part("phone_number", 0, group="offer")


def test_what_binds_by_itself_is_named_though_it_adds_nothing_to_the_score() -> None:
    verdict = {"contributions": [INVITE, LOCK, SEEN]}
    assert reasons(verdict, CATALOGUE) == ["Locked content: sticker", "Invite link +1.5"]


def test_only_a_lock_alone_is_no_news_for_the_admins() -> None:
    assert is_only_locked({"contributions": [LOCK]})
    assert not is_only_locked({"contributions": [LOCK, INVITE]})
    assert not is_only_locked({"contributions": []})


def test_a_probability_is_never_rounded_to_a_certainty() -> None:
    assert [percent(permille) for permille in (0, 14, 505, 986, 999)] == [1, 1, 51, 99, 99]

"""A group with somebody in each role, and another group that none of them is in."""

from datetime import timedelta
from typing import Any

from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, DAY, action_row, group_row, outcome_row

from chatwarden.storage.models import Role, TeamMember, TeamSource

OWN = CHAT_ID
FOREIGN = CHAT_ID - 7
FOREIGN_TITLE = "Somebody else's group"
USERS: dict[Role, int] = {"viewer": 11, "moderator": 12, "admin": 13, "owner": 14}
STRANGER = 15
FOREIGN_OWNER = 16
SUBJECTS: dict[str, str] = {
    "stranger": f"user:{STRANGER}",
    **{role: f"user:{user_id}" for role, user_id in USERS.items()},
    "operator": "operator",
}


def member_row(
    user_id: int,
    role: Role,
    *,
    chat_id: int = OWN,
    source: TeamSource = "telegram",
    **changes: Any,
) -> TeamMember:
    values: dict[str, Any] = {
        "bot_id": BOT_ID,
        "chat_id": chat_id,
        "user_id": user_id,
        "source": source,
        "role": role,
        "sealed_name": None,
        "since": DAY,
        "invited_by": None if source == "telegram" else "user:13",
    }
    return TeamMember(**values | changes)


async def fill(api: ApiUnderTest) -> None:
    """Two groups, each with an outcome that was enforced and one in review, the first with its team."""
    await api.add(
        group_row(),
        group_row(chat_id=FOREIGN, title=FOREIGN_TITLE),
        *(
            member_row(
                user_id,
                role,
                source="invitation" if role in ("viewer", "moderator") else "telegram",
            )
            for role, user_id in USERS.items()
        ),
        member_row(FOREIGN_OWNER, "owner", chat_id=FOREIGN),
    )
    for number, chat_id in ((71, OWN), (72, FOREIGN)):
        outcome = outcome_row(
            number,
            sealer=api.sealer,
            chat_id=chat_id,
            sender_id=6000000001 + number,
            sender_name=FOREIGN_TITLE if chat_id == FOREIGN else "Crypto Carla",
        )
        until = DAY + timedelta(days=3650)
        await api.add(outcome, action_row(outcome, "mute", until_date=until))
        await api.add(
            outcome_row(
                number + 10, sealer=api.sealer, chat_id=chat_id, state="review", sender_id=5
            )
        )

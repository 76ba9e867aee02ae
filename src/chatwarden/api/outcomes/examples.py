"""An outcome as the documentation shows it."""

from typing import Any

OUTCOME: dict[str, Any] = {
    "trace_id": "7000000001-501-1",
    "cursor": "MTc5NTE2NTIwMDAwMDAwMC43MDAwMDAwMDAxLjUwMS4x",
    "group": {"bot_id": 7000000001, "chat_id": -1001234567890, "title": "Balcony gardeners"},
    "date": "2026-11-20T09:00:00Z",
    "event": "message",
    "edit": None,
    "message_id": 4711,
    "sender": {"kind": "user", "id": 6000000001, "name": "Crypto Carla"},
    "score": 2300,
    "probability": 909,
    "message": "delete",
    "sender_verdict": "mute",
    "state": "enforced",
    "guard": None,
    "texts": [{"place": "text", "text": "Easy money, join t.me/+abc"}],
    "texts_state": "readable",
    "bias": -2200,
    "contributions": [
        {
            "signal": "invite_link",
            "kind": "evidence",
            "group": "links",
            "title": "Invite link",
            "sentence": "The message invites into another group or channel.",
            "weight": 1500,
            "strength": 1000,
            "contribution": 1500,
            "spans": [{"place": "text", "offset": 17, "length": 9}],
            "detail": "t.me/+abc",
        }
    ],
    "bounds": [],
    "bars": [
        {"name": "review", "probability": 400},
        {"name": "delete", "probability": 600},
        {"name": "challenge", "probability": 750},
        {"name": "mute", "probability": 880},
        {"name": "ban", "probability": 950},
    ],
    "actions": [
        {
            "id": "7000000001-501-1-delete_message",
            "kind": "delete_message",
            "state": "done",
            "requested_by": "verdict",
            "due_at": "2026-11-20T09:00:00Z",
            "started_at": "2026-11-20T09:00:00Z",
            "done_at": "2026-11-20T09:00:00Z",
            "until_date": None,
            "error": None,
            "result": None,
        }
    ],
    "undo": {
        "possible": False,
        "effects": [],
        "restores": [],
        "cannot_restore": ["The deleted message: Telegram lets nobody bring one back."],
    },
    "feedback": "spam",
}

"""How a message refers to another one: in the same place, or elsewhere, of which Telegram tells less.

In: the message referred to. Out: fields of the Bot API's Message. Raises ControlError.
"""

from chatwarden.simulator.entities import utf16_length
from chatwarden.simulator.errors import ControlError
from chatwarden.simulator.state.chats import Chat
from chatwarden.simulator.state.messages import Message
from chatwarden.simulator.wire import Payload

LONGEST_QUOTE = 1024
"""Characters of a message that a reply to it from elsewhere holds."""

# What ExternalReplyInfo tells of the message: its media, never its words.
_TOLD_ELSEWHERE = (
    "link_preview_options",
    "animation",
    "audio",
    "document",
    "photo",
    "sticker",
    "story",
    "video",
    "video_note",
    "voice",
    "checklist",
    "contact",
    "dice",
    "game",
    "giveaway",
    "invoice",
    "location",
    "poll",
    "venue",
)


def living(chat: Chat, message_id: int) -> Message:
    """A message that is still there. Raises ControlError 404."""
    message = chat.messages.get(message_id)
    if message is None or message.is_deleted:
        raise ControlError(
            404, "message_unknown", f"there is no message {message_id} in chat {chat.id}"
        )
    return message


def replied(chat: Chat, message_id: int) -> Payload:
    """A message as it stands inside its reply: without what it replied to itself."""
    body = living(chat, message_id).payload()
    body.pop("reply_to_message", None)
    return body


def reference(
    chat: Chat, home: Chat, message_id: int, *, topic: int | None, quote: str | None
) -> Payload:
    """The fields of a message in a chat, and its topic, that replies to a message of the chat `home`.

    Raises ControlError 400 for a quote of what the message does not say.
    """
    body = replied(home, message_id)
    words = str(body.get("text") or body.get("caption") or "")
    is_near = not chat.is_forum or body.get("message_thread_id") == topic
    if home is chat and is_near:
        fields: Payload = {"reply_to_message": body}
    else:
        fields = {"external_reply": _external(home, body)}
        if quote is None and words:
            # The server quotes where the client did not.
            return fields | {"quote": {"text": words[:LONGEST_QUOTE], "position": 0}}
    if quote is not None:
        before, found, _ = words.partition(quote)
        if not found:
            raise ControlError(400, "quote_unknown", "the message does not hold these words")
        fields["quote"] = {"text": quote, "position": utf16_length(before), "is_manual": True}
    return fields


def origin(body: Payload) -> Payload:
    """Where a message comes from (Bot API, MessageOrigin), as forwards and replies from elsewhere tell it."""
    if "forward_origin" in body:
        found: Payload = body["forward_origin"]
        return found
    told: Payload = {"date": body["date"]}
    if body["chat"]["type"] == "channel":
        return told | {"type": "channel", "chat": body["chat"], "message_id": body["message_id"]}
    if "sender_chat" in body:
        return told | {"type": "chat", "sender_chat": body["sender_chat"]}
    return told | {"type": "user", "sender_user": body["from"]}


def _external(home: Chat, body: Payload) -> Payload:
    """The Bot API's ExternalReplyInfo."""
    told: Payload = {"origin": origin(body)}
    if home.type in ("supergroup", "channel"):
        told |= {"chat": body["chat"], "message_id": body["message_id"]}
    return told | {name: body[name] for name in _TOLD_ELSEWHERE if name in body}

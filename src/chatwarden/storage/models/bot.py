"""What the bot keeps of the people it talks to, and of what it told them."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model


class Interaction(Model):
    """Something that somebody said to the bot, stored with the batch it came in, gone once it is answered."""

    __tablename__ = "interactions"
    __table_args__ = (Index(None, "bot_id", "due_at"),)

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId)
    """Where it was said; 0 where that is nowhere. What is said in one chat is answered in its order."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The raw update, sealed."""
    due_at: Mapped[datetime]
    """While somebody works on it: when it may be taken again, should they have died."""
    tries: Mapped[int]


class Correspondent(Model):
    """Somebody who opened a private chat with the bot. Telegram lets it write to nobody else."""

    __tablename__ = "correspondents"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    language: Mapped[str | None] = mapped_column(String(8))
    """As they chose it; None: as their Telegram is set."""
    started_at: Mapped[datetime]
    unreachable_at: Mapped[datetime | None]
    """When they had blocked the bot."""


class Card(Model):
    """What an admin chat was shown of an outcome. It is edited whenever the outcome changes."""

    __tablename__ = "cards"
    __table_args__ = (Index(None, "bot_id", "to_chat_id", "sent_at"),)

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    """Of the outcome, whichever round's is shown."""
    to_chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(BigId)
    """That of a digest is shared by all that stand in it."""
    in_digest: Mapped[bool]
    """True where it was only counted: the hour's cards were used up."""
    shown: Mapped[bytes] = mapped_column(LargeBinary(32))
    """SHA-256 of what it says, so that it is edited only where that changes."""
    sent_at: Mapped[datetime]


class Strike(Model):
    """A warning by an admin. Strikes expire."""

    __tablename__ = "strikes"
    __table_args__ = (Index(None, "bot_id", "chat_id", "sender_id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Made from its cause: bot and update."""
    bot_id: Mapped[int] = mapped_column(BigId)
    chat_id: Mapped[int] = mapped_column(BigId)
    sender_id: Mapped[int] = mapped_column(BigId)
    given_by: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


class Report(Model):
    """A member asked the admins to look at a message. Who did is kept, so that one person counts once and floods are bounded."""

    __tablename__ = "reports"
    __table_args__ = (Index(None, "bot_id", "chat_id", "reporter_id", "reported_at"),)

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reporter_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    reported_at: Mapped[datetime]

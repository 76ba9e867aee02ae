"""Roll-ups by day: what statistics are made of."""

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import BigId, Model


class DailyCount(Model):
    """How often something was so on a day of a group; which there are is told by `repositories/daily.py`. Holds nobody."""

    __tablename__ = "daily_counts"

    bot_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """UTC, of Telegram's date of the event that it goes back to."""
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]

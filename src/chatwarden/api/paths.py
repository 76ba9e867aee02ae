"""What addresses have in common."""

from typing import Annotated

from fastapi import Path

LARGEST_ID = 2**52
"""Telegram's ids have up to 52 bits; groups have negative ones."""

BotId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
ChatId = Annotated[int, Path(ge=-LARGEST_ID, le=LARGEST_ID)]
UserId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
SenderId = Annotated[int, Path(ge=-LARGEST_ID, le=LARGEST_ID)]

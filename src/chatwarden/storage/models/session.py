"""Who is signed in."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from chatwarden.storage.models.base import Model


class SignInLink(Model):
    """A link that signs one person in once. Only its hash is kept."""

    __tablename__ = "sign_in_links"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    """"operator", or "user:<Telegram id>"."""
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInProof(Model):
    """What somebody proved with who they are, kept until it would be too old anyway: it counts once."""

    __tablename__ = "sign_in_proofs"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Session(Model):
    """A signed-in browser. The refresh token rotates; only its hash is kept."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), index=True)
    refresh_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    former_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Of the token that the present one replaced: for some seconds it is a lost answer, later a stolen token."""
    rotated_at: Mapped[datetime]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

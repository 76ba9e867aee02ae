"""Data keys, wrapped by a master key. The deployment's own is put there at the first start, which has the master key."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(8), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_by", sa.String(64), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_keys")),
    )
    op.create_index(op.f("ix_data_keys_bot_id_chat_id"), "data_keys", ["bot_id", "chat_id"])
    of_deployment, destroyed = sa.text("chat_id = 0"), sa.text("destroyed_at IS NOT NULL")
    op.create_index(
        "ix_data_keys_of_deployment",
        "data_keys",
        ["bot_id"],
        unique=True,
        sqlite_where=of_deployment,
        postgresql_where=of_deployment,
    )
    op.create_index(
        "ix_data_keys_destroyed",
        "data_keys",
        ["destroyed_at"],
        sqlite_where=destroyed,
        postgresql_where=destroyed,
    )


def downgrade() -> None:
    op.drop_table("data_keys")

"""Figures by day, and as what an outcome is counted in them. What was recorded before is in none."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "bot_id", "chat_id", "day", "kind", "name", name=op.f("pk_daily_counts")
        ),
    )
    op.add_column("outcomes", sa.Column("counted_as", sa.String(length=16), nullable=True))


def downgrade() -> None:
    op.drop_column("outcomes", "counted_as")
    op.drop_table("daily_counts")

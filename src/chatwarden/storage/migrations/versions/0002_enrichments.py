"""Events that wait for slow evidence."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "enrichments",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("update_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("sender_kind", sa.String(length=16), nullable=False),
        sa.Column("sender_id", BigId, nullable=False),
        sa.Column("wants", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name=op.f("pk_enrichments")),
    )
    with op.batch_alter_table("enrichments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_enrichments_bot_id_due_at"), ["bot_id", "due_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("enrichments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrichments_bot_id_due_at"))
    op.drop_table("enrichments")

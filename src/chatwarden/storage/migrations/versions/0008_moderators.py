"""Who may act in a group, by Telegram's own rights."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "moderators",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "user_id", name=op.f("pk_moderators")),
    )
    with op.batch_alter_table("moderators", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moderators_user_id"), ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("moderators")

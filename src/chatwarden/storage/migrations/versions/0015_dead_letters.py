"""Dead letters know what failed, how often, and whether they are on their way again."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    with op.batch_alter_table("dead_letters") as table:
        table.add_column(
            sa.Column("kind", sa.String(length=16), nullable=False, server_default="update")
        )
        table.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("replayed_at", UtcDateTime(), nullable=True))
        table.create_index(op.f("ix_dead_letters_bot_id_update_id"), ["bot_id", "update_id"])
    op.execute("UPDATE dead_letters SET kind = 'interaction' WHERE reason LIKE 'not answered: %'")


def downgrade() -> None:
    with op.batch_alter_table("dead_letters") as table:
        table.drop_index(op.f("ix_dead_letters_bot_id_update_id"))
        table.drop_column("replayed_at")
        table.drop_column("tries")
        table.drop_column("kind")

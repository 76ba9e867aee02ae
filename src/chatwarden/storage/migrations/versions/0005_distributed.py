"""What the distributed profile records: revisions of actions, and batches that were recorded."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revision", BigId, nullable=False, server_default="0"))
    op.create_table(
        "recorded_batches",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recorded_batches")),
    )
    with op.batch_alter_table("recorded_batches", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recorded_batches_recorded_at"), ["recorded_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("recorded_batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recorded_batches_recorded_at"))
    op.drop_table("recorded_batches")
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.drop_column("revision")

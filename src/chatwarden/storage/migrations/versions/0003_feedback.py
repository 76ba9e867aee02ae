"""Feedback, and what was learned from it."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("message_date", UtcDateTime(), nullable=False),
        sa.Column("label", sa.String(length=8), nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("taken_back_at", UtcDateTime(), nullable=True),
        sa.Column("features", sa.LargeBinary(), nullable=True),
        sa.Column("sketch", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        for columns in (["bot_id", "chat_id", "given_at"], ["trace_id", "given_by"]):
            name = batch_op.f(f"ix_feedback_{'_'.join(columns)}")
            batch_op.create_index(name, columns, unique=False)
    op.create_table(
        "learned",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("learned_at", UtcDateTime(), nullable=False),
        sa.Column("taps", sa.Integer(), nullable=False),
        sa.Column("delta", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name=op.f("pk_learned")),
    )


def downgrade() -> None:
    op.drop_table("learned")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_trace_id_given_by"))
        batch_op.drop_index(batch_op.f("ix_feedback_bot_id_chat_id_given_at"))
    op.drop_table("feedback")

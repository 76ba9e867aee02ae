"""The bot: what is said to it, whom it may write to, cards, strikes, reports."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "interactions",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("update_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", name=op.f("pk_interactions")),
    )
    with op.batch_alter_table("interactions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_interactions_bot_id_due_at"), ["bot_id", "due_at"], unique=False
        )
    op.create_table(
        "correspondents",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("unreachable_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("bot_id", "user_id", name=op.f("pk_correspondents")),
    )
    op.create_table(
        "cards",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("update_id", BigId, nullable=False),
        sa.Column("to_chat_id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("in_digest", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", "to_chat_id", name=op.f("pk_cards")),
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cards_bot_id_to_chat_id_sent_at"),
            ["bot_id", "to_chat_id", "sent_at"],
            unique=False,
        )
    op.create_table(
        "strikes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("sender_id", BigId, nullable=False),
        sa.Column("given_by", sa.String(length=64), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("taken_back_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strikes")),
    )
    with op.batch_alter_table("strikes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_strikes_bot_id_chat_id_sender_id"),
            ["bot_id", "chat_id", "sender_id"],
            unique=False,
        )
    op.create_table(
        "reports",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("reporter_id", BigId, nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "bot_id", "chat_id", "message_id", "reporter_id", name=op.f("pk_reports")
        ),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reports_bot_id_chat_id_reporter_id_reported_at"),
            ["bot_id", "chat_id", "reporter_id", "reported_at"],
            unique=False,
        )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outcomes_bot_id_chat_id_message_id"),
            ["bot_id", "chat_id", "message_id"],
            unique=False,
        )
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("language", sa.String(length=8), nullable=False, server_default="en")
        )
        batch_op.add_column(sa.Column("card_chat_id", BigId, nullable=True))
        batch_op.add_column(sa.Column("added_by", BigId, nullable=True))
        batch_op.add_column(sa.Column("observe_until", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("left_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("groups", schema=None) as batch_op:
        for column in ("left_at", "observe_until", "added_by", "card_chat_id", "language"):
            batch_op.drop_column(column)
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_bot_id_chat_id_message_id"))
    for table in ("reports", "strikes", "cards", "correspondents", "interactions"):
        op.drop_table(table)

"""Allow lists, the gate's questions, raids."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "allowed_senders",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("sender_id", BigId, nullable=False),
        sa.Column("sender_kind", sa.String(length=16), nullable=False),
        sa.Column("allowed_by", sa.String(length=64), nullable=False),
        sa.Column("allowed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "sender_id", name=op.f("pk_allowed_senders")),
    )
    op.create_table(
        "challenges",
        sa.Column("id", sa.String(length=96), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_in", BigId, nullable=True),
        sa.Column("message_id", BigId, nullable=True),
        sa.Column("is_for_all_to_see", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.String(length=40), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_press", BigId, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("followed_up_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
    )
    op.create_index(
        op.f("ix_challenges_bot_id_state_due_at"), "challenges", ["bot_id", "state", "due_at"]
    )
    op.create_index(
        op.f("ix_challenges_bot_id_chat_id_user_id"), "challenges", ["bot_id", "chat_id", "user_id"]
    )
    op.create_table(
        "raids",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("joins", sa.Integer(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raids")),
    )
    op.create_index(
        op.f("ix_raids_bot_id_chat_id_started_at"), "raids", ["bot_id", "chat_id", "started_at"]
    )
    op.create_table(
        "shared_bans",
        sa.Column("action_id", sa.String(length=96), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("sender_id", BigId, nullable=False),
        sa.Column("others", sa.JSON(), nullable=False),
        sa.Column("banned_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_shared_bans")),
    )
    op.create_index(
        op.f("ix_shared_bans_bot_id_chat_id_sender_id"),
        "shared_bans",
        ["bot_id", "chat_id", "sender_id"],
    )
    op.create_index(
        op.f("ix_actions_bot_id_kind_done_at"), "actions", ["bot_id", "kind", "done_at"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_actions_bot_id_kind_done_at"), table_name="actions")
    op.drop_table("shared_bans")
    op.drop_table("raids")
    op.drop_table("challenges")
    op.drop_table("allowed_senders")

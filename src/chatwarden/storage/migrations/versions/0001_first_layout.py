"""First layout."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "context_records",
        sa.Column("key", sa.LargeBinary(length=64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_context_records")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("update_id", BigId, nullable=True),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_table(
        "groups",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("linked_chat_id", BigId, nullable=True),
        sa.Column("missing_rights", sa.JSON(), nullable=False),
        sa.Column("rights_checked_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", name=op.f("pk_groups")),
    )
    op.create_table(
        "hourly_counts",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("punished", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "hour", name=op.f("pk_hourly_counts")),
    )
    op.create_table(
        "outcomes",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("update_id", BigId, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("date", UtcDateTime(), nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("message_id", BigId, nullable=True),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("sender_kind", sa.String(length=16), nullable=False),
        sa.Column("sender_id", BigId, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("message_verdict", sa.String(length=16), nullable=False),
        sa.Column("sender_verdict", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("guard", sa.String(length=32), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "update_id", "round", "date", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outcomes_chat_id_date_bot_id_update_id_round"),
            ["chat_id", "date", "bot_id", "update_id", "round"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_outcomes_date_bot_id_update_id_round"),
            ["date", "bot_id", "update_id", "round"],
            unique=False,
        )

    op.create_table(
        "poll_offsets",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("next_update_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("bot_id", name=op.f("pk_poll_offsets")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("former_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("rotated_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_sessions_refresh_hash")),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_links")),
    )
    op.create_table(
        "actions",
        sa.Column("id", sa.String(length=96), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sender_kind", sa.String(length=16), nullable=False),
        sa.Column("sender_id", BigId, nullable=False),
        sa.Column("date", UtcDateTime(), nullable=False),
        sa.Column("message_id", BigId, nullable=True),
        sa.Column("message_date", UtcDateTime(), nullable=True),
        sa.Column("trace_id", sa.String(length=64), nullable=True),
        sa.Column("until_date", UtcDateTime(), nullable=True),
        sa.Column("requested_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("former", sa.JSON(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("guard", sa.String(length=32), nullable=True),
        sa.Column("error_code", sa.String(length=32), nullable=True),
        sa.Column("error_text", sa.String(length=512), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    with op.batch_alter_table("actions", schema=None) as batch_op:
        for columns in (
            ["bot_id", "chat_id", "message_id"],
            ["bot_id", "chat_id", "sender_id"],
            ["state", "due_at"],
            ["trace_id"],
        ):
            name = batch_op.f(f"ix_actions_{'_'.join(columns)}")
            batch_op.create_index(name, columns, unique=False)


def downgrade() -> None:
    op.drop_table("actions")
    op.drop_table("sign_in_links")
    op.drop_table("sessions")
    op.drop_table("poll_offsets")
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outcomes_date_bot_id_update_id_round"))
        batch_op.drop_index(batch_op.f("ix_outcomes_chat_id_date_bot_id_update_id_round"))

    op.drop_table("outcomes")
    op.drop_table("hourly_counts")
    op.drop_table("groups")
    op.drop_table("dead_letters")
    op.drop_table("context_records")

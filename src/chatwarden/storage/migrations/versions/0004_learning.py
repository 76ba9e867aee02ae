"""Workspaces; feedback is about a message, whichever round's outcome is shown; what was learned names what it was learned over."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0004"
down_revision = "0003"

_FEEDBACK = sa.table(
    "feedback",
    sa.column("id", BigId),
    sa.column("bot_id", BigId),
    sa.column("update_id", BigId),
    sa.column("trace_id", sa.String),
)
_BY_TRACE = "ix_feedback_trace_id_given_by"
_BY_UPDATE = "ix_feedback_bot_id_update_id_given_by"


def upgrade() -> None:
    op.add_column("feedback", sa.Column("update_id", BigId, nullable=True))
    connection = op.get_bind()
    for id_, trace_id in connection.execute(sa.select(_FEEDBACK.c.id, _FEEDBACK.c.trace_id)).all():
        update_id = int(trace_id.split("-")[1])
        connection.execute(
            _FEEDBACK.update().where(_FEEDBACK.c.id == id_).values(update_id=update_id)
        )
    op.drop_index(_BY_TRACE, table_name="feedback")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.alter_column("update_id", existing_type=BigId, nullable=False)
        batch_op.drop_column("trace_id")
    op.create_index(_BY_UPDATE, "feedback", ["bot_id", "update_id", "given_by"])
    # No model has this fingerprint: all is learned anew at the next start.
    op.add_column("learned", sa.Column("model", BigId, nullable=False, server_default="-1"))
    with op.batch_alter_table("learned", schema=None) as batch_op:
        batch_op.alter_column("model", existing_type=BigId, server_default=None)
    op.add_column("learned", sa.Column("shared", BigId, nullable=True))
    op.create_table(
        "workspaces",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("shared", sa.LargeBinary(), nullable=True),
        sa.Column("shared_at", UtcDateTime(), nullable=True),
        sa.Column("model", BigId, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspaces")),
        sa.UniqueConstraint("bot_id", "owner_id", name=op.f("uq_workspaces_bot_id_owner_id")),
    )
    op.add_column("groups", sa.Column("workspace_id", BigId, nullable=True))
    op.add_column("feedback", sa.Column("picture", sa.String(length=16), nullable=True))
    op.create_table(
        "imported",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=8), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("groups", sa.Integer(), nullable=False),
        sa.Column("message_date", UtcDateTime(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=True),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.String(length=16), nullable=True),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported")),
    )
    op.create_index("ix_imported_source", "imported", ["source"])
    op.create_table(
        "policy_versions",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "version", name=op.f("pk_policy_versions")),
    )
    op.create_table(
        "trusted_scores",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("day", UtcDateTime(), nullable=False),
        sa.Column("bin", sa.Integer(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "chat_id", "day", "bin", name=op.f("pk_trusted_scores")),
    )


def downgrade() -> None:
    op.drop_table("trusted_scores")
    op.drop_table("policy_versions")
    op.drop_table("imported")
    op.drop_column("feedback", "picture")
    op.drop_column("groups", "workspace_id")
    op.drop_table("workspaces")
    op.drop_column("learned", "shared")
    op.drop_column("learned", "model")
    op.add_column("feedback", sa.Column("trace_id", sa.String(length=64), nullable=True))
    bot_id, update_id = (
        sa.cast(column, sa.String) for column in (_FEEDBACK.c.bot_id, _FEEDBACK.c.update_id)
    )
    trace_id = bot_id + "-" + update_id + "-1"
    op.execute(_FEEDBACK.update().values(trace_id=trace_id))
    op.drop_index(_BY_UPDATE, table_name="feedback")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.alter_column("trace_id", existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_column("update_id")
    op.create_index(_BY_TRACE, "feedback", ["trace_id", "given_by"])

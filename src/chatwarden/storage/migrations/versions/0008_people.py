"""Who may do what: teams, invitations, API keys, the audit log; proofs of who somebody is count once."""

import sqlalchemy as sa
from alembic import op

from chatwarden.storage.models.base import BigId, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "team_members",
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("sealed_name", sa.LargeBinary(), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("invited_by", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint(
            "bot_id", "chat_id", "user_id", "source", name=op.f("pk_team_members")
        ),
    )
    op.create_index(op.f("ix_team_members_user_id_role"), "team_members", ["user_id", "role"])
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("bot_id", BigId, nullable=False),
        sa.Column("chat_id", BigId, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("hash", name=op.f("uq_invitations_hash")),
    )
    op.create_index(
        op.f("ix_invitations_bot_id_chat_id_expires_at"),
        "invitations",
        ["bot_id", "chat_id", "expires_at"],
    )
    op.create_index(
        "ix_outcomes_in_review",
        "outcomes",
        ["chat_id", "date", "bot_id", "update_id", "round"],
        sqlite_where=sa.text("state = 'review'"),
        postgresql_where=sa.text("state = 'review'"),
    )
    op.create_index(
        op.f("ix_outcomes_bot_id_sender_id_date"), "outcomes", ["bot_id", "sender_id", "date"]
    )
    op.create_table(
        "sign_in_proofs",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_proofs")),
    )
    op.create_index(op.f("ix_sign_in_proofs_expires_at"), "sign_in_proofs", ["expires_at"])
    op.create_index(op.f("ix_sessions_subject"), "sessions", ["subject"])
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("former_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("former_until", UtcDateTime(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("bot_id", BigId, nullable=True),
        sa.Column("chat_id", BigId, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_subject_made_at"), "api_keys", ["subject", "made_at"])
    op.create_table(
        "audit_events",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("bot_id", BigId, nullable=True),
        sa.Column("chat_id", BigId, nullable=True),
        sa.Column("target", sa.String(length=96), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index(
        op.f("ix_audit_events_bot_id_chat_id_id"), "audit_events", ["bot_id", "chat_id", "id"]
    )
    op.create_index(op.f("ix_audit_events_subject_id"), "audit_events", ["subject", "id"])
    for statement in _ONLY_ADDED_TO[op.get_bind().dialect.name]:
        op.execute(statement)


_KEPT = "at, subject, key_id, kind, target, detail"
"""A group's id may change: Telegram gives another one to a basic group that becomes a supergroup."""

_ONLY_ADDED_TO = {
    "sqlite": (
        (
            f"CREATE TRIGGER audit_events_stay BEFORE UPDATE OF {_KEPT} ON audit_events "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
        ),
        (
            "CREATE TRIGGER audit_events_remain BEFORE DELETE ON audit_events "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$"
        ),
        (
            f"CREATE TRIGGER audit_events_stay BEFORE UPDATE OF {_KEPT} OR DELETE ON audit_events "
            "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
        ),
    ),
}


def downgrade() -> None:
    op.drop_index("ix_outcomes_in_review", "outcomes")
    op.drop_index(op.f("ix_outcomes_bot_id_sender_id_date"), "outcomes")
    for table in ("audit_events", "api_keys", "sign_in_proofs", "invitations", "team_members"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    op.drop_index(op.f("ix_sessions_subject"), "sessions")

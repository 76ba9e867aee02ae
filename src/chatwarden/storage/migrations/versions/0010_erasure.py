"""Erasure: a person's place in the audit log may be taken by a pseudonym, and by nothing else.

Revision ID: 0010
Revises: 0009
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LEAST_PSEUDONYM = 2**52
"""By `chatwarden.privacy.pseudonyms`."""

_TOLD = "at, key_id, kind, detail"
_NAMED = ("subject", "target")
_REFUSE = "'the audit log is only added to'"


def _sqlite(column: str) -> str:
    number = f"CAST(substr(NEW.{column}, 6) AS INTEGER)"
    return (
        f"CREATE TRIGGER audit_events_stay_{column} BEFORE UPDATE OF {column} ON audit_events "
        f"WHEN NEW.{column} IS NOT OLD.{column} AND NOT coalesce("
        f"NEW.{column} LIKE 'user:%' AND {number} >= {_LEAST_PSEUDONYM}, 0) "
        f"BEGIN SELECT RAISE(ABORT, {_REFUSE}); END"
    )


def _postgresql() -> str:
    changes = " OR ".join(
        f"(NEW.{column} IS DISTINCT FROM OLD.{column} AND NOT CASE "
        f"WHEN NEW.{column} ~ '^user:[0-9]{{16,17}}$' "
        f"THEN substr(NEW.{column}, 6)::bigint >= {_LEAST_PSEUDONYM} ELSE false END)"
        for column in _NAMED
    )
    return (
        "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN "
        "IF TG_OP = 'DELETE' OR (NEW.at, NEW.key_id, NEW.kind, NEW.detail::text) "
        "IS DISTINCT FROM (OLD.at, OLD.key_id, OLD.kind, OLD.detail::text) "
        f"OR {changes} THEN RAISE EXCEPTION {_REFUSE}; END IF; "
        "RETURN NEW; END $$"
    )


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_postgresql())
        return
    op.execute("DROP TRIGGER audit_events_stay")
    op.execute(
        f"CREATE TRIGGER audit_events_stay BEFORE UPDATE OF {_TOLD} ON audit_events "
        f"BEGIN SELECT RAISE(ABORT, {_REFUSE}); END"
    )
    for column in _NAMED:
        op.execute(_sqlite(column))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION {_REFUSE}; END $$"
        )
        return
    for column in _NAMED:
        op.execute(f"DROP TRIGGER audit_events_stay_{column}")
    op.execute("DROP TRIGGER audit_events_stay")
    op.execute(
        f"CREATE TRIGGER audit_events_stay BEFORE UPDATE OF {_TOLD}, subject, target "
        f"ON audit_events BEGIN SELECT RAISE(ABORT, {_REFUSE}); END"
    )

"""An index over the actions that are still to be done, in place of one over all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_NAME, _FORMER = "ix_actions_waiting", "ix_actions_state_due_at"


def upgrade() -> None:
    waiting = sa.text("state IN ('pending', 'started')")
    op.create_index(
        _NAME,
        "actions",
        ["bot_id", "chat_id", "due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.drop_index(_FORMER, "actions")


def downgrade() -> None:
    op.create_index(_FORMER, "actions", ["state", "due_at"])
    op.drop_index(_NAME, "actions")

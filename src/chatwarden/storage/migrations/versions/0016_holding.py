"""An index over the actions that hold now."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_NAME = "ix_actions_holding"


def upgrade() -> None:
    holding = sa.text("kind IN ('challenge', 'mute', 'ban')")
    op.create_index(
        _NAME,
        "actions",
        ["bot_id", "chat_id", "until_date"],
        sqlite_where=holding,
        postgresql_where=holding,
    )


def downgrade() -> None:
    op.drop_index(_NAME, "actions")

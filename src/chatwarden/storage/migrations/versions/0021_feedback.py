"""Indexes for what each tap asks: what was said of pictures, what was taken back; and a group's own among what was done."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_PICTURES, _TAKEN_BACK = "ix_feedback_pictures", "ix_feedback_taken_back"
_DONE, _FORMER = "ix_actions_bot_id_kind_done_at_chat_id", "ix_actions_bot_id_kind_done_at"


def upgrade() -> None:
    has_picture, is_taken_back = sa.text("picture IS NOT NULL"), sa.text(
        "taken_back_at IS NOT NULL"
    )
    op.create_index(
        _PICTURES,
        "feedback",
        ["bot_id", "chat_id"],
        sqlite_where=has_picture,
        postgresql_where=has_picture,
    )
    op.create_index(
        _TAKEN_BACK,
        "feedback",
        ["bot_id", "chat_id", "taken_back_at"],
        sqlite_where=is_taken_back,
        postgresql_where=is_taken_back,
    )
    op.create_index(_DONE, "actions", ["bot_id", "kind", "done_at", "chat_id"])
    op.drop_index(_FORMER, "actions")


def downgrade() -> None:
    op.create_index(_FORMER, "actions", ["bot_id", "kind", "done_at"])
    op.drop_index(_DONE, "actions")
    op.drop_index(_TAKEN_BACK, "feedback")
    op.drop_index(_PICTURES, "feedback")

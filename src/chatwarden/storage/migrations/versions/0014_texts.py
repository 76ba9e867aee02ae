"""An index over the outcomes whose texts are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NAME = "ix_outcomes_with_texts"


def upgrade() -> None:
    with_texts = sa.text("sealed IS NOT NULL")
    op.create_index(
        _NAME, "outcomes", ["date"], sqlite_where=with_texts, postgresql_where=with_texts
    )


def downgrade() -> None:
    op.drop_index(_NAME, "outcomes")

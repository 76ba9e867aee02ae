"""What tapped messages mean, and what groups learned of it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("feedback", sa.Column("vector", sa.LargeBinary(), nullable=True))
    op.add_column("learned", sa.Column("head", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("learned", "head")
    op.drop_column("feedback", "vector")

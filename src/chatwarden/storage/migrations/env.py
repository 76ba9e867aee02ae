"""Run by Alembic. The connection comes from `storage.migrate`, which has opened it."""

from typing import Literal

from alembic import context

from chatwarden.storage.models import Model
from chatwarden.storage.models.base import UtcDateTime


def _render(kind: str, item: object, _autogen: object) -> str | Literal[False]:
    """New migrations name the product's own column types by their imported names."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Model.metadata,
    # SQLite cannot alter a column: Alembic copies the table instead.
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()

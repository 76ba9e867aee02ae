"""The dashboard's trust levels are the engine's."""

import re
from pathlib import Path

from chatwarden.api.senders.service import TRUSTED_FOR_DAYS, TRUSTED_WROTE
from chatwarden.storage.repositories.senders import NEWCOMERS_WRITE_LESS

SOURCE = Path(__file__).parents[3] / "crates/engine/src/context.rs"


def test_they_begin_where_the_engine_has_them_begin() -> None:
    rust = SOURCE.read_text()
    newcomer = re.search(r"fn is_newcomer\(&self\) -> bool {\s*self.messages_here < (\d+)", rust)
    trusted = re.search(
        r"fn is_trusted\(&self\) -> bool {\s*self.messages_here >= (\d+) && self.days_here >= (\d+)",
        rust,
    )
    assert newcomer is not None and trusted is not None
    assert int(newcomer[1]) == NEWCOMERS_WRITE_LESS
    assert (int(trusted[1]), int(trusted[2])) == (TRUSTED_WROTE, TRUSTED_FOR_DAYS)

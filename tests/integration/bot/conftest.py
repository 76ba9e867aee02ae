"""As for the pipeline: one simulator and one Telegram client a file; a database and a group of its own for each test."""

import pytest
from tests.integration.pipeline.conftest import (
    database,
    first_scene,
    scene,
    telegram,
    warden,
)
from tests.support.talk import Talk
from tests.support.warden import Warden

__all__ = ["database", "first_scene", "scene", "telegram", "warden"]


@pytest.fixture
def talk(warden: Warden) -> Talk:
    return Talk(warden)

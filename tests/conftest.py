"""For all tests."""

from collections.abc import Iterator

import pytest
import structlog

# By default a traceback shows every local variable, and drawing that takes many seconds.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A program that is run here sets up logs of its own."""
    former = structlog.get_config()
    yield
    structlog.configure(**former)

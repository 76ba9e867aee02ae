"""What can go wrong, in Telegram's own words.

SimulatorError
├── ApiError          an answer of the Bot API with ok=false
└── ControlError      a request to the control API that makes no sense
"""


class SimulatorError(Exception):
    """Anything the simulator refuses."""


class ApiError(SimulatorError):
    """A Bot API answer with ``ok: false``: the HTTP status is the error code, as with Telegram."""

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: int | None = None,
        migrate_to_chat_id: int | None = None,
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def parameters(self) -> dict[str, int]:
        """The Bot API's ResponseParameters; empty when there is nothing to say."""
        found = {"retry_after": self.retry_after, "migrate_to_chat_id": self.migrate_to_chat_id}
        return {name: value for name, value in found.items() if value is not None}


class ControlError(SimulatorError):
    """A control request that cannot be done: 400 malformed, 404 unknown, 409 against the state."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(description: str) -> ApiError:
    """400, with Telegram's usual prefix."""
    return ApiError(400, f"Bad Request: {description}")


def too_many_requests(retry_after: int) -> ApiError:
    """429; `retry_after` in whole seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)

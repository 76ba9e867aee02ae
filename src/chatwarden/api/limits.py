"""How often something may be asked: attempts to sign in by address, requests by API key, examinations by person. Counted in this process."""

from datetime import UTC, datetime

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from chatwarden.errors import TooManyAttempts, TooManyChecks, TooManyRequests


class RateLimits:
    """Moving windows of a minute."""

    def __init__(self, *, attempts: int = 10, requests: int = 300, checks: int = 6) -> None:
        """`attempts`: to sign in, of an address; `requests`: of an API key; `checks`: examinations of the deployment, of a person."""
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._attempts = RateLimitItemPerMinute(attempts, namespace="attempts")
        self._requests = RateLimitItemPerMinute(requests, namespace="requests")
        self._checks = RateLimitItemPerMinute(checks, namespace="checks")

    def count_attempt(self, address: str) -> None:
        """Raises TooManyAttempts."""
        wait = self._count(self._attempts, address)
        if wait is not None:
            raise TooManyAttempts(seconds=wait)

    def count_request(self, key_id: str) -> None:
        """Raises TooManyRequests."""
        wait = self._count(self._requests, key_id)
        if wait is not None:
            raise TooManyRequests(seconds=wait)

    def count_check(self, subject: str) -> None:
        """Raises TooManyChecks."""
        wait = self._count(self._checks, subject)
        if wait is not None:
            raise TooManyChecks(seconds=wait)

    def _count(self, limit: RateLimitItem, who: str) -> int | None:
        """None where there was room; else how many seconds to wait."""
        if self._limiter.hit(limit, who):
            return None
        reset_at = self._limiter.get_window_stats(limit, who).reset_time
        return max(1, round(reset_at - datetime.now(UTC).timestamp()))

"""An error nobody expected: logged whole, answered with a problem detail that gives nothing away."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chatwarden.api.problems import problem_response
from chatwarden.errors import ChatwardenError

_log = structlog.get_logger(__name__)


class UnexpectedErrors:
    """The last to catch. Where the answer has begun, the connection breaks instead."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            _log.error("request.failed", exc_info=error)
            if has_begun:
                raise
            await problem_response(ChatwardenError())(scope, receive, send)

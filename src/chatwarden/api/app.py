"""The API and the dashboard as one ASGI application.

In: the ports that `bootstrap` provides. Out: an application whose every address is either one of the nouns below
/api/v1, /healthz, /readyz, or a file of the dashboard.
"""

from fastapi import FastAPI

from chatwarden.api import idempotency, problems
from chatwarden.api.dashboard import Dashboard
from chatwarden.api.limits import RateLimits
from chatwarden.api.middleware.body_limit import BodyLimit
from chatwarden.api.middleware.compression import Compression
from chatwarden.api.middleware.request_log import RequestLog
from chatwarden.api.middleware.security_headers import SecurityHeaders
from chatwarden.api.middleware.unexpected import UnexpectedErrors
from chatwarden.api.openapi import build_document
from chatwarden.api.ports import Ports
from chatwarden.api.routes import router
from chatwarden.api.session.oidc import OidcClient
from chatwarden.api.tokens import Tokens
from chatwarden.outcomes.catalogue import Catalogue


def create_app(ports: Ports) -> FastAPI:
    """The application. Nothing is opened or started here; the ports belong to the caller."""
    app = FastAPI(
        title="Chatwarden",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        # Its logs hold what was sent.
        telemetry={
            "logs": False,
            "metrics": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.ports = ports
    app.state.catalogue = Catalogue.read(ports.signals)
    app.state.tokens = Tokens(ports.signing_key)
    app.state.limits = RateLimits(requests=ports.settings.api_key_requests_a_minute)
    app.state.backtests = set[str]()
    app.state.oidc = OidcClient.of(ports.settings)
    app.include_router(router)
    app.openapi = build_document  # type: ignore[method-assign]  # FastAPI's own way to replace it
    problems.install(app)
    idempotency.install(app)
    # The last added is the outermost.
    app.add_middleware(idempotency.IdempotentWrites, ports=ports)
    app.add_middleware(Compression)
    app.add_middleware(Dashboard)
    app.add_middleware(BodyLimit)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)
    return app

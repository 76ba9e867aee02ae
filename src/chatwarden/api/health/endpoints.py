"""The addresses that operators and orchestrators ask."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from chatwarden.api.access import OPEN, PortsPart
from chatwarden.api.health.schemas import Health
from chatwarden.api.health.service import health_of
from chatwarden.errors import StorageUnavailable
from chatwarden.health import METRICS_TYPE, metrics_of

router = APIRouter(tags=["health"], dependencies=[OPEN])


@router.get("/healthz", operation_id="getHealth")
async def get_health(ports: PortsPart) -> Health:
    """Whether the process lives: always 200 while it answers, with the state of each part."""
    return await health_of(ports)


@router.get(
    "/readyz",
    operation_id="getReadiness",
    responses={503: {"model": Health, "description": "A part is starting or failing."}},
)
async def get_readiness(ports: PortsPart, response: Response) -> Health:
    """Whether the deployment does its work: 503 while a part does not."""
    health = await health_of(ports)
    if health.status != "ok":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return health


@router.get("/metrics", include_in_schema=False)
async def get_metrics(ports: PortsPart) -> Response:
    """For Prometheus; the proxy keeps it from the outside."""
    try:
        queues = await ports.operation.waiting()
    except StorageUnavailable:
        queues = []  # The parts tell why.
    return Response(metrics_of(await ports.health(), queues), media_type=METRICS_TYPE)

"""The addresses of a group's webhooks. Admins see and set them; no key makes one: it would see more than its role, for longer than it lives."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from chatwarden.api.access import AdminPersonPart, PortsPart
from chatwarden.api.finding import find_group
from chatwarden.api.paths import BotId, ChatId
from chatwarden.api.problems import responses
from chatwarden.api.webhooks import service
from chatwarden.api.webhooks.schemas import (
    Deliveries,
    Delivery,
    Tested,
    Webhook,
    WebhookChange,
    WebhookMade,
    Webhooks,
    WebhookWanted,
)
from chatwarden.errors import (
    BodyTooLarge,
    NotFound,
    RequestInvalid,
    TooManyWebhooks,
    WebhookAddressRefused,
)
from chatwarden.storage.models import DeliveryState

router = APIRouter(prefix="/groups/{bot_id}/{chat_id}/webhooks", tags=["webhooks"])
WebhookId = Annotated[str, Path(max_length=16)]
DeliveryId = Annotated[str, Path(max_length=32)]
_ONE = "/{webhook_id}"


@router.get("", operation_id="listWebhooks", responses=responses(NotFound, RequestInvalid))
async def list_webhooks(
    bot_id: BotId, chat_id: ChatId, caller: AdminPersonPart, ports: PortsPart
) -> Webhooks:
    """Where a group's events are sent."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.list_webhooks(session, group, keyring=ports.keyring)


@router.post(
    "",
    operation_id="makeWebhook",
    status_code=HTTPStatus.CREATED,
    responses=responses(
        NotFound, WebhookAddressRefused, TooManyWebhooks, RequestInvalid, BodyTooLarge
    ),
)
async def make_webhook(
    bot_id: BotId,
    chat_id: ChatId,
    wanted: WebhookWanted,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> WebhookMade:
    """Have events sent to an address from now on."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        return await service.make(session, group, caller, wanted, ports)


@router.patch(
    _ONE, operation_id="changeWebhook", responses=responses(NotFound, RequestInvalid, BodyTooLarge)
)
async def change_webhook(
    bot_id: BotId,
    chat_id: ChatId,
    webhook_id: WebhookId,
    change: WebhookChange,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> Webhook:
    """Turn a webhook off, or on again."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        row = await service.find(session, group, webhook_id)
        return await service.turn(session, row, caller, is_on=change.is_on, keyring=ports.keyring)


@router.post(
    f"{_ONE}/rotate", operation_id="rotateWebhook", responses=responses(NotFound, RequestInvalid)
)
async def rotate_webhook(
    bot_id: BotId,
    chat_id: ChatId,
    webhook_id: WebhookId,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> WebhookMade:
    """Give a webhook another secret. For a day deliveries are signed with both."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        row = await service.find(session, group, webhook_id)
        return await service.rotate(session, row, caller, keyring=ports.keyring)


@router.post(
    f"{_ONE}/test", operation_id="testWebhook", responses=responses(NotFound, RequestInvalid)
)
async def test_webhook(
    bot_id: BotId,
    chat_id: ChatId,
    webhook_id: WebhookId,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> Tested:
    """Call the address once, now, and say what came of it."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        row = await service.find(session, group, webhook_id)
    return await service.test(row, ports)


@router.delete(
    _ONE,
    operation_id="removeWebhook",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, RequestInvalid),
)
async def remove_webhook(
    bot_id: BotId,
    chat_id: ChatId,
    webhook_id: WebhookId,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> None:
    """Send nothing there any more; what waits for it goes, too."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        row = await service.find(session, group, webhook_id)
        await service.remove(session, row, caller)


@router.get(
    f"{_ONE}/deliveries",
    operation_id="listDeliveries",
    responses=responses(NotFound, RequestInvalid),
)
async def list_deliveries(
    *,
    bot_id: BotId,
    chat_id: ChatId,
    webhook_id: WebhookId,
    caller: AdminPersonPart,
    ports: PortsPart,
    state: Annotated[
        list[DeliveryState] | None, Query(description="Only these states; may be repeated.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deliveries:
    """What was sent, waits, or was given up."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        row = await service.find(session, group, webhook_id)
        return await service.list_deliveries(session, row, limit=limit, states=state or ())


@router.post(
    f"{_ONE}/deliveries/{{delivery_id}}/send-again",
    operation_id="sendDeliveryAgain",
    status_code=HTTPStatus.ACCEPTED,
    responses=responses(NotFound, RequestInvalid),
)
async def send_again(
    bot_id: BotId,
    chat_id: ChatId,
    webhook_id: WebhookId,
    delivery_id: DeliveryId,
    caller: AdminPersonPart,
    ports: PortsPart,
) -> Delivery:
    """Try one that is over anew, under its id."""
    async with ports.database.transaction() as session:
        group = await find_group(session, caller.scope, bot_id=bot_id, chat_id=chat_id)
        row = await service.find(session, group, webhook_id)
        return await service.send_again(session, row, delivery_id)

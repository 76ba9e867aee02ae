"""Looks at Telegram: the token, privacy mode, the webhook, and the bot's rights in its groups.

In: settings that hold a token. Out: findings. A Telegram that cannot be reached is one.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from chatwarden.doctor.finding import Finding
from chatwarden.errors import (
    ChatUnreachable,
    ChatwardenError,
    MissingRight,
    RetryLater,
    TelegramRefused,
    TokenRejected,
)
from chatwarden.telegram.poll import ALLOWED_UPDATES, BotIdentity, UpdatePoll, WebhookState

_ERROR_IS_FRESH = timedelta(hours=1)
_MANY_WAITING = 100
_RIGHTS = {
    "can_delete_messages": "delete messages",
    "can_restrict_members": "ban users",
}


async def examine_telegram(
    *, api: str, token: str, webhook_address: str | None, now: datetime | None = None
) -> AsyncIterator[Finding]:
    """`webhook_address`: where updates should be delivered to; None where the bot polls."""
    async with UpdatePoll(api=api, token=token) as telegram:
        try:
            identity = await telegram.identity()
            webhook = await telegram.webhook()
        except TokenRejected as error:
            yield Finding("token", "failing", error.text, error.hint)
            return
        except RetryLater as error:
            mend = f"See whether this machine reaches {api}: a firewall, DNS, a proxy, the time on its clock."
            yield Finding("Telegram", "failing", str(error), mend)
            return
    yield Finding("token", "ok", f"It is @{identity.username}'s.")
    yield privacy_finding(identity)
    yield webhook_finding(webhook, address=webhook_address, now=now or datetime.now(UTC))


def privacy_finding(identity: BotIdentity) -> Finding:
    """Whether Telegram shows the bot what members write."""
    if identity.can_read_all_group_messages:
        return Finding("privacy mode", "ok", "Off: the bot sees all messages of its groups.")
    return Finding(
        "privacy mode",
        "warning",
        "On: the bot sees messages only in groups where it is an admin.",
        "Make it an admin everywhere, or switch it off: @BotFather, /setprivacy, Disable, "
        "and remove the bot from its groups and add it again.",
    )


def webhook_finding(webhook: WebhookState, *, address: str | None, now: datetime) -> Finding:
    """Whether updates come to where this deployment takes them."""
    part = "webhook"
    if address is None:
        if webhook.url:
            mend = "Start Chatwarden: it takes the webhook back. If another program guards with this token, give one of them its own."
            return Finding(
                part, "failing", f"The bot polls, and Telegram delivers to {webhook.url}.", mend
            )
        return Finding(part, "ok", "None, as it should be: the bot polls.")
    if webhook.url != address:
        found = f"Telegram delivers to {webhook.url or 'nobody'}, not to {address}."
        mend = "Start `chatwarden ingest`, which sets it; if it is set back, another program uses this token."
        return Finding(part, "failing", found, mend)
    told = webhook.last_error_date and datetime.fromtimestamp(webhook.last_error_date, UTC)
    if told and now - told < _ERROR_IS_FRESH:
        found = f"Telegram could not deliver at {told:%H:%M:%S} UTC: {webhook.last_error_message}."
        mend = (
            "See whether CHATWARDEN_PUBLIC_URL leads to this server from outside, with a valid certificate, "
            "and whether ingest is ready (/readyz)."
        )
        return Finding(
            part, "failing", f"{found} {webhook.pending_update_count} updates wait.", mend
        )
    if missing := sorted(set(ALLOWED_UPDATES) - set(webhook.allowed_updates)):
        mend = "Start `chatwarden ingest` again: it asks for all kinds."
        return Finding(part, "failing", f"Telegram does not deliver: {', '.join(missing)}.", mend)
    if webhook.pending_update_count > _MANY_WAITING:
        mend = "Start more of `chatwarden ingest`, and see whether Redis answers in time."
        return Finding(part, "warning", f"{webhook.pending_update_count} updates wait.", mend)
    return Finding(part, "ok", f"Telegram delivers to {address}.")


async def examine_rights(
    *, api: str, token: str, groups: Sequence[tuple[int, str]]
) -> AsyncIterator[Finding]:
    """`groups`: id and title of each group that the bot is in."""
    from chatwarden.telegram.client import TelegramClient

    if not groups:
        yield Finding(
            "rights",
            "warning",
            "The bot is in no group yet.",
            "Add it to your group as an admin who may delete messages and ban users.",
        )
        return
    async with TelegramClient.connect(api=api, token=token) as telegram:
        for chat_id, title in groups:
            try:
                yield rights_finding(title, await telegram.missing_rights(chat_id))
            except (ChatUnreachable, MissingRight) as error:
                yield Finding(f"rights in {title}", "failing", error.text, error.hint)
            except (RetryLater, TelegramRefused) as error:
                yield Finding(f"rights in {title}", "failing", str(error), error.hint)


def rights_finding(title: str, missing: Sequence[str]) -> Finding:
    """Whether the bot may do in a group what guarding needs."""
    part = f"rights in {title}"
    if not missing:
        return Finding(part, "ok", "It may delete messages and ban users.")
    named = " and ".join(_RIGHTS.get(right, right) for right in missing)
    return Finding(
        part,
        "failing",
        f"The bot may not {named}.",
        f"In the group's administrators, choose the bot and allow it to {named}.",
    )


def unexpected(part: str, error: ChatwardenError) -> Finding:
    """A part that cannot be examined, in the error's own words."""
    return Finding(part, "failing", str(error), error.hint)

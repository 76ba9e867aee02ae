"""Admins are told of a webhook that failures have turned off."""

from tests.support.scene import BOT_ID
from tests.support.talk import Talk

from chatwarden.bot.webhooks import WebhookTeller
from chatwarden.storage.models import Webhook
from chatwarden.storage.repositories import webhooks


async def _make(talk: Talk) -> Webhook:
    async with talk.ports.database.transaction() as session:
        made, _ = await webhooks.make(
            session,
            bot_id=BOT_ID,
            chat_id=talk.scene.group,
            address="https://receiver.example/hook?token=s3cret",
            events=["case.opened"],
            made_by=f"user:{talk.scene.owner}",
            sealer=talk.ports.keyring.deployment,
            now=talk.warden.now(),
        )
    return made


async def test_admins_are_told_once_which_webhook_failures_have_turned_off(talk: Talk) -> None:
    await talk.in_group(talk.scene.member, "Hello")
    await talk.private(talk.scene.owner, "/start")
    before = len(talk.said(talk.scene.owner))
    failing, other = await _make(talk), await _make(talk)
    async with talk.ports.database.transaction() as session:
        for row, because in ((failing, "failures"), (other, "person")):
            found = await session.get(Webhook, row.id)
            assert found is not None
            webhooks.turn(found, off=because, now=talk.warden.now())  # type: ignore[arg-type]
    teller = WebhookTeller(talk.ports)
    await teller.look()
    await teller.look()
    (told,) = talk.said(talk.scene.owner)[before:]
    assert "receiver.example" in told.text
    assert "s3cret" not in told.text

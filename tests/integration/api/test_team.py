"""Who is in a group's team: by Telegram's rights, by invitation."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID
from tests.support.team import FOREIGN, OWN, USERS, fill, member_row

from chatwarden.storage.models import AuditEvent, Invitation, TeamMember
from chatwarden.storage.repositories.team import KnownAdmin, take_admins

ADDRESS = f"/api/v1/groups/{BOT_ID}/{OWN}/team"
TAKE_UP = "/api/v1/invitations/take-up"
ADMIN = f"user:{USERS['admin']}"
NEWCOMER = "user:30"


async def _take_admins(api: ApiUnderTest, *admins: KnownAdmin) -> None:
    async with api.ports.database.transaction() as session:
        await take_admins(
            session,
            admins,
            bot_id=BOT_ID,
            chat_id=OWN,
            sealer=api.sealer,
            now=datetime.now(UTC),
        )


async def _invite(api: ApiUnderTest, role: str = "moderator") -> str:
    async with api.client(subject=ADMIN) as client:
        answer = await client.post(f"{ADDRESS}/invitations", json={"role": role})
    assert answer.status_code == 201
    return str(answer.json()["secret"])


async def _take_up(api: ApiUnderTest, secret: str, subject: str = NEWCOMER) -> int:
    async with api.client(subject=subject) as client:
        return (await client.post(TAKE_UP, json={"secret": secret})).status_code


async def test_an_invited_moderator_sees_the_group_and_decides_there(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    secret = await _invite(each_api)
    async with each_api.client(subject=NEWCOMER) as client:
        assert (await client.get("/api/v1/groups")).json()["items"] == []
        joined = (await client.post(TAKE_UP, json={"secret": secret})).json()
        (group,) = (await client.get("/api/v1/groups")).json()["items"]
        said = await client.post(f"/api/v1/outcomes/{BOT_ID}-81-1/feedback", json={"label": "spam"})
        refused = await client.patch(
            f"/api/v1/groups/{BOT_ID}/{OWN}", json={"posture": "observing"}
        )
    assert (joined["chat_id"], joined["role"]) == (OWN, "moderator")
    assert (group["chat_id"], group["role"]) == (OWN, "moderator")
    assert said.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_low")


async def test_an_invitation_counts_once(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    secret = await _invite(each_api)
    assert await _take_up(each_api, secret) == 200
    assert await _take_up(each_api, secret, "user:31") == 410
    assert await _take_up(each_api, "made up", "user:31") == 410


async def test_an_expired_or_withdrawn_invitation_gives_nothing(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    late, withdrawn = await _invite(each_api), await _invite(each_api)
    async with each_api.ports.database.transaction() as session:
        rows = (await session.scalars(select(Invitation).order_by(Invitation.made_at))).all()
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(
            update(Invitation).where(Invitation.id == rows[0].id).values(expires_at=past)
        )
    async with each_api.client(subject=ADMIN) as client:
        (open_one,) = (await client.get(ADDRESS)).json()["invitations"]
        address = f"{ADDRESS}/invitations/{open_one['id']}"
        assert (await client.delete(address)).status_code == 204
        assert (await client.delete(address)).status_code == 404
    for secret in (late, withdrawn):
        assert await _take_up(each_api, secret) == 410


async def test_only_admins_see_who_is_invited(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _invite(each_api)
    async with each_api.client(subject=f"user:{USERS['moderator']}") as client:
        team = (await client.get(ADDRESS)).json()
    assert len(team["members"]) == 4
    assert team["invitations"] == []


async def test_who_was_invited_can_be_removed_and_who_is_admin_by_telegram_cannot(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    async with each_api.client(subject=ADMIN) as client:
        gone = await client.delete(f"{ADDRESS}/members/{USERS['viewer']}")
        by_telegram = await client.delete(f"{ADDRESS}/members/{USERS['owner']}")
        nobody = await client.delete(f"{ADDRESS}/members/404")
    assert gone.status_code == 204
    assert (by_telegram.status_code, by_telegram.json()["code"]) == (409, "member_by_telegram")
    assert nobody.status_code == 404
    async with each_api.client(subject=f"user:{USERS['viewer']}") as client:
        assert (await client.get("/api/v1/groups")).json()["items"] == []


async def test_telegrams_rights_come_and_go_and_an_invitation_outlasts_them(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    await each_api.add(member_row(30, "viewer", source="invitation"))
    await _take_admins(each_api, KnownAdmin(40, "owner", "Rosa"), KnownAdmin(30, "admin", "Ben"))
    async with each_api.client(subject=NEWCOMER) as client:
        (group,) = (await client.get("/api/v1/groups")).json()["items"]
        assert group["role"] == "admin"
        team = (await client.get(ADDRESS)).json()["members"]
    told = {(one["user_id"], one["name"], one["role"], tuple(one["sources"])) for one in team}
    assert (30, "Ben", "admin", ("telegram", "invitation")) in told
    assert (40, "Rosa", "owner", ("telegram",)) in told
    assert not {one["user_id"] for one in team} & {USERS["admin"], USERS["owner"]}

    await _take_admins(each_api, KnownAdmin(40, "owner", "Rosa"))
    async with each_api.client(subject=NEWCOMER) as client:
        (group,) = (await client.get("/api/v1/groups")).json()["items"]
    assert group["role"] == "viewer"


async def test_names_of_admins_rest_sealed(each_api: ApiUnderTest) -> None:
    await _take_admins(each_api, KnownAdmin(40, "owner", "Rosa Canary"))
    async with each_api.ports.database.transaction() as session:
        (row,) = await session.scalars(select(TeamMember))
    assert row.sealed_name is not None
    assert b"Canary" not in row.sealed_name


async def test_the_operator_sees_every_group_without_being_in_a_team(
    each_api: ApiUnderTest,
) -> None:
    await fill(each_api)
    async with each_api.client() as client:
        groups = (await client.get("/api/v1/groups")).json()["items"]
    assert {(one["chat_id"], one["role"]) for one in groups} == {
        (OWN, "operator"),
        (FOREIGN, "operator"),
    }


async def test_what_is_done_to_a_team_stands_in_the_audit_log(each_api: ApiUnderTest) -> None:
    await fill(each_api)
    await _take_up(each_api, await _invite(each_api))
    async with each_api.client(subject=ADMIN) as client:
        await client.delete(f"{ADDRESS}/members/30")
        answer = await client.get("/api/v1/audit-log", params={"chat_id": OWN})
    kinds = [(one["kind"], one["subject"]) for one in answer.json()["items"]]
    assert kinds == [("left_team", ADMIN), ("joined_team", NEWCOMER), ("invited", ADMIN)]


@pytest.mark.parametrize(
    "change", ["UPDATE audit_events SET subject = 'x'", "DELETE FROM audit_events"]
)
async def test_the_database_itself_keeps_the_audit_log(each_api: ApiUnderTest, change: str) -> None:
    await fill(each_api)
    await _invite(each_api)
    with pytest.raises(DBAPIError, match="only added to"):
        async with each_api.ports.database.transaction() as session:
            await session.execute(text(change))
    async with each_api.ports.database.transaction() as session:
        assert len((await session.scalars(select(AuditEvent))).all()) == 2

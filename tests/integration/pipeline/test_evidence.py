"""What is fetched about an event, from a simulated Telegram and stand-ins for everybody else."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.pictures import meme, qr_code
from tests.support.scene import Scene
from tests.support.stand_in import Reply, Request, StandIn, standing_in

from chatwarden.pipeline.enrich.evidence import Evidence
from chatwarden.pipeline.enrich.jobs import Job
from chatwarden.settings import Settings
from chatwarden.simulator.client import Fault, NewChat, NewPerson
from chatwarden.telegram.client import TelegramClient

INVITE = "https://t.me/+AbCdEfGh12345678"


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **more)


@pytest.fixture
async def evidence(telegram: TelegramClient, tmp_path: Path) -> AsyncIterator[Evidence]:
    """Of Telegram only, as it is without a setting."""
    async with Evidence.connect(settings(tmp_path), telegram=telegram, secret=b"k") as evidence:
        yield evidence


def job(user_id: int | None, *wants: str, **message: Any) -> Job:
    raw = json.dumps({"update_id": 1, "message": message}).encode()
    return Job(update_id=1, chat_id=-1001, user_id=user_id, wants=frozenset(wants), raw=raw)


async def facts(evidence: Evidence, job: Job) -> Any:
    found = await evidence.facts(job)
    return None if found is None else json.loads(found)


def photo(file_id: str, **more: Any) -> dict[str, Any]:
    return {"file_id": file_id, "file_unique_id": f"unique-{file_id}", **more}


async def test_a_profile_is_told_with_its_channel_and_its_photo(
    scene: Scene, evidence: Evidence
) -> None:
    control = scene.control
    channel = await control.add_chat(NewChat(title="Easy coins", type="channel", username="coins"))
    await control.post(channel, scene_post("Double your coins today"))
    file = await control.add_file(meme())
    (person,) = await control.add_people(
        NewPerson(first_name="Rex", bio="dm me", personal_chat_id=channel, photo_file_id=file)
    )
    found = await facts(evidence, job(person, "profile"))

    assert found["profile"].pop("photo_hash") == (await hash_of(evidence, file))
    assert found == {
        "profile": {
            "bio": "dm me",
            "personal_channel": {
                "title": "Easy coins",
                "username": "coins",
                "texts": ["Double your coins today"],
            },
        }
    }


def scene_post(text: str) -> Any:
    from chatwarden.simulator.client import Draft

    return Draft(text=text)


async def hash_of(evidence: Evidence, file: str) -> str:
    found = await facts(evidence, job(1, "picture", photo=[photo(file)]))
    digits: str = found["picture"]["hash"]
    assert len(digits) == 16
    return digits


async def test_a_profile_without_anything_is_an_answer(scene: Scene, evidence: Evidence) -> None:
    (person,) = await scene.control.add_people(NewPerson(first_name="Rex"))

    assert await facts(evidence, job(person, "profile")) == {"profile": {"bio": ""}}


async def test_somebody_telegram_does_not_tell_of_is_asked_about_once(
    scene: Scene, evidence: Evidence
) -> None:
    for _ in range(3):
        assert await facts(evidence, job(999_999, "profile")) is None

    assert evidence.profiles.counts == {"refused": 1}


async def test_a_code_in_a_picture_leads_somewhere_and_a_meme_nowhere(
    scene: Scene, evidence: Evidence
) -> None:
    code, plain = [await scene.control.add_file(each) for each in (qr_code(INVITE), meme())]

    assert (await facts(evidence, job(5, "picture", photo=[photo(code)])))["picture"]["links"] == [
        INVITE
    ]
    assert (await facts(evidence, job(5, "picture", photo=[photo(plain)])))["picture"][
        "links"
    ] == []


async def test_of_several_sizes_the_largest_that_fits_is_looked_at(
    scene: Scene, evidence: Evidence
) -> None:
    code = await scene.control.add_file(qr_code(INVITE))
    sizes = [photo("small"), photo(code, file_size=9), photo("x", file_size=50_000_000)]
    found = await facts(evidence, job(5, "picture", photo=sizes))

    assert found["picture"]["links"] == [INVITE]


@pytest.mark.parametrize("field", ["document", "animation", "video"])
async def test_pictures_in_other_fields_are_looked_at(
    scene: Scene, evidence: Evidence, field: str
) -> None:
    code = await scene.control.add_file(qr_code(INVITE))
    media = {"file_id": "film", "file_unique_id": "film", "thumbnail": photo(code)}
    found = await facts(evidence, job(5, "picture", **{field: media}))

    assert found["picture"]["links"] == [INVITE]


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n damaged", bytes(6_000_000)]
)
async def test_what_is_no_picture_is_no_evidence(
    scene: Scene, evidence: Evidence, content: bytes
) -> None:
    file = await scene.control.add_file(content)

    assert await facts(evidence, job(5, "picture", photo=[photo(file)])) is None
    assert evidence.pictures.counts["failed"] == 0


@pytest.mark.parametrize("method", ["getChat", "getFile", "file"])
@pytest.mark.parametrize(
    "fault",
    [
        {"code": 500},
        {"code": 429, "retry_after": 3, "description": "Too Many Requests: retry after 3"},
        {"code": 400, "description": "Bad Request: something new"},
        {"code": 403, "description": "Forbidden: bot was blocked"},
        {"kind": "drop"},
    ],
)
async def test_whatever_telegram_does_nothing_escapes_and_nothing_is_made_up(
    scene: Scene, evidence: Evidence, method: str, fault: dict[str, Any]
) -> None:
    file = await scene.control.add_file(meme())
    (person,) = await scene.control.add_people(NewPerson(first_name="Rex", photo_file_id=file))
    await scene.control.fail(Fault(method=method, times=9, **fault))
    scene.app.world.clock.advance(60)

    found = await facts(evidence, job(person, "profile"))
    assert "photo_hash" not in (found or {}).get("profile", {})
    scene.app.world.clock.advance(60)


def listed_by_all(request: Request) -> Reply:
    if request.path == "/export.csv":
        return Reply(b"7\n")
    if request.path.startswith("/check"):
        return Reply.json({"ok": request.path.endswith("=8")})
    return Reply.json({"ok": True, "banned": request.path.endswith("=9")})


@pytest.fixture
async def others() -> AsyncIterator[StandIn]:
    async with standing_in(listed_by_all) as server:
        yield server


@pytest.mark.parametrize(
    ("cas", "user", "listed"),
    [
        ("list", 7, ["cas"]),
        ("list", 8, None),
        ("check", 7, ["cas"]),
        ("check", 8, ["cas"]),
        ("check", 9, ["lols"]),
        ("check", 10, None),
    ],
)
async def test_lists_say_who_is_on_them(
    others: StandIn, telegram: TelegramClient, tmp_path: Path, cas: str, user: int, listed: Any
) -> None:
    chosen = settings(tmp_path, cas=cas, cas_api=others.url, lols=True, lols_api=others.url)
    async with Evidence.connect(chosen, telegram=telegram, secret=b"k") as evidence:
        for one in evidence.lists:
            await one.refresh()
        found = await facts(evidence, job(user, "lists"))

    assert found == (None if listed is None else {"listed": listed})


async def test_nobodys_id_leaves_where_only_the_list_is_used(
    others: StandIn, telegram: TelegramClient, tmp_path: Path
) -> None:
    chosen = settings(tmp_path, cas="list", cas_api=others.url)
    async with Evidence.connect(chosen, telegram=telegram, secret=b"k") as evidence:
        await evidence.lists[0].refresh()
        await facts(evidence, job(7, "lists"))
        await facts(evidence, job(8, "lists"))

    assert [request.path for request in others.requests] == ["/export.csv"]


async def test_what_a_channel_or_nobody_wants_is_asked_of_nobody(evidence: Evidence) -> None:
    assert await facts(evidence, job(None, "profile", "lists", "picture", "opinion")) is None
    assert await facts(evidence, job(5)) is None


async def test_an_opinion_is_one_number(telegram: TelegramClient, tmp_path: Path) -> None:
    answer = {"choices": [{"message": {"content": '{"spam": 640}'}}]}
    async with standing_in(lambda _: Reply.json(answer)) as server:
        chosen = settings(tmp_path, opinion_api=server.url)
        async with Evidence.connect(chosen, telegram=telegram, secret=b"k") as evidence:
            found = await facts(evidence, job(5, "opinion", text="hello"))

    assert found == {"opinion": 640}

"""Parameters arrive as JSON, as a form, as multipart or in the query; method names in any case."""

from collections.abc import AsyncIterator

import httpx
import pytest

from .conftest import Scene


@pytest.fixture
async def http(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=scene.url) as client:
        yield client


async def test_all_forms_of_a_request_do_the_same(scene: Scene, http: httpx.AsyncClient) -> None:
    url = "/bot42:TEST/restrictChatMember"
    text = {
        "chat_id": str(scene.group),
        "user_id": str(scene.member),
        "permissions": '{"can_send_messages":true}',
        "use_independent_chat_permissions": "true",
    }
    typed = {
        "chat_id": scene.group,
        "user_id": scene.member,
        "permissions": {"can_send_messages": True},
        "use_independent_chat_permissions": True,
    }
    multipart = {name: (None, value) for name, value in text.items()}
    answers = [
        await http.post(url, json=typed),
        await http.post(url, data=text),
        await http.post(url, files=multipart),
        await http.get(url, params=text),
    ]
    assert [answer.json() for answer in answers] == [{"ok": True, "result": True}] * 4
    record = await scene.control.record(scene.group, scene.member)
    assert record and len(record.sanctions) == 1
    assert record.repeats == {"restrictChatMember": 3}


async def test_method_names_are_case_insensitive(http: httpx.AsyncClient) -> None:
    assert (await http.get("/bot42:TEST/GETME")).json()["result"]["id"] == 42


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot42:TEST/inventMethod", 404, "Not Found: method not found"),
        ("/bot42:OTHER/getMe", 401, "Unauthorized"),
        ("/botnonsense/getMe", 404, "Not Found"),
        ("/elsewhere", 404, "Not Found"),
        ("/bot42:TEST/getChat", 400, "Bad Request: chat_id is empty"),
    ],
)
async def test_errors_are_framed_as_telegram_frames_them(
    http: httpx.AsyncClient, path: str, status: int, description: str
) -> None:
    answer = await http.post(path)
    assert answer.status_code == status
    assert answer.json() == {"ok": False, "error_code": status, "description": description}


async def test_a_text_with_an_orphan_surrogate_goes_in_and_comes_out(
    scene: Scene, http: httpx.AsyncClient
) -> None:
    body = b'{"chat_id": %d, "message": {"from_id": %d, "text": "half \\ud83d moon"}}' % (
        scene.group,
        scene.member,
    )
    assert (await http.post("/control/messages", content=body)).status_code == 200
    updates = await http.get("/bot42:TEST/getUpdates")
    assert b"half \\ud83d moon" in updates.content


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"chat_id": "x"}',
        b'{"chats": 1}',
        b'{"chat_id": 1, "message": {"txt": "a typo"}}',
    ],
)
async def test_a_bad_control_request_gets_a_400(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/control/messages", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "malformed"


async def test_an_unknown_control_operation_gets_a_404(http: httpx.AsyncClient) -> None:
    assert (await http.get("/control/nothing")).status_code == 404

"""What every answer has in common: problem details, limits, headers, health, the dashboard's files."""

import gzip
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from tests.support.api import ApiUnderTest
from tests.support.rows import BOT_ID, CHAT_ID, group_row

from chatwarden.api.dashboard import Dashboard
from chatwarden.api.middleware.body_limit import LIMIT
from chatwarden.api.middleware.compression import Compression
from chatwarden.health import PartHealth
from chatwarden.storage.models import HourlyCount

LONG = "/api/v1/openapi.json"


async def test_an_unknown_address_is_a_problem_with_a_hint(api: ApiUnderTest) -> None:
    async with api.client() as client:
        answer = await client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:chatwarden:problem:not_found",
        "title": "There is nothing here, or it is not yours to see.",
        "status": 404,
        "code": "not_found",
        "hint": "Check the address.",
    }


async def test_a_wrong_method_names_the_right_ones(api: ApiUnderTest) -> None:
    async with api.client() as client:
        answer = await client.put("/api/v1/session")
        of_dashboard = await client.post("/somewhere")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert "POST" in answer.headers["allow"]
    assert of_dashboard.status_code == 405


async def test_a_malformed_request_names_its_fields_and_repeats_no_value(
    api: ApiUnderTest,
) -> None:
    async with api.client() as client:
        query = await client.get("/api/v1/outcomes", params={"limit": "many", "state": "odd"})
        body = await client.post("/api/v1/session", json={"link": ["hush"]})
    assert [error["field"] for error in query.json()["errors"]] == ["query.limit", "query.state.0"]
    assert body.status_code == 422
    assert "hush" not in body.text


async def test_a_long_answer_comes_packed_where_the_browser_takes_it(api: ApiUnderTest) -> None:
    async with api.client() as client:
        packed = await client.get(LONG, headers={"Accept-Encoding": "br, gzip;q=0.8"})
        plain = await client.get(LONG, headers={"Accept-Encoding": "identity"})
        short = await client.get("/api/v1/me", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.json() == plain.json()
    assert not {"content-encoding", "vary"} & {*plain.headers, *short.headers}


async def test_what_is_no_answer_to_get_may_hold_a_secret_and_is_never_packed() -> None:
    async def secret(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({"secret": "s" * 5000})(scope, receive, send)

    transport = httpx.ASGITransport(Compression(secret))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        made = await client.post("/", headers={"Accept-Encoding": "gzip"})
        read = await client.get("/", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in made.headers
    assert read.headers["content-encoding"] == "gzip"


async def test_an_unexpected_error_gives_nothing_away(
    api: ApiUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> list[PartHealth]:
        raise RuntimeError("the secret inside")

    object.__setattr__(api.ports, "health", fail)
    async with api.client(subject=None) as client:
        with capture_logs() as logs:
            answer = await client.get("/healthz")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.text
    assert [line["event"] for line in logs] == ["request.failed", "request"]


async def test_a_database_that_is_busy_asks_for_patience_and_tells_nothing_of_itself(
    api: ApiUnderTest, tmp_path: Path
) -> None:
    await api.add(group_row())
    address = f"/api/v1/groups/{BOT_ID}/{CHAT_ID}"
    async with api.client() as client:
        with closing(sqlite3.connect(tmp_path / "chatwarden.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = await client.patch(address, json={"posture": "observing"})
        again = await client.patch(address, json={"posture": "observing"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert answer.json()["code"] == "storage_unavailable"
    assert "locked" not in answer.text
    assert again.status_code == 200


@pytest.mark.parametrize("says_its_size", [True, False])
async def test_a_body_over_the_limit_is_refused(api: ApiUnderTest, says_its_size: bool) -> None:
    async def pieces() -> object:
        for _ in range(3):
            yield b"x" * (LIMIT // 2)

    content = b"x" * (LIMIT + 1) if says_its_size else pieces()
    async with api.client(subject=None) as client:
        answer = await client.post("/api/v1/session", content=content)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


async def test_every_answer_has_its_id_and_its_security_headers(api: ApiUnderTest) -> None:
    async with api.client() as client:
        for path in ("/api/v1/me", "/api/v1/nothing", "/healthz"):
            headers = (await client.get(path)).headers
            assert len(headers["x-request-id"]) == 32
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
        given = await client.get("/api/v1/me", headers={"X-Request-ID": "of-the-proxy-1"})
    assert given.headers["x-request-id"] == "of-the-proxy-1"


async def test_the_log_names_the_request_but_no_token_and_no_query(api: ApiUnderTest) -> None:
    async with api.client() as client:
        with capture_logs() as logs:
            await client.get("/api/v1/outcomes", params={"cursor": "hush"})
    assert logs[0]["path"] == "/api/v1/outcomes"
    assert logs[0]["status"] == 422
    token = client.headers["Authorization"].removeprefix("Bearer ")
    assert token not in str(logs)
    assert "hush" not in str(logs)


async def test_health_lives_while_a_part_fails_and_readiness_does_not(api: ApiUnderTest) -> None:
    async with api.client(subject=None) as client:
        assert (await client.get("/readyz")).status_code == 200
        api.health.append(PartHealth("enforcer", "failing", "Telegram does not answer."))
        lives, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (lives.status_code, ready.status_code) == (200, 503)
    assert lives.json()["status"] == "degraded"
    assert ready.json()["parts"][1]["detail"] == "Telegram does not answer."


async def test_groups_show_their_posture_what_is_missing_and_the_figures_of_today(
    api: ApiUnderTest,
) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def count(hour: datetime) -> HourlyCount:
        return HourlyCount(
            bot_id=BOT_ID, chat_id=CHAT_ID, hour=hour, judged=9, flagged=3, deleted=2, punished=1
        )

    await api.add(
        group_row(mode="observe", missing_rights=["can_delete_messages"]),
        count(midnight - timedelta(hours=1)),
        count(midnight),
        count(midnight + timedelta(hours=1)),
    )
    async with api.client() as client:
        (group,) = (await client.get("/api/v1/groups")).json()["items"]
    assert group["posture"] == "observing"
    assert group["missing_rights"][0]["name"] == "can_delete_messages"
    assert "Delete messages" in group["missing_rights"][0]["hint"]
    assert group["today"] == {"judged": 18, "flagged": 6, "deleted": 4, "punished": 2}


async def test_the_catalogue_of_signals_is_given_whole(api: ApiUnderTest) -> None:
    async with api.client() as client:
        items = (await client.get("/api/v1/signals")).json()["items"]
    assert [item["name"] for item in items] == ["invite_link", "text_model", "new_here", "regular"]


async def test_the_document_is_served_as_it_is_committed(api: ApiUnderTest) -> None:
    async with api.client(subject=None) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/outcomes/{trace_id}/undo" in document["paths"]


def _built_dashboard(folder: Path) -> Path:
    hashed = folder / "_app" / "immutable" / "start.abc.js"
    hashed.parent.mkdir(parents=True)
    hashed.write_text("let a = 1")
    hashed.with_name("start.abc.js.gz").write_bytes(gzip.compress(b"let a = 1"))
    (folder / "index.html").write_text("<!doctype html><script>boot()</script>")
    (folder.parent / "secret.txt").write_text("hush")
    return folder


@pytest.fixture
def files(api: ApiUnderTest, tmp_path: Path) -> httpx.AsyncClient:
    app = Dashboard(api.app, _built_dashboard(tmp_path / "static"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")


async def test_an_address_of_the_dashboards_router_gets_its_page(files: httpx.AsyncClient) -> None:
    for path in ("/", "/sign-in", "/groups/5"):
        answer = await files.get(path)
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self' 'sha256-" in policy
        assert "'unsafe-inline'" not in policy.partition("style-src")[0]


async def test_a_hashed_file_is_kept_for_good_and_comes_packed(files: httpx.AsyncClient) -> None:
    answer = await files.get(
        "/_app/immutable/start.abc.js", headers={"Accept-Encoding": "gzip;q=1, br"}
    )
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "let a = 1"
    assert "immutable" in answer.headers["cache-control"]


async def test_a_missing_file_is_not_found_and_nothing_outside_is_served(
    files: httpx.AsyncClient,
) -> None:
    for path in ("/_app/immutable/gone.js", "/../secret.txt", "/%2e%2e/secret.txt"):
        assert (await files.get(path)).status_code == 404, path


async def test_api_addresses_pass_by_the_dashboard(files: httpx.AsyncClient) -> None:
    assert (await files.get("/healthz")).json()["status"] == "ok"
    assert (await files.get("/api/v2/x")).json()["code"] == "not_found"


async def test_a_dashboard_that_is_not_built_says_how_to(api: ApiUnderTest, tmp_path: Path) -> None:
    transport = httpx.ASGITransport(Dashboard(api.app, tmp_path / "nothing"))
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        answer = await client.get("/")
    assert answer.status_code == 503
    assert "make build" in answer.text

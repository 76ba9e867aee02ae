"""Lists that are downloaded: taken in when they are right, kept when something is wrong."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.stand_in import FAILURES, Failure, Reply, Request, standing_in

from chatwarden.errors import SourceUnavailable
from chatwarden.reputation.http import Http
from chatwarden.reputation.id_list import IdList
from chatwarden.reputation.lists import FederationReader, read_cas_export

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = base64.b64encode(SIGNER.public_key().public_bytes_raw()).decode()


def federation(*lines: str, issued: int = 10, head: str = "chatwarden-federation 1") -> bytes:
    body = "\n".join([head, f"issued {issued}", *lines]).encode() + b"\n"
    return body + b"signature " + base64.b64encode(SIGNER.sign(body)) + b"\n"


def cas_list(http: Http, url: str, folder: Path) -> IdList:
    return IdList(
        "cas",
        f"{url}/export.csv",
        read=read_cas_export,
        http=http,
        file=folder / "cas.csv",
        seconds=0.5,
    )


async def test_a_list_is_read_whatever_its_order(http: Http, tmp_path: Path) -> None:
    async with standing_in(lambda _: Reply(b"30\n10\n20\n")) as server:
        cas = cas_list(http, server.url, tmp_path)
        assert 10 not in cas
        await cas.refresh()

    assert len(cas) == 3
    assert [number in cas for number in (9, 10, 20, 25, 30, 31)] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]


async def test_a_list_outlives_a_restart_and_is_fetched_again_only_when_it_changed(
    http: Http, tmp_path: Path
) -> None:
    def reply(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"v1"':
            return Reply(b"", 304)
        return Reply(b"10\n20\n", headers=('ETag: "v1"',))

    async with standing_in(reply) as server:
        await cas_list(http, server.url, tmp_path).refresh()
        restarted = cas_list(http, server.url, tmp_path)
        await restarted.load()
        assert 20 in restarted
        await restarted.refresh()

    assert 20 in restarted
    assert server.requests[1].headers["if-none-match"] == '"v1"'


@pytest.mark.parametrize("failure", FAILURES)
async def test_whatever_a_server_does_what_was_known_stays(
    failure: Failure, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatwarden.reputation.id_list.MOST_BYTES", 1_000_000)
    async with standing_in(lambda _: Reply(b"10\n")) as server:
        cas = cas_list(http, server.url, tmp_path)
        await cas.refresh()
        server.failure = failure
        with pytest.raises(SourceUnavailable):
            await cas.refresh()

    assert 10 in cas
    assert (tmp_path / "cas.csv").read_bytes() == b"10\n"


@pytest.mark.parametrize(
    "body", [b"", b"\n\n", b"<html>", b"10\nban\n", b"-5\n", b"0\n", b"99999999999999999999\n"]
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        read_cas_export(body)


def test_a_heading_is_passed_over() -> None:
    assert list(read_cas_export(b"user_id\n7\n5\n")) == [5, 7]


def test_a_signed_list_is_read_with_its_comments() -> None:
    body = federation("# raids of spring", "5", "", "3 # the one with the watches")
    assert list(FederationReader(KEY)(body)) == [3, 5]
    assert list(FederationReader(KEY)(body.rstrip(b"\n"))) == [3, 5]


@pytest.mark.parametrize(
    "body",
    [
        federation("5").replace(b"\n5\n", b"\n6\n"),
        federation("5").replace(b"issued 10", b"issued 11"),
        federation("5").rpartition(b"signature")[0],
        federation("5") + b"7\n",
        federation("5").replace(b"signature ", b"signature !"),
        federation("5", head="chatwarden-federation 2"),
        federation("five"),
        federation(),
        b"5\n",
        b"",
        b"\nsignature ",
    ],
)
def test_a_list_that_is_not_as_it_was_signed_is_refused(body: bytes) -> None:
    with pytest.raises(SourceUnavailable):
        FederationReader(KEY)(body)


def test_another_ones_signature_is_refused() -> None:
    other = base64.b64encode(
        Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    )
    with pytest.raises(SourceUnavailable):
        FederationReader(other.decode())(federation("5"))


def test_an_older_list_does_not_take_a_newer_ones_place() -> None:
    read = FederationReader(KEY)
    read(federation("5", "6", issued=20))
    with pytest.raises(SourceUnavailable, match="older"):
        read(federation("5", issued=19))
    assert list(read(federation("6", issued=20))) == [6]

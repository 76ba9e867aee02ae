"""What is signed, and where nothing is sent."""

import base64
from datetime import UTC, datetime

import pytest

from chatwarden.errors import WebhookAddressRefused
from chatwarden.webhooks.posting import check_address, is_public, post
from chatwarden.webhooks.signing import signed_headers, written


def test_a_signature_is_the_one_of_the_specifications_own_example() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        secrets=[secret],
        now=datetime.fromtimestamp(1614265330, UTC),
    )
    assert written(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_an_address_of_some_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://user:password@example.org/",
        "https://",
        "https://example.org:99999/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8080/",
        "https://example.org/\r\nX: y",
        "javascript:alert(1)",
    ],
)
def test_no_webhook_is_made_for_what_is_no_public_https_address(address: str) -> None:
    with pytest.raises(WebhookAddressRefused):
        check_address(address, allow_private=False)


def test_an_operator_may_allow_private_addresses_and_this_machine_by_http() -> None:
    check_address("https://10.0.0.7/hook", allow_private=True)
    check_address("http://127.0.0.1:5678/hook", allow_private=True)
    with pytest.raises(WebhookAddressRefused):
        check_address("http://10.0.0.7/hook", allow_private=True)


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("localhost", "private_address"),  # looked up, and what it leads to is looked at
        ("127.0.0.1", "private_address"),
        ("[::1]", "private_address"),
        ("[::ffff:127.0.0.1]", "private_address"),
        ("0x7f.1", "private_address"),  # the system's resolver takes it for 127.0.0.1
        ("2130706433", "name"),  # as it would take this
    ],
)
async def test_no_connection_is_made_to_a_private_address_however_it_is_written(
    host: str, error: str
) -> None:
    attempt = await post(f"http://{host}:9/", b"{}", {}, allow_private=False)
    assert (attempt.status, attempt.error) == (None, error)

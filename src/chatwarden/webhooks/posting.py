"""One POST to an address that a stranger chose.

In: address, body, headers. Out: what came of it; it never fails. Nothing is sent into the deployment's own network: every connection is refused by the very
address it would go to, so that no name, redirect or second look-up leads there.
"""

import errno
import ipaddress
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp

from chatwarden.errors import WebhookAddressRefused
from chatwarden.storage.repositories.webhooks import Attempt

SECONDS = 10.0
"""For name, connection, and the answer's head; its body is not read."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class _AddressIsPrivate(OSError):
    def __init__(self) -> None:
        super().__init__(errno.EACCES, "not a public address")


def check_address(address: str, *, allow_private: bool) -> None:
    """Whether something may be sent there at all, as far as the address itself says. Raises WebhookAddressRefused."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookAddressRefused from None
    if not _is_plain(address, parts) or not host:
        raise WebhookAddressRefused
    is_own = allow_private and host in _LOOPBACK_NAMES
    if parts.scheme != "https" and not (parts.scheme == "http" and is_own):
        raise WebhookAddressRefused
    try:
        is_known_private = not is_public(host)
    except ValueError:
        is_known_private = host in _LOOPBACK_NAMES  # A name: each connection is looked at.
    if is_known_private and not allow_private:
        raise WebhookAddressRefused


def _is_plain(address: str, parts: SplitResult) -> bool:
    return address.isascii() and address.isprintable() and "@" not in parts.netloc


def is_public(ip_address: str) -> bool:
    """Whether an IPv4 or IPv6 address lies on the public internet. Raises ValueError for what is none."""
    ip = ipaddress.ip_address(ip_address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


async def post(
    address: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool
) -> Attempt:
    """Any status from 200 to 299 is a delivery; a redirect is none."""
    started = time.monotonic()
    status, error = None, None
    connector = aiohttp.TCPConnector(
        socket_factory=None if allow_private else _public_socket,
        use_dns_cache=False,
        force_close=True,
    )
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            ) as session,
            session.post(address, data=body, headers=headers, allow_redirects=False) as response,
        ):
            status = response.status
            response.close()
            error = None if 200 <= status < 300 else "status"
    except (aiohttp.ClientError, OSError, ValueError) as failure:
        error = _kind_of(failure)
    return Attempt(status, error, int((time.monotonic() - started) * 1000))


def _public_socket(info: Any) -> socket.socket:
    """The socket for a connection, by the address that it goes to."""
    family, kind, protocol, _, place = info
    if not is_public(place[0].partition("%")[0]):
        raise _AddressIsPrivate
    return socket.socket(family, kind, protocol)


def _kind_of(failure: Exception) -> str:
    if isinstance(failure, TimeoutError):
        return "timeout"
    if isinstance(failure, aiohttp.ClientConnectorDNSError | aiohttp.InvalidURL):
        return "name"
    if isinstance(failure, aiohttp.ClientSSLError):
        return "tls"
    if isinstance(getattr(failure, "os_error", failure), _AddressIsPrivate):
        return "private_address"
    return "connection"

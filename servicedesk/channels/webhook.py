"""Signed calls to a program of the government's own, which must not become a way into the network that the desk stands in."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from servicedesk.channels.means import MeansError
from servicedesk.domain.telling import Reason

VERSION = "v1"
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True)
class Hook:
    """Where to call, the secret that signs, and whether the address may be a private one."""

    url: str
    secret: str = field(repr=False)
    private: bool = False


async def call(hook: Hook, key: str, timestamp: int, body: bytes) -> None:
    """Post the body once. Raises MeansError; a redirect is a refusal, for it would lead past the look at the address."""
    headers = {
        "Content-Type": "application/json",
        "X-Servicedesk-Id": key,
        "X-Servicedesk-Timestamp": str(timestamp),
        "X-Servicedesk-Signature": f"{VERSION}={signature(hook.secret, key, timestamp, body)}",
    }
    host = urlsplit(hook.url).hostname or ""
    if not hook.private and _is_numeric(host) and not _is_public_address(host):
        raise MeansError(Reason.PRIVATE_ADDRESS)  # what looks like an address already, aiohttp resolves by nobody
    connector = aiohttp.TCPConnector(resolver=_Resolver(private=hook.private), use_dns_cache=False)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session,
            session.post(hook.url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            status = response.status
    except _PrivateAddress:
        raise MeansError(Reason.PRIVATE_ADDRESS) from None
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # The connector wraps what its resolver raised.
        reason = Reason.PRIVATE_ADDRESS if isinstance(error.__cause__, _PrivateAddress) else Reason.UNREACHABLE
        raise MeansError(reason) from None
    if status == 410:
        raise MeansError(Reason.GONE, status)
    if not 200 <= status < 300:
        raise MeansError(Reason.BUSY, status)


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """The HMAC-SHA256 of id, timestamp and body, in hexadecimal; docs/webhooks.md tells how to verify it."""
    return hmac.new(secret.encode(), f"{key}.{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also where an IPv6 address only wraps another."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class _PrivateAddress(OSError):
    """A name led to an address inside."""


class _Resolver(AbstractResolver):
    """Looks at the addresses of a name where they are used, so that a name cannot lead elsewhere after it was looked at."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._names = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        if not self._private and not all(is_public(each["host"]) for each in found):
            raise _PrivateAddress
        return found

    async def close(self) -> None:
        await self._names.close()


def _is_numeric(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _is_public_address(host: str) -> bool:
    """False also for short forms of an address, such as 127.1, which the system may read as one."""
    try:
        return is_public(host)
    except ValueError:
        return False

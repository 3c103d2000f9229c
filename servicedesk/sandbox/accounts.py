"""What the app gives the sandbox: official accounts, people to write as, and a clock that can be moved."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class SandboxAccount:
    """One official account as the platform knows it; `original_id` is its gh_... name in callbacks."""

    code: str
    name: str
    kind: str  # "subscription" | "service"
    appid: str
    secret: str
    token: str
    aes_key: str
    mode: str  # "plain" | "compatible" | "safe"
    callback_url: str
    original_id: str
    verified: bool = True

    @property
    def is_service(self) -> bool:
        """A verified service account (服务号), with the rights a subscription account lacks."""
        return self.kind == "service" and self.verified


@dataclass(frozen=True)
class Persona:
    """A made-up citizen one can write as; `suggestions` are first questions to send."""

    openid: str
    name: str
    about: str
    avatar: str
    suggestions: tuple[str, ...]


class ClockControl(Protocol):
    """The demo's movable time."""

    def now(self) -> datetime:
        """The desk's time, aware, UTC."""
        ...

    async def move(self, by: str) -> None:
        """Move the desk's time ahead by an "hour" or a "working_day"."""
        ...


def refuse_public(host: str) -> None:
    """Raise ValueError unless the host is loopback: whoever reaches the sandbox can write as any citizen."""
    if host.casefold() == "localhost":
        return
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        raise ValueError(f"the sandbox serves only loopback addresses, not {host!r}") from None
    if not address.is_loopback:
        raise ValueError(f"the sandbox serves only loopback addresses, not {host!r}")

"""One API call with its account known, and the shape of an endpoint."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.platform import OfficialAccount
from servicedesk.sandbox.state import Sandbox

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}


@dataclass(frozen=True)
class Call:
    """What an endpoint is given. `origin` is where the sandbox is served, for addresses in answers."""

    official: OfficialAccount
    now: datetime
    query: Mapping[str, str]
    body: dict[str, Any]
    upload: bytes | None
    origin: str

    def text(self, name: str) -> str:
        """A field of the body as text, empty when it is missing."""
        value = self.body.get(name)
        return "" if value is None else str(value)

    def fields(self, name: str) -> Mapping[str, Any]:
        """A field of the body that is an object; else 47001."""
        value = self.body.get(name)
        if not isinstance(value, Mapping):
            raise PlatformError(47001)
        return value


@dataclass(frozen=True)
class Endpoint:
    """How a path is answered, and whether it has a daily quota."""

    answer: Callable[[Sandbox, Call], Awaitable[dict[str, Any] | web.StreamResponse]]
    methods: tuple[str, ...] = ("POST",)
    takes_file: bool = False
    counted: bool = True

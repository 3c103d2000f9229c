"""Access tokens of one account, as stable_token gives them."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.quotas import beijing_day

LIFETIME = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCED_A_DAY = 20
FORCED_APART = timedelta(seconds=30)
_REMEMBERED = 20
_SHAPE = re.compile(r"[A-Za-z0-9_-]{32,512}")


@dataclass(frozen=True)
class Token:
    """A token and the instant from which it is refused; a revoked one is refused already."""

    value: str
    expires_at: datetime
    revoked: bool = False


@dataclass
class TokenBook:
    """The tokens given lately, newest last, and the forced refreshes of lately."""

    tokens: list[Token] = field(default_factory=list)
    forced_at: list[datetime] = field(default_factory=list)

    def issue(self, now: datetime, *, force: bool = False) -> Token:
        """The current token; a new one in its last 5 minutes, in which both are good.

        A forced refresh revokes what was before; 45009 beyond 20 in a day or within 30 s of the last one.
        """
        if force:
            self._count_forced(now)
            self.revoke()
            return self._new(now)
        current = self.tokens[-1] if self.tokens else None
        if current and not current.revoked and now < current.expires_at - OVERLAP:
            return current
        return self._new(now)

    def check(self, value: str, now: datetime) -> None:
        """Raise 40014 for what is no token, 40001 for an unknown or revoked one, 42001 for an expired one."""
        if not value:
            raise PlatformError(40001)
        if not _SHAPE.fullmatch(value):
            raise PlatformError(40014)
        token = self.find(value)
        if token is None or token.revoked:
            raise PlatformError(40001)
        if now >= token.expires_at:
            raise PlatformError(42001)

    def find(self, value: str) -> Token | None:
        """A token given lately."""
        return next((token for token in self.tokens if token.value == value), None)

    def revoke(self) -> None:
        """Every token given until now is refused from now."""
        self.tokens = [replace(token, revoked=True) for token in self.tokens]

    def _new(self, now: datetime) -> Token:
        token = Token(secrets.token_urlsafe(96), now + LIFETIME)
        self.tokens = [*self.tokens[-_REMEMBERED:], token]
        return token

    def _count_forced(self, now: datetime) -> None:
        today = [at for at in self.forced_at if beijing_day(at) == beijing_day(now)]
        too_soon = bool(self.forced_at) and now - self.forced_at[-1] < FORCED_APART
        if too_soon or len(today) >= FORCED_A_DAY:
            raise PlatformError(45009)
        self.forced_at = [*today, now]

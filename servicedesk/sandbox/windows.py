"""When an account may write to a citizen of its own accord, and how often: the customer message's windows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from servicedesk.sandbox.errors import PlatformError


@dataclass(frozen=True)
class Window:
    """Open before `until` for `left` more messages."""

    until: datetime
    left: int

    def is_open(self, now: datetime) -> bool:
        """Whether its time has not run out; it may still be used up."""
        return now < self.until


@dataclass(frozen=True)
class Windows:
    """A citizen's two windows: one opened by writing, one by a tap (menu click, subscribe, scan)."""

    message: Window | None = None
    tap: Window | None = None

    def after_message(self, now: datetime) -> Windows:
        """A citizen's message opens 48 hours for 5 messages."""
        return replace(self, message=Window(now + timedelta(hours=48), 5))

    def after_tap(self, now: datetime) -> Windows:
        """A menu click, a subscribe or a scan opens 1 minute for 3 messages."""
        return replace(self, tap=Window(now + timedelta(minutes=1), 3))

    def left(self, now: datetime) -> int:
        """How many messages may still be sent now."""
        return sum(window.left for window in (self.message, self.tap) if window and window.is_open(now))

    def spend(self, now: datetime) -> Windows:
        """One message less, from the window that closes first; 45015 when none is open, 45047 when they are used up."""
        if self.tap and self.tap.is_open(now) and self.tap.left:
            return replace(self, tap=replace(self.tap, left=self.tap.left - 1))
        if self.message and self.message.is_open(now) and self.message.left:
            return replace(self, message=replace(self.message, left=self.message.left - 1))
        used_up = any(window and window.is_open(now) for window in (self.message, self.tap))
        raise PlatformError(45047 if used_up else 45015)

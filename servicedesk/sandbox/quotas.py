"""How often an account may do something in a day or a month; both begin at midnight in Beijing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from servicedesk.sandbox.errors import PlatformError

_BEIJING = ZoneInfo("Asia/Shanghai")

DAILY_LIMITS = {
    "message/custom/send": 500_000,
    "message/mass/preview": 100,
    "menu/create": 1000,
    "draft/add": 1000,
    "freepublish/submit": 100,
}
OTHER_DAILY_LIMIT = 100_000
CLEARS_A_MONTH = 10


def beijing_day(now: datetime) -> date:
    """The date at the platform."""
    return now.astimezone(_BEIJING).date()


@dataclass
class Usage:
    """Calls of one day, by path, and the clearings of one month."""

    day: str = ""
    calls: dict[str, int] = field(default_factory=dict)
    month: str = ""
    clears: int = 0

    def used(self, path: str, now: datetime) -> int:
        """How many calls of a path this day has had."""
        return self.calls.get(path, 0) if self.day == beijing_day(now).isoformat() else 0

    def count(self, path: str, now: datetime) -> None:
        """Count one call; 45009 when the day's limit is reached."""
        today = beijing_day(now).isoformat()
        if self.day != today:
            self.day, self.calls = today, {}
        if self.calls.get(path, 0) >= daily_limit(path):
            raise PlatformError(45009)
        self.calls[path] = self.calls.get(path, 0) + 1

    def clear(self, now: datetime) -> None:
        """Forget the day's calls; 48006 after ten times in a month."""
        month = beijing_day(now).isoformat()[:7]
        if self.month != month:
            self.month, self.clears = month, 0
        if self.clears >= CLEARS_A_MONTH:
            raise PlatformError(48006)
        self.clears += 1
        self.calls = {}


def daily_limit(path: str) -> int:
    """The calls of a path that a day allows."""
    return DAILY_LIMITS.get(path, OTHER_DAILY_LIMIT)


def mass_sends_left(kind: str, sent_at: Iterable[datetime], now: datetime) -> int:
    """A subscription account has 1 mass send a day, a service account 4 a calendar month."""
    today = beijing_day(now)
    if kind == "subscription":
        return 1 - Counter(map(beijing_day, sent_at))[today]
    months = Counter((day.year, day.month) for day in map(beijing_day, sent_at))
    return 4 - months[(today.year, today.month)]

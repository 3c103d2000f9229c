"""Working time between many pairs of instants: sums over days are made once, so that each question costs little."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta

from servicedesk.domain.calendar import Calendar

_LOOK_AHEAD = timedelta(days=60)


class Meter:
    """A calendar's working time, read as one reads an electricity meter; grows with the instants it is asked about."""

    def __init__(self, calendar: Calendar, first: datetime) -> None:
        self._calendar = calendar
        self._next_day: date = first.astimezone(calendar.zone).date() - timedelta(days=1)
        self._opens: list[datetime] = []
        self._spans: list[tuple[datetime, timedelta]] = []  # when it closes, and what was read at its opening
        self._total = timedelta()

    def minutes(self, start: datetime, end: datetime) -> int:
        """Whole working minutes from start to end; nothing where end is before start."""
        return max(0, int((self._read(end) - self._read(start)).total_seconds() // 60))

    def _read(self, at: datetime) -> timedelta:
        while self._next_day <= at.astimezone(self._calendar.zone).date():
            self._grow(at)
        place = bisect_right(self._opens, at) - 1
        if place < 0:
            return timedelta()
        closes, before = self._spans[place]
        return before + (min(at, closes) - self._opens[place])

    def _grow(self, at: datetime) -> None:
        until = at.astimezone(self._calendar.zone).date() + _LOOK_AHEAD
        while self._next_day <= until:
            for opens, closes in self._calendar.spans(self._next_day):
                self._opens.append(opens)
                self._spans.append((closes, self._total))
                self._total += closes - opens
            self._next_day += timedelta(days=1)

"""Working time: several intervals a day, holidays and make-up workdays (调休), in the account's time zone.

All instants in and out are aware; spans are computed in UTC, so that a change of the zone's offset changes no duration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A calendar without a single working day in a year is a mistake of the administrator, not a reason to loop forever.
_HORIZON_DAYS = 400


class NoWorkingTime(ValueError):
    """The calendar has no working time within the horizon."""


@dataclass(frozen=True)
class Calendar:
    """When a desk works. `days` holds the exceptions to Monday-Friday; `years` those it was told about."""

    zone: ZoneInfo
    intervals: tuple[tuple[time, time], ...]
    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    _spans: dict[date, list[tuple[datetime, datetime]]] = field(default_factory=dict, compare=False, repr=False)

    def is_working_day(self, day: date) -> bool:
        """Whether the desk works on a day; in a year it was not told about, Monday to Friday."""
        return self.days.get(day, day.weekday() < 5)

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working spans of a day as UTC instants."""
        known = self._spans.get(day)
        if known is None:
            intervals = self.intervals if self.is_working_day(day) else ()
            known = [(self._instant(day, opens), self._instant(day, closes)) for opens, closes in intervals]
            self._spans[day] = known
        return known

    def add(self, start: datetime, working: timedelta) -> datetime:
        """The instant at which this much working time has passed since start. Raises NoWorkingTime."""
        left = working
        for opens, closes in self._spans_from(start):
            begin = max(opens, start)
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        raise NoWorkingTime

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from start to end; nothing where end is before start."""
        total = timedelta()
        for opens, closes in self._spans_from(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def end_of_working_day(self, start: datetime, count: int) -> datetime:
        """The close of the count-th working day after the day of start.

        The day itself does not count: 民法典 第二百零一条 (a period in days begins on the following day).
        """
        day, left = start.astimezone(self.zone).date(), count
        for _ in range(_HORIZON_DAYS + 7 * count):
            day += timedelta(days=1)
            if self.spans(day):
                left -= 1
                if left == 0:
                    return self.spans(day)[-1][1]
        raise NoWorkingTime

    def opens_after(self, at: datetime) -> datetime:
        """The next instant of working time: `at` itself where the desk is open."""
        for opens, _ in self._spans_from(at):
            return max(opens, at)
        raise NoWorkingTime

    def knows(self, day: date) -> bool:
        """Whether the holidays of the day's year have been entered."""
        return day.year in self.years

    def _spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working spans that end after start, in order."""
        first = start.astimezone(self.zone).date() - timedelta(days=1)
        for offset in range(_HORIZON_DAYS):
            for opens, closes in self.spans(first + timedelta(days=offset)):
                if closes > start:
                    yield opens, closes

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

"""Working time: several intervals a day, holidays and make-up workdays (调休), in the account's time zone.

All instants in and out are aware; spans are computed in UTC, so that a change of the zone's offset changes no duration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A calendar without a single working day in a year is a mistake of the administrator, not a reason to loop forever.
_HORIZON_DAYS = 400


class NoWorkingTime(ValueError):
    """The calendar has no working time within the horizon."""


@dataclass(frozen=True)
class Calendar:
    """When a desk works. `days` holds the exceptions to Monday-Friday; `years` those it was told about.

    pauses: times that are cut out of the working time of one clock.
    """

    zone: ZoneInfo
    intervals: tuple[tuple[time, time], ...]
    days: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()
    pauses: tuple[tuple[datetime, datetime], ...] = ()
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
            for pause in self.pauses:
                known = [part for span in known for part in _without(span, pause)]
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
            begin = max(opens, start)
            if begin >= end:
                break
            total += min(closes, end) - begin
        return total

    def end_of_working_day(self, start: datetime, count: int) -> datetime:
        """The close of the count-th working day after the day of start.

        The day itself does not count: 民法典 第二百零一条 (a period in days begins on the following day). Nor does a day
        at whose close the clock is paused. None at all is the same day, or the next working day where that day's work is over.
        """
        if count == 0:
            return self._close_of_same_day(start)
        for number, (_, close) in enumerate(self.counted_days(start), 1):
            if number == count:
                return close
        raise NoWorkingTime

    def _close_of_same_day(self, start: datetime) -> datetime:
        day = start.astimezone(self.zone).date()
        if self.is_working_day(day) and self.intervals:
            close = self._instant(day, self.intervals[-1][1])
            if close > start and not any(begun < close <= ended for begun, ended in self.pauses):
                return close
        return self.end_of_working_day(start, 1)

    def counted_days(self, start: datetime) -> Iterator[tuple[date, datetime]]:
        """The days that count after the day of start, with the close of each."""
        day = start.astimezone(self.zone).date()
        for _ in range(_HORIZON_DAYS):
            day += timedelta(days=1)
            if not self.is_working_day(day) or not self.intervals:
                continue
            close = self._instant(day, self.intervals[-1][1])
            if not any(begun < close <= ended for begun, ended in self.pauses):
                yield day, close

    def end_of_day(self, start: datetime, count: int) -> datetime:
        """The close of the count-th day after the day of start, working or not; of the next working day where it is none.

        民法典 第二百零三条: where the last day of a period is a holiday, the day after the holiday is the last.
        Pauses put it off by as many days as their midnights.
        """
        day = start.astimezone(self.zone).date() + timedelta(days=count + self._midnights_paused())
        for _ in range(_HORIZON_DAYS):
            if self.is_working_day(day) and self.intervals:
                return self._instant(day, self.intervals[-1][1])
            day += timedelta(days=1)
        raise NoWorkingTime

    def add_elapsed(self, start: datetime, elapsed: timedelta) -> datetime:
        """The instant after so much time by the clock on the wall, less the pauses."""
        at = start + elapsed
        for begun, ended in sorted(self.pauses):
            if begun >= at:
                break
            at += max(timedelta(), ended - max(begun, start))
        return at

    def paused(self, pauses: Sequence[tuple[datetime, datetime]]) -> Calendar:
        """The calendar of a clock that stood still meanwhile."""
        return replace(self, pauses=tuple(pauses), _spans={}) if pauses else self

    def opens_after(self, at: datetime) -> datetime:
        """The next instant of working time: `at` itself where the desk is open."""
        for opens, _ in self._spans_from(at):
            return max(opens, at)
        raise NoWorkingTime

    def midnight(self, day: date) -> datetime:
        """When a day begins here, UTC."""
        return self._instant(day, time())

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

    def _midnights_paused(self) -> int:
        return sum(
            (ended.astimezone(self.zone).date() - begun.astimezone(self.zone).date()).days for begun, ended in self.pauses
        )

    def _instant(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _without(span: tuple[datetime, datetime], pause: tuple[datetime, datetime]) -> Iterator[tuple[datetime, datetime]]:
    """What a pause leaves of a span."""
    opens, closes = span
    begun, ended = pause
    if ended <= opens or begun >= closes:
        yield span
        return
    if opens < begun:
        yield opens, begun
    if ended < closes:
        yield ended, closes

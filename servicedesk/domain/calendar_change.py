"""A change of an account's calendar as a value: proposed, looked at, and applied exactly as it was looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.errors import InvalidForm

INTERVALS_MOST = 4
SPAN_MOST_DAYS = 92
DAYS_MOST = 2000
NAME_LIMIT = 40
YEARS = range(2000, 2101)
KINDS = frozenset({"hours", "days", "year", "file"})
SOURCES = frozenset({"chinese-calendar", "ical", "entered"})
_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_ZONE = re.compile(r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")

Day = tuple[bool, str]  # worked or not, and the name
Days = Mapping[date, Day]
Hours = tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class Change:
    """What becomes different. days: None where a day is again as its weekday says; years: newly entered, by source."""

    kind: str
    zone: ZoneInfo | None = None
    intervals: Hours | None = None
    days: Mapping[date, Day | None] = field(default_factory=dict)
    years: Mapping[int, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.zone or self.intervals or self.days or self.years)

    def as_facts(self) -> dict[str, Any]:
        """The change as JSON can hold it; what does not change is not there."""
        facts: dict[str, Any] = {"kind": self.kind}
        if self.zone is not None:
            facts["zone"] = self.zone.key
        if self.intervals is not None:
            facts["intervals"] = hours_as_facts(self.intervals)
        if self.days:
            facts["days"] = [[day.isoformat(), *(said or (None, ""))] for day, said in sorted(self.days.items())]
        if self.years:
            facts["years"] = {str(year): source for year, source in sorted(self.years.items())}
        return facts


def from_facts(facts: Any) -> Change:
    """A change that came back with a form, looked at as if a stranger had written it. Raises InvalidForm."""
    try:
        days = facts.get("days", [])
        if facts["kind"] not in KINDS or len(days) > DAYS_MOST:
            raise InvalidForm("proposal", "malformed")
        return Change(
            kind=facts["kind"],
            zone=read_zone(facts["zone"]) if "zone" in facts else None,
            intervals=read_intervals(facts["intervals"]) if "intervals" in facts else None,
            days={read_day(day): _day(working, name) for day, working, name in days},
            years={read_year(year): _source(source) for year, source in facts.get("years", {}).items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InvalidForm("proposal", "malformed") from None


def read_intervals(pairs: Iterable[Iterable[str]]) -> Hours:
    """One to four working intervals of a day (HH:MM), in order and apart. Raises InvalidForm."""
    found = []
    for opens, closes in pairs:
        if not (_TIME.match(opens) and _TIME.match(closes)):
            raise InvalidForm("intervals", "not_a_time")
        found.append((time.fromisoformat(opens), time.fromisoformat(closes)))
    if not 1 <= len(found) <= INTERVALS_MOST:
        raise InvalidForm("intervals", "how_many", most=str(INTERVALS_MOST))
    edges = [edge for interval in found for edge in interval]
    if any(opens >= closes for opens, closes in found) or edges != sorted(edges):
        raise InvalidForm("intervals", "not_in_order")
    return tuple(found)


def read_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises InvalidForm."""
    try:
        if _ZONE.match(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise InvalidForm("zone", "unknown")


def read_day(text: str) -> date:
    """A day, ISO. Raises InvalidForm."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidForm("day", "not_a_day") from None
    if day.year not in YEARS:
        raise InvalidForm("day", "not_a_day")
    return day


def read_year(text: str) -> int:
    """A year for which a calendar can be kept. Raises InvalidForm."""
    if not (text.isascii() and text.isdecimal() and len(text) == 4 and int(text) in YEARS):
        raise InvalidForm("year", "not_a_day")
    return int(text)


def span(first: date, last: date) -> Iterator[date]:
    """The days from first to last. Raises InvalidForm where there are none, or too many for one change."""
    if not 0 <= (last - first).days < SPAN_MOST_DAYS:
        raise InvalidForm("until", "not_a_span", most=str(SPAN_MOST_DAYS))
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def usual(day: date) -> bool:
    """Whether a day is worked as its weekday says."""
    return day.weekday() < 5


def only_new(change: Change, calendar: Calendar, days: Days) -> Change:
    """The change less what is so already; a day that is as its weekday says is not kept as a day of its own."""
    wanted = {day: None if said is not None and said[0] == usual(day) else said for day, said in change.days.items()}
    return replace(
        change,
        zone=None if change.zone is None or change.zone.key == calendar.zone.key else change.zone,
        intervals=None if change.intervals == calendar.intervals else change.intervals,
        days={day: said for day, said in wanted.items() if said != days.get(day)},
        years={year: source for year, source in change.years.items() if year not in calendar.years},
    )


def before(change: Change, calendar: Calendar, days: Days) -> dict[str, Any]:
    """What stood where the change is made, for the record."""
    return replace(
        change,
        zone=None if change.zone is None else calendar.zone,
        intervals=None if change.intervals is None else calendar.intervals,
        days={day: days.get(day) for day in change.days},
        years={},
    ).as_facts()


def applied(change: Change, calendar: Calendar) -> Calendar:
    """The calendar as it is after the change."""
    days = {day: working for day, working in calendar.days.items() if day not in change.days}
    days |= {day: said[0] for day, said in change.days.items() if said is not None}
    return Calendar(
        change.zone or calendar.zone, change.intervals or calendar.intervals, days, calendar.years | set(change.years)
    )


def hours_as_facts(intervals: Hours) -> list[list[str]]:
    """Working intervals as JSON holds them."""
    return [[opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in intervals]


def _day(working: bool | None, name: str) -> Day | None:
    if working is None:
        return None
    if not isinstance(working, bool):
        raise InvalidForm("proposal", "malformed")
    return working, read_name(name)


def read_name(text: str) -> str:
    """What a day is called. Raises InvalidForm."""
    name = text.strip()
    if not name:
        raise InvalidForm("name", "missing")
    if len(name) > NAME_LIMIT or not name.isprintable():
        raise InvalidForm("name", "too_long", limit=str(NAME_LIMIT))
    return name


def _source(text: str) -> str:
    if text not in SOURCES:
        raise InvalidForm("proposal", "malformed")
    return text

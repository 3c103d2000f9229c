"""Reading the whole days of an iCal file as holidays and make-up workdays, by the words that people write beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, Component
from icalendar.error import BrokenCalendarProperty

EVENTS_MOST = 2000
DAYS_MOST = 92  # of one event
YEARS = range(2000, 2101)
_NAME_LIMIT = 40
# 调休 alone says neither; 值班 is duty during a holiday; who says 不上班 means a holiday.
_NEITHER = re.compile(r"调休|值班|退休")
_CLOSED_BUT = re.compile(r"(?:不用?|停)[上补]?班")
_WORKED = re.compile(r"[补上加调]班|班(?![\u4e00-\u9fff])|work(?:ing)?[ -]?day|alternate-workday")
_CLOSED = re.compile(r"休|假|holiday|day off")
_MARK = re.compile(r"[（(【\[]\s*[休班假]\s*[）)】\]]|\s+[休班]$")


class NoCalendarFile(ValueError):
    """The file is not a calendar, or it has too many events."""


@dataclass(frozen=True)
class Unread:
    """An event that says nothing clear. why: no_date, not_whole_days, repeats, too_long, no_word, or contradicts."""

    name: str
    day: date | None
    why: str


@dataclass(frozen=True)
class HolidayFile:
    """What a file says: each day as worked or not with its name, and the events that could not be read."""

    days: dict[date, tuple[bool, str]]
    unread: tuple[Unread, ...]


def read_holidays(content: bytes) -> HolidayFile:
    """The days of an iCal file (RFC 5545). Raises NoCalendarFile. Slow for a large one: call it in a thread."""
    try:
        calendar = Calendar.from_ical(content)
        events = calendar.walk("VEVENT")
    except (ValueError, LookupError, TypeError, AttributeError, OSError, ArithmeticError, RecursionError):
        raise NoCalendarFile from None
    if len(events) > EVENTS_MOST:
        raise NoCalendarFile
    days: dict[date, tuple[bool, str]] = {}
    unread: list[Unread] = []
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        found = _read(event)
        if isinstance(found, Unread):
            unread.append(found)
            continue
        first, last, working, name = found
        if any(days.get(day, (working, ""))[0] != working for day in _span(first, last)):
            unread.append(Unread(name, first, "contradicts"))
            continue
        days |= dict.fromkeys(_span(first, last), (working, name))
    return HolidayFile(days, tuple(unread))


def works(words: str) -> bool | None:
    """Whether words such as 国庆节（班） mean a day that is worked; None where they say neither."""
    clear = _NEITHER.sub(" ", words.lower())
    if _CLOSED_BUT.search(clear):
        return False
    if _WORKED.search(clear):
        return True
    return False if _CLOSED.search(clear) else None


def _read(event: Component) -> tuple[date, date, bool, str] | Unread:
    """First and last day, worked or not, and the name."""
    words = str(event.get("SUMMARY", "")).strip()
    name = (_MARK.sub("", words).strip() or words)[:_NAME_LIMIT]
    first, after = _value(event, "DTSTART"), _value(event, "DTEND")
    if not isinstance(first, date) or (after is None and "DTEND" in event) or first.year not in YEARS:
        return Unread(name, None, "no_date")
    if isinstance(first, datetime) or isinstance(after, datetime):
        return Unread(name, first.date() if isinstance(first, datetime) else first, "not_whole_days")
    if "RRULE" in event or "RDATE" in event:
        return Unread(name, first, "repeats")
    last = _last(event, first, after)
    if last is None:
        return Unread(name, first, "no_date")
    if (last - first).days >= DAYS_MOST:
        return Unread(name, first, "too_long")
    working = works(f"{words} {event.get('X-APPLE-SPECIAL-DAY', '')}")
    return Unread(name, first, "no_word") if working is None or not name else (first, last, working, name)


def _last(event: Component, first: date, after: object) -> date | None:
    """DTEND is the day after the last; without it DURATION, or one day."""
    if isinstance(after, date):
        return after - timedelta(days=1) if after > first else first if after == first else None
    duration = _value(event, "DURATION")
    days = duration.days if isinstance(duration, timedelta) else 1
    return first + timedelta(days=days - 1) if 0 < days <= 366 else None


def _value(event: Component, name: str) -> object:
    """A property's value, or None where it is missing, twice there, or not what RFC 5545 says."""
    try:
        return getattr(event.get(name), "td" if name == "DURATION" else "dt", None)
    except BrokenCalendarProperty:
        return None


def _span(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))

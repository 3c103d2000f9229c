"""From what an administrator typed, or a file, to a change of the calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from servicedesk.domain.calendar_change import (
    INTERVALS_MOST,
    YEARS,
    Change,
    Day,
    read_day,
    read_intervals,
    read_name,
    read_year,
    read_zone,
    span,
)
from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Actor
from servicedesk.language.holiday_file import NoCalendarFile, Unread, read_holidays
from servicedesk.store import calendars
from servicedesk.store.db import Conn
from servicedesk.usecases.setting_up import CALENDAR_SOURCE, exceptions_of_year

FILE_LIMIT_BYTES = 1024 * 1024
_WORKED = {"closed": False, "worked": True}


@dataclass(frozen=True)
class Proposal:
    """A change that is proposed, and the events of a file that are not in it."""

    change: Change
    unread: tuple[Unread, ...] = ()


def of_hours(form: Mapping[str, str]) -> Proposal:
    """Working intervals (opens.1, closes.1, ...; empty pairs are left out) and the time zone. Raises InvalidForm."""
    pairs = [
        (form.get(f"opens.{number}", "").strip(), form.get(f"closes.{number}", "").strip())
        for number in range(1, INTERVALS_MOST + 1)
    ]
    intervals = read_intervals([pair for pair in pairs if any(pair)])
    return Proposal(Change("hours", zone=read_zone(form.get("zone", "").strip()), intervals=intervals))


def of_days(form: Mapping[str, str]) -> Proposal:
    """A day or a span of days (day, until) as closed, worked or usual. Raises InvalidForm."""
    first = read_day(form.get("day", "").strip())
    until = form.get("until", "").strip()
    said: Day | None = None
    if form.get("as", "") in _WORKED:
        said = _WORKED[form["as"]], read_name(form.get("name", ""))
    elif form.get("as", "") != "usual":
        raise InvalidForm("as", "missing")
    return Proposal(Change("days", days=dict.fromkeys(span(first, read_day(until) if until else first), said)))


async def of_year(conn: Conn, actor: Actor, form: Mapping[str, str]) -> Proposal:
    """A year as chinese-calendar knows it, less the days that somebody entered; or as it stands (source: entered).

    Raises InvalidForm where the year is not known yet.
    """
    year = read_year(form.get("year", "").strip())
    if form.get("source") == "entered":
        return Proposal(Change("year", years={year: "entered"}))
    known = await asyncio.to_thread(exceptions_of_year, year)
    if known is None:
        raise InvalidForm("year", "year_unknown", year=str(year))
    entered = await calendars.days(conn, actor.account_id)
    days: dict[date, Day | None] = {day: (working, name) for day, working, name in known if day not in entered}
    return Proposal(Change("year", days=days, years={year: CALENDAR_SOURCE}))


async def of_file(content: bytes, *, whole_years: bool) -> Proposal:
    """The days of an iCal file; `whole_years`: its years are entered with it. Raises InvalidForm."""
    if not content:
        raise InvalidForm("file", "no_file")
    if len(content) > FILE_LIMIT_BYTES:
        raise InvalidForm("file", "too_large")
    try:
        found = await asyncio.to_thread(read_holidays, content)
    except NoCalendarFile:
        raise InvalidForm("file", "no_calendar_file") from None
    days: dict[date, Day | None] = {day: said for day, said in found.days.items() if day.year in YEARS}
    if not days:
        raise InvalidForm("file", "no_days")
    years = {day.year: "ical" for day in days} if whole_years else {}
    return Proposal(Change("file", days=days, years=years), found.unread)

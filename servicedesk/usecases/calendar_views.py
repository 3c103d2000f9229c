"""A year of the calendar to look at: twelve small months, the days that differ, and the changes that were made."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.calendar_change import YEARS, Days, usual
from servicedesk.domain.model import Account, Actor
from servicedesk.store import accounts, calendars
from servicedesk.store.db import Conn, View

_CHANGES = 30


@dataclass(frozen=True)
class Cell:
    """One day of a month's sheet. kind: work, weekend, closed, made_up; None where the day is of another month."""

    day: date
    kind: str
    name: str
    today: bool


@dataclass(frozen=True)
class CalendarPage:
    """A year of an account's calendar, and its recorded changes, newest first."""

    account: Account
    year: int
    today: date
    source: str | None
    months: list[tuple[date, list[list[Cell | None]]]]
    days: list[tuple[date, date, bool, str]]
    changes: list[View]


async def view(conn: Conn, actor: Actor, year: int | None, *, now: datetime) -> CalendarPage:
    """The page of a year, the present one where none is named. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    account = await accounts.by_id(conn, actor.account_id)
    today = now.astimezone(account.zone).date()
    shown = today.year if year is None or year not in YEARS else year
    days = await calendars.days(conn, account.id)
    return CalendarPage(
        account=account,
        year=shown,
        today=today,
        source=(await calendars.years(conn, account.id)).get(shown),
        months=[(date(shown, month, 1), _sheet(shown, month, days, today)) for month in range(1, 13)],
        days=_spans({day: said for day, said in days.items() if day.year == shown}),
        changes=await calendars.changes(conn, account.id, size=_CHANGES),
    )


def _sheet(year: int, month: int, days: Days, today: date) -> list[list[Cell | None]]:
    """The weeks of a month, Monday first."""
    return [
        [_cell(day, days, today) if day.month == month else None for day in week]
        for week in Weeks().monthdatescalendar(year, month)
    ]


def _cell(day: date, days: Days, today: date) -> Cell:
    working, name = days.get(day, (usual(day), ""))
    kind = ("made_up" if working else "closed") if day in days else "work" if working else "weekend"
    return Cell(day, kind, name, day == today)


def _spans(days: Mapping[date, tuple[bool, str]]) -> list[tuple[date, date, bool, str]]:
    """Days of one name that follow each other as one line: the weekend between them does not part them."""
    spans: list[tuple[date, date, bool, str]] = []
    for day, (working, name) in sorted(days.items()):
        if spans and not working and spans[-1][2:] == (working, name) and _apart(spans[-1][1], day, days) == 0:
            spans[-1] = (spans[-1][0], day, working, name)
        else:
            spans.append((day, day, working, name))
    return spans


def _apart(last: date, day: date, days: Mapping[date, tuple[bool, str]]) -> int:
    """How many days between two are worked."""
    between = (date.fromordinal(number) for number in range(last.toordinal() + 1, day.toordinal()))
    return sum(days.get(each, (usual(each), ""))[0] for each in between)

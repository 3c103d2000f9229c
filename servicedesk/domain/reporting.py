"""Which reports are due: of the day, the week and the month that ended last, from a morning hour on."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from servicedesk.domain.calendar import Calendar

AT = time(8, 0)
PERIODS = ("day", "week", "month")


def due(calendar: Calendar, now: datetime) -> list[tuple[str, date, date]]:
    """Period, first and last day of each report that is due now. The daily one goes out on working days only."""
    local = now.astimezone(calendar.zone)
    today = local.date() if local.time() >= AT else local.date() - timedelta(days=1)
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    last_of_month = first - timedelta(days=1)
    found = [
        ("week", monday - timedelta(days=7), monday - timedelta(days=1)),
        ("month", last_of_month.replace(day=1), last_of_month),
    ]
    yesterday = today - timedelta(days=1)
    return [("day", yesterday, yesterday), *found] if calendar.is_working_day(today) else found

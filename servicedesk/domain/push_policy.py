"""When followers are written to, and how much: the founding essay's rules.

At most five pieces a day, three as a rule, pushed just before the end of the working day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from servicedesk.domain.calendar import Calendar

CEILING = 5


def slot_on(calendar: Calendar, day: date, push_at: time) -> datetime | None:
    """The push slot of a day, UTC; None on a day without work."""
    if not calendar.is_working_day(day):
        return None
    return datetime.combine(day, push_at, calendar.zone).astimezone(UTC)


def pieces_for(waiting: int, aimed: int) -> int:
    """How many of the waiting pieces go into a day's push: as many as aimed at, more only under a backlog of two days."""
    if waiting > 2 * aimed:
        return min(CEILING, waiting)
    return min(aimed, waiting, CEILING)

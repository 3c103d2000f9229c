"""The reckoning of dates against a counter of minutes, and the ledger against the date it explains."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.ledger import Extension, Pause, Terms, explain, reckon
from servicedesk.domain.sla import Target, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
MINUTE = timedelta(minutes=1)
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
minutes = st.integers(0, 60 * 24 * 40).map(lambda count: FIRST + count * MINUTE)
zones = st.sampled_from(
    [SHANGHAI, ZoneInfo("UTC"), ZoneInfo("Asia/Urumqi"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]
)
intervals = st.sampled_from([
    OFFICE, ((time(9), time(17)),), ((time(0), time(0, 1)), (time(12), time(12, 7)), (time(23), time(23, 59))),
])  # fmt: skip
exceptions = st.dictionaries(st.dates(date(2026, 9, 1), date(2026, 10, 31)), st.booleans(), max_size=12)
calendars = st.builds(lambda zone, hours, days: Calendar(zone, hours, days, frozenset({2026})), zones, intervals, exceptions)


@st.composite
def pauses(draw: st.DrawFn) -> tuple[Pause, ...]:
    instants = sorted(draw(st.lists(minutes, max_size=4, unique=True)))
    return tuple(Pause(begun, ended) for begun, ended in zip(instants[::2], instants[1::2], strict=False))


def runs(calendar: Calendar, terms: Terms, at: datetime) -> bool:
    """Whether the clock runs in the minute that begins at this instant."""
    local = at.astimezone(calendar.zone)
    open_ = any(opens <= local.time().replace(second=0) < closes for opens, closes in calendar.intervals)
    works = calendar.days.get(local.date(), local.weekday() < 5)
    return open_ and works and not any(pause.begun_at <= at < pause.ended_at for pause in terms.pauses)


@settings(max_examples=60, deadline=None)
@given(calendars, minutes, st.integers(1, 9), pauses())
def test_working_hours_are_those_that_a_counter_of_minutes_counts(
    calendar: Calendar, started: datetime, hours: int, stood: tuple[Pause, ...]
) -> None:
    if len(calendar.intervals) == 3:
        hours = 1  # a desk of an hour and eight minutes a day needs long enough for one
    terms = Terms(started, Target(hours, Unit.WORKING_HOURS), stood)
    left, at = hours * 60, started
    while left:
        left -= runs(calendar, terms, at)
        at += MINUTE
    assert reckon(calendar, terms) == at


@settings(max_examples=60, deadline=None)
@given(calendars, minutes, st.integers(1, 12), pauses())
def test_working_days_are_those_at_whose_close_the_clock_runs(
    calendar: Calendar, started: datetime, days: int, stood: tuple[Pause, ...]
) -> None:
    day, left = started.astimezone(calendar.zone).date(), days
    while left:
        day += timedelta(days=1)
        close = datetime.combine(day, calendar.intervals[-1][1], calendar.zone).astimezone(UTC)
        works = calendar.days.get(day, day.weekday() < 5)
        left -= works and not any(pause.begun_at < close <= pause.ended_at for pause in stood)
    assert reckon(calendar, Terms(started, Target(days, Unit.WORKING_DAYS), stood)) == close


@settings(max_examples=80, deadline=None)
@given(
    calendars,
    minutes,
    st.builds(Target, st.integers(1, 9), st.sampled_from(Unit)),
    pauses(),
    st.lists(st.integers(1, 5), max_size=2),
)
def test_the_ledger_adds_up_to_the_date_it_explains(
    calendar: Calendar, started: datetime, target: Target, stood: tuple[Pause, ...], more: list[int]
) -> None:
    unit, amount = target.unit, min(target.amount, 2) if len(calendar.intervals) == 3 else target.amount
    extensions = tuple(Extension(each, started, "材料待核") for each in more)
    terms = Terms(started, Target(amount, unit), stood, extensions)
    ledger = explain(calendar, terms, {})
    assert ledger.due_at == reckon(calendar, terms) == ledger.lines[-1].at
    assert ledger.lines[0].what in {"started", "not_counted", "closed", "made_up", "paused"}
    whole = amount + sum(more)
    if unit is Unit.WORKING_HOURS:
        assert sum(line.minutes or 0 for line in ledger.lines) == whole * 60
    if unit is Unit.WORKING_DAYS:
        assert len([line for line in ledger.lines if line.what == "counted"]) == whole
    assert sum(line.what == "extended" for line in ledger.lines) == len(more)
    assert all(line.as_facts()["what"] == line.what for line in ledger.lines)


def chinese(*years: int) -> Calendar:
    """The State Council's calendar, as the package has it."""
    days: dict[date, bool] = {}
    for year in years:
        day = date(year, 1, 1)
        while day.year == year:
            works = chinese_calendar.is_workday(day)
            if works != (day.weekday() < 5):
                days[day] = works
            day += timedelta(days=1)
    return Calendar(SHANGHAI, OFFICE, days, frozenset(years))


CHINA = chinese(2025, 2026)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("started", "amount", "unit", "due"),
    [
        # National Day 2025: 1-8 October off, 28 September and 11 October worked.
        ("2025-09-26T16:00", 1, Unit.WORKING_DAYS, "2025-09-28T17:30"),
        ("2025-09-30T16:30", 2, Unit.WORKING_HOURS, "2025-10-09T09:30"),
        ("2025-09-30T10:00", 3, Unit.WORKING_DAYS, "2025-10-11T17:30"),
        ("2025-10-01T09:00", 2, Unit.WORKING_HOURS, "2025-10-09T10:30"),
        # Spring Festival 2025: 28 January - 4 February off, 26 January and 8 February worked.
        ("2025-01-24T10:00", 1, Unit.WORKING_DAYS, "2025-01-26T17:30"),
        ("2025-01-27T17:00", 2, Unit.WORKING_HOURS, "2025-02-05T10:00"),
        ("2025-01-27T09:00", 4, Unit.WORKING_DAYS, "2025-02-08T17:30"),
        # Spring Festival 2026: 15-23 February off, 14 and 28 February worked.
        ("2026-02-13T15:00", 1, Unit.WORKING_DAYS, "2026-02-14T17:30"),
        ("2026-02-14T16:30", 3, Unit.WORKING_HOURS, "2026-02-24T10:30"),
        ("2026-02-14T09:00", 5, Unit.WORKING_DAYS, "2026-02-28T17:30"),
        # National Day 2026: 1-7 October off, 20 September and 10 October worked.
        ("2026-09-18T11:00", 1, Unit.WORKING_DAYS, "2026-09-20T17:30"),
        ("2026-09-30T17:00", 2, Unit.WORKING_HOURS, "2026-10-08T10:00"),
        ("2026-09-30T09:00", 3, Unit.WORKING_DAYS, "2026-10-10T17:30"),
        # A petition: 60 days from the day after; a last day in the holiday moves behind it (民法典 203).
        ("2026-08-04T10:00", 60, Unit.CALENDAR_DAYS, "2026-10-08T17:30"),
        ("2026-02-01T10:00", 15, Unit.CALENDAR_DAYS, "2026-02-24T17:30"),
    ],
)
def test_dates_about_the_long_holidays(started: str, amount: int, unit: Unit, due: str) -> None:
    assert reckon(CHINA, Terms(at(started), Target(amount, unit))) == at(due)


def test_a_ledger_names_the_holidays_it_met_and_the_pause() -> None:
    terms = Terms(
        at("2026-09-29T10:00"), Target(2, Unit.WORKING_DAYS), (Pause(at("2026-09-30T09:00"), at("2026-09-30T18:00")),)
    )
    names = {date(2026, 10, day): "国庆节" for day in range(1, 8)}
    ledger = explain(CHINA, terms, names)
    assert ledger.due_at == at("2026-10-09T17:30")
    assert [(line.what, line.words or line.number) for line in ledger.lines] == [
        ("started", None), ("not_counted", None), ("paused", None), *[("closed", "国庆节")] * 7,
        ("counted", 1), ("counted", 2), ("due", None),
    ]  # fmt: skip


def test_a_calendar_without_working_time_still_gives_a_date_and_a_ledger() -> None:
    never = Calendar(SHANGHAI, (), {})
    terms = Terms(at("2026-09-29T10:00"), Target(2, Unit.WORKING_HOURS))
    assert explain(never, terms, {}).due_at == at("2026-09-29T12:00")
    assert reckon(never, Terms(at("2026-09-29T10:00"), Target(2, Unit.WORKING_DAYS))) == at("2026-10-01T10:00")

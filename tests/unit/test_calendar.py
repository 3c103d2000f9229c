"""Working time against a counter that looks at every minute, and the holidays of 2025 and 2026 with their dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.usecases.setting_up import exceptions_of_year

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def known_years(*years: int) -> Calendar:
    days = {day: working for year in years for day, working, _ in exceptions_of_year(year) or []}
    return Calendar(SHANGHAI, OFFICE, days, frozenset(years))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    edges = sorted(draw(st.sets(st.integers(1, 95), min_size=2, max_size=6)))
    edges = edges[: len(edges) // 2 * 2]
    quarters = [time(edge // 4, edge % 4 * 15) for edge in edges]
    intervals = tuple(zip(quarters[::2], quarters[1::2], strict=True))
    first = date(2026, 2, 1)
    days = draw(st.dictionaries(st.integers(0, 40), st.booleans(), max_size=15))
    zone = ZoneInfo(draw(st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "UTC", "Europe/Berlin", "America/New_York"])))
    return Calendar(zone, intervals, {first + timedelta(days=offset): working for offset, working in days.items()})


def brute_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Every minute between, looked at by itself."""
    count, minute = 0, start
    while minute < end:
        local_minute = minute.astimezone(calendar.zone)
        if calendar.is_working_day(local_minute.date()):
            clock = local_minute.time()
            count += any(opens <= clock < closes for opens, closes in calendar.intervals)
        minute += MINUTE
    return count


instants = st.integers(0, 12 * 24 * 60).map(lambda minutes: datetime(2026, 2, 10, tzinfo=UTC) + minutes * MINUTE)


@settings(max_examples=60, deadline=None)
@given(calendars(), instants, st.integers(0, 6 * 24 * 60))
def test_working_time_between_equals_a_count_of_every_minute(calendar: Calendar, start: datetime, minutes: int) -> None:
    end = start + minutes * MINUTE
    assert calendar.between(start, end) == brute_minutes(calendar, start, end) * MINUTE


@settings(max_examples=100, deadline=None)
@given(calendars(), instants, st.integers(1, 3000))
def test_adding_working_time_and_measuring_it_agree(calendar: Calendar, start: datetime, minutes: int) -> None:
    end = calendar.add(start, minutes * MINUTE)
    assert calendar.between(start, end) == minutes * MINUTE
    assert calendar.between(start, end - timedelta(seconds=1)) < minutes * MINUTE


@given(calendars(), instants)
def test_the_desk_is_open_at_its_next_opening(calendar: Calendar, start: datetime) -> None:
    opens = calendar.opens_after(start)
    assert opens >= start
    assert calendar.between(opens, opens + MINUTE) > timedelta()
    assert calendar.between(start, opens) == timedelta()


def test_the_lunch_break_does_not_count() -> None:
    assert local(known_years(2026).add(at("2026-11-25 11:30"), timedelta(hours=1))) == "2026-11-25 15:00"


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        # National Day 2025: off from 1 to 8 October; 28 September and 11 October are worked.
        ("2025-09-26 10:00", 1, "2025-09-28 17:30"),
        ("2025-09-30 16:00", 1, "2025-10-09 17:30"),
        ("2025-09-30 16:00", 3, "2025-10-11 17:30"),
        ("2025-10-03 09:00", 1, "2025-10-09 17:30"),
        # Spring Festival 2025: off from 28 January to 4 February; 26 January and 8 February are worked.
        ("2025-01-24 10:00", 1, "2025-01-26 17:30"),
        ("2025-01-27 10:00", 1, "2025-02-05 17:30"),
        ("2025-01-27 10:00", 5, "2025-02-10 17:30"),
        # National Day 2026: off from 1 to 7 October; 20 September and 10 October are worked.
        ("2026-09-30 10:00", 1, "2026-10-08 17:30"),
        ("2026-09-30 10:00", 3, "2026-10-10 17:30"),
        ("2026-09-18 10:00", 1, "2026-09-20 17:30"),
        # Spring Festival 2026: off from 15 to 23 February; 14 and 28 February are worked.
        ("2026-02-13 10:00", 1, "2026-02-14 17:30"),
        ("2026-02-14 10:00", 1, "2026-02-24 17:30"),
        ("2026-02-24 10:00", 4, "2026-02-28 17:30"),
    ],
)
def test_working_days_over_the_long_holidays(asked: str, days: int, due: str) -> None:
    assert local(known_years(2025, 2026).end_of_working_day(at(asked), days)) == due


def test_two_working_hours_asked_on_the_eve_of_spring_festival_2026_end_after_it() -> None:
    assert local(known_years(2026).add(at("2026-02-14 16:30"), timedelta(hours=2))) == "2026-02-24 09:30"


def test_a_year_that_was_not_entered_counts_weekdays_and_says_so() -> None:
    calendar = known_years(2026)
    assert not calendar.knows(date(2031, 1, 1))
    assert calendar.is_working_day(date(2031, 1, 1))
    assert not calendar.is_working_day(date(2031, 1, 4))


def test_a_year_that_chinese_calendar_does_not_know_is_no_exception() -> None:
    assert exceptions_of_year(2099) is None


def test_a_calendar_without_working_time_says_so_instead_of_searching_for_ever() -> None:
    never = Calendar(SHANGHAI, ())
    with pytest.raises(NoWorkingTime):
        never.add(at("2026-01-05 09:00"), MINUTE)
    with pytest.raises(NoWorkingTime):
        never.end_of_working_day(at("2026-01-05 09:00"), 1)
    with pytest.raises(NoWorkingTime):
        never.opens_after(at("2026-01-05 09:00"))


def test_there_is_no_working_time_between_an_instant_and_an_earlier_one() -> None:
    at = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    office = Calendar(ZoneInfo("Asia/Shanghai"), ((time(8, 30), time(12)),))
    assert office.between(at, at - timedelta(minutes=1)) == timedelta()

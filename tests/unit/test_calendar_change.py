"""A change of the calendar as a value: what may be in it, and what it makes of a calendar."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.calendar_change import (
    Change,
    applied,
    before,
    from_facts,
    only_new,
    read_day,
    read_intervals,
    read_zone,
    span,
)
from servicedesk.domain.errors import InvalidForm

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = ((time(8, 30), time(12)), (time(14, 30), time(17, 30)))
THURSDAY, SATURDAY = date(2026, 10, 1), date(2026, 10, 3)
CALENDAR = Calendar(SHANGHAI, OFFICE, {THURSDAY: False}, frozenset({2026}))
DAYS = {THURSDAY: (False, "国庆节")}


@pytest.mark.parametrize(
    ("pairs", "fact"),
    [
        ([], "how_many"),
        ([("08:00", "09:00")] * 5, "how_many"),
        ([("8:30", "12:00")], "not_a_time"),
        ([("08:30", "24:00")], "not_a_time"),
        ([("08:30", "")], "not_a_time"),
        ([("12:00", "08:30")], "not_in_order"),
        ([("08:30", "08:30")], "not_in_order"),
        ([("14:30", "17:30"), ("08:30", "12:00")], "not_in_order"),
        ([("08:30", "12:00"), ("11:00", "17:30")], "not_in_order"),
    ],
)
def test_working_hours_that_cannot_be_are_refused(pairs: list[tuple[str, str]], fact: str) -> None:
    with pytest.raises(InvalidForm) as refused:
        read_intervals(pairs)
    assert refused.value.fact == fact


def test_intervals_may_touch() -> None:
    assert read_intervals([("08:00", "12:00"), ("12:00", "16:00")]) == ((time(8), time(12)), (time(12), time(16)))


@pytest.mark.parametrize("name", ["", "Asia", "Asia/Atlantis", "../etc/passwd", "/etc/localtime", "Asia/Shanghai\0", "北京"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InvalidForm):
        read_zone(name)
    assert read_zone("Asia/Urumqi").key == "Asia/Urumqi"


def test_days_are_days_and_a_span_has_a_bound() -> None:
    for text in ("", "2026-02-30", "1999-12-31", "x"):
        with pytest.raises(InvalidForm):
            read_day(text)
    assert list(span(THURSDAY, SATURDAY)) == [date(2026, 10, day) for day in (1, 2, 3)]
    for first, last in ((SATURDAY, THURSDAY), (THURSDAY, date(2027, 10, 1))):
        with pytest.raises(InvalidForm):
            span(first, last)


def test_only_what_is_new_remains_of_a_change() -> None:
    wanted = Change("days", SHANGHAI, OFFICE, {THURSDAY: (False, "国庆节"), SATURDAY: (False, "国庆节")}, {2026: "entered"})
    assert not only_new(wanted, CALENDAR, DAYS)
    renamed = only_new(Change("days", days={THURSDAY: (False, "国庆")}), CALENDAR, DAYS)
    assert renamed.days == {THURSDAY: (False, "国庆")}
    # A day that is to be as its weekday says is no day of its own.
    assert only_new(Change("days", days={THURSDAY: (True, "上班")}), CALENDAR, DAYS).days == {THURSDAY: None}
    assert only_new(Change("days", days={SATURDAY: (True, "补班")}), CALENDAR, DAYS).days == {SATURDAY: (True, "补班")}


def test_a_change_makes_another_calendar_and_knows_what_stood_before() -> None:
    change = Change("days", ZoneInfo("UTC"), ((time(9), time(17)),), {THURSDAY: None, SATURDAY: (True, "补班")}, {2027: "ical"})
    after = applied(change, CALENDAR)
    assert (after.zone.key, after.intervals) == ("UTC", ((time(9), time(17)),))
    assert dict(after.days) == {SATURDAY: True}
    assert after.years == {2026, 2027}
    assert before(change, CALENDAR, DAYS) == {
        "kind": "days", "zone": "Asia/Shanghai", "intervals": [["08:30", "12:00"], ["14:30", "17:30"]],
        "days": [["2026-10-01", False, "国庆节"], ["2026-10-03", None, ""]],
    }  # fmt: skip


CHANGES = st.builds(
    Change,
    st.sampled_from(["hours", "days", "year", "file"]),
    st.sampled_from([None, SHANGHAI, ZoneInfo("UTC")]),
    st.sampled_from([None, OFFICE]),
    st.dictionaries(
        st.dates(date(2000, 1, 1), date(2100, 12, 31)),
        st.one_of(st.none(), st.tuples(st.booleans(), st.sampled_from(["国庆节", "补班"]))),
        max_size=5,
    ),
    st.dictionaries(st.integers(2000, 2100), st.sampled_from(["chinese-calendar", "ical", "entered"]), max_size=3),
)


@given(CHANGES)
def test_a_change_comes_back_from_its_form_as_it_went(change: Change) -> None:
    assert from_facts(json.loads(json.dumps(change.as_facts()))) == change


@pytest.mark.parametrize(
    "facts",
    [
        None,
        [],
        "x",
        {},
        {"kind": "other"},
        {"kind": "days", "days": [["2026-10-01", 1, "国庆节"]]},
        {"kind": "days", "days": [["2026-10-01", False, ""]]},
        {"kind": "days", "days": [["2026-10-01", False, "x" * 41]]},
        {"kind": "days", "days": [["2026-10-01", False]]},
        {"kind": "days", "days": [[20261001, False, "国庆节"]]},
        {"kind": "days", "days": [["2026-10-01", None, ""]] * 2001},
        {"kind": "days", "days": 5},
        {"kind": "hours", "zone": 5},
        {"kind": "hours", "intervals": [["08:30"]]},
        {"kind": "hours", "intervals": [[1, 2]]},
        {"kind": "year", "years": {"1999": "ical"}},
        {"kind": "year", "years": {"2026": "x"}},
        {"kind": "year", "years": ["2026"]},
    ],
)
def test_a_form_that_somebody_made_up_is_refused(facts: Any) -> None:
    with pytest.raises(InvalidForm):
        from_facts(facts)

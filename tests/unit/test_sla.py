"""Targets, and the ladder that a deadline climbs."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import AfterBreach, Kind
from servicedesk.domain.sla import LADDER, PRESETS, Step, Target, Unit, due_at, next_step, step_at

LATE = AfterBreach(4, 16)
OFFICE = Calendar(ZoneInfo("Asia/Shanghai"), ((time(8, 30), time(12)), (time(14, 30), time(17, 30))))
WEDNESDAY_TEN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001
targets = st.builds(Target, st.integers(1, 20), st.sampled_from(Unit))


def test_every_kind_of_inquiry_has_a_preset_with_its_source() -> None:
    assert {policy.kind for policy in PRESETS} == set(Kind)
    assert all(policy.source for policy in PRESETS)


def test_two_working_hours_from_ten_end_at_noon() -> None:
    assert due_at(OFFICE, WEDNESDAY_TEN, Target(2, Unit.WORKING_HOURS)) == datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def test_one_working_day_ends_with_the_next_day() -> None:
    assert due_at(OFFICE, WEDNESDAY_TEN, Target(1, Unit.WORKING_DAYS)) == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


@given(instants, targets)
def test_the_steps_come_in_order_and_the_reminder_at_the_breach(started: datetime, target: Target) -> None:
    due = due_at(OFFICE, started, target)
    instants_of_steps = [step_at(OFFICE, started, due, step, LATE) for step in LADDER]
    assert instants_of_steps == sorted(instants_of_steps)
    assert instants_of_steps[LADDER.index(Step.REMINDED)] == due
    assert all(at >= started for at in instants_of_steps)


@given(instants, targets)
def test_climbing_step_by_step_visits_the_whole_ladder_once(started: datetime, target: Target) -> None:
    due = due_at(OFFICE, started, target)
    seen: list[Step] = []
    step, _ = next_step(OFFICE, started, due, None, LATE)
    while step is not None:
        seen.append(step)
        step, _ = next_step(OFFICE, started, due, step, LATE)
    assert tuple(seen) == LADDER


def test_half_of_the_working_time_is_the_first_warning() -> None:
    due = due_at(OFFICE, WEDNESDAY_TEN, Target(2, Unit.WORKING_HOURS))
    assert step_at(OFFICE, WEDNESDAY_TEN, due, Step.WARNED_HALF, LATE) == WEDNESDAY_TEN + timedelta(hours=1)


def test_an_account_says_when_a_breach_goes_up() -> None:
    due = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
    hours = AfterBreach(supervised=1, notified=3)
    assert step_at(OFFICE, WEDNESDAY_TEN, due, Step.SUPERVISED, hours) == datetime(2026, 11, 25, 7, 30, tzinfo=UTC)
    assert step_at(OFFICE, WEDNESDAY_TEN, due, Step.NOTIFIED, hours) == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)

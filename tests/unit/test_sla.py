"""Targets, and the ladder that a deadline climbs."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import AfterBreach, DepartmentId, Kind, Priority
from servicedesk.domain.presets import PRESETS
from servicedesk.domain.sla import LADDER, Policy, Step, Target, Unit, due_at, next_step, policy_for, step_at

LATE = AfterBreach(4, 16)
OFFICE = Calendar(ZoneInfo("Asia/Shanghai"), ((time(8, 30), time(12)), (time(14, 30), time(17, 30))))
WEDNESDAY_TEN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001
targets = st.builds(Target, st.integers(1, 20), st.sampled_from(Unit))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_targets_for_every_kind_and_priority_with_their_source(name: str) -> None:
    for kind in Kind:
        for priority in Priority:
            policy = policy_for(PRESETS[name], kind, priority, DepartmentId(7))
            assert (policy.kind, bool(policy.source), bool(policy.resolution)) == (kind, True, True)


def test_the_most_particular_policy_counts() -> None:
    here, hours = DepartmentId(1), Target(1, Unit.WORKING_HOURS)

    def made(name: str, priority: Priority = Priority.NORMAL, department: DepartmentId | None = None) -> Policy:
        return Policy(Kind.HELP, None, hours, None, hours, name, priority, department)

    policies = [made("all"), made("urgent", Priority.URGENT), made("here", department=here),
                made("urgent here", Priority.URGENT, here), Policy(Kind.COMPLEX, None, hours, None, hours, "other kind")]  # fmt: skip

    def source(priority: Priority, department: DepartmentId | None) -> str:
        return policy_for(policies, Kind.HELP, priority, department).source

    assert source(Priority.URGENT, here) == "urgent here"
    assert source(Priority.NORMAL, here) == "here"
    assert source(Priority.URGENT, DepartmentId(2)) == "urgent"
    assert source(Priority.NORMAL, None) == "all"
    policies.remove(made("urgent here", Priority.URGENT, here))
    assert source(Priority.URGENT, here) == "here"


@pytest.mark.parametrize(("asked", "due"), [
    ("2026-11-25T10:00", "2026-11-25T17:30"), ("2026-11-25T17:30", "2026-11-26T17:30"), ("2026-11-28T10:00", "2026-11-30T17:30"),
])  # fmt: skip
def test_the_same_day_is_the_close_of_the_day_or_of_the_next_working_day(asked: str, due: str) -> None:
    zone = OFFICE.zone
    started = datetime.fromisoformat(asked).replace(tzinfo=zone)
    assert due_at(OFFICE, started, Target(0, Unit.WORKING_DAYS)) == datetime.fromisoformat(due).replace(tzinfo=zone)


def test_hours_by_the_wall_run_through_the_night_and_their_steps_too() -> None:
    night = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # 22:00
    due = due_at(OFFICE, night, Target(2, Unit.CALENDAR_HOURS))
    assert due == night + timedelta(hours=2)
    assert step_at(OFFICE, night, due, Step.WARNED_HALF, LATE) == night + timedelta(hours=1)


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

"""Targets and deadlines in working time, and the ladder of steps that a deadline climbs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import AfterBreach, DepartmentId, Kind, Priority


class Unit(StrEnum):
    """How a target counts."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_HOURS = "calendar_hours"
    CALENDAR_DAYS = "calendar_days"


class DeadlineKind(StrEnum):
    """What must have happened by a deadline."""

    ACCEPTANCE = "acceptance"
    FIRST_REPLY = "first_reply"
    UPDATE = "update"
    RESOLUTION = "resolution"
    SUPPORT = "support"
    PROMISE = "promise"


@dataclass(frozen=True)
class Target:
    """An amount of time. No working days at all means the same working day (当日)."""

    amount: int
    unit: Unit


@dataclass(frozen=True)
class Policy:
    """The targets of one sort of inquiry and where they come from; a department's own go before those for all."""

    kind: Kind
    acceptance: Target | None
    first_reply: Target
    update: Target | None
    resolution: Target
    source: str
    priority: Priority = Priority.NORMAL
    department_id: DepartmentId | None = None
    id: int | None = None
    version: int = 1


def policy_for(policies: Iterable[Policy], kind: Kind, priority: Priority, department_id: DepartmentId | None) -> Policy:
    """The most particular policy in force: of this department and priority, of the department, of the priority, of the kind."""
    fitting = [
        each for each in policies
        if each.kind is kind and each.priority in (priority, Priority.NORMAL) and each.department_id in (department_id, None)
    ]  # fmt: skip
    return max(fitting, key=lambda each: (each.department_id is not None, each.priority is priority))


class Step(StrEnum):
    """A rung of the ladder: two warnings, then 催办, 督办, 通报."""

    WARNED_HALF = "warned_half"
    WARNED = "warned"
    REMINDED = "reminded"
    SUPERVISED = "supervised"
    NOTIFIED = "notified"


_SHARES = {Step.WARNED_HALF: 0.5, Step.WARNED: 0.8, Step.REMINDED: 1.0}
LADDER: tuple[Step, ...] = tuple(Step)


def due_at(calendar: Calendar, started_at: datetime, target: Target) -> datetime:
    """When a target that started then falls due, UTC. Raises NoWorkingTime."""
    if target.unit is Unit.WORKING_HOURS:
        return calendar.add(started_at, timedelta(hours=target.amount))
    if target.unit is Unit.CALENDAR_HOURS:
        return calendar.add_elapsed(started_at, timedelta(hours=target.amount))
    if target.unit is Unit.CALENDAR_DAYS:
        return calendar.end_of_day(started_at, target.amount)
    return calendar.end_of_working_day(started_at, target.amount)


def step_at(calendar: Calendar, started_at: datetime, due: datetime, step: Step, after_breach: AfterBreach) -> datetime:
    """When a deadline reaches a step; shares are of the working time between start and due."""
    if step is Step.SUPERVISED:
        return calendar.add(due, timedelta(hours=after_breach.supervised))
    if step is Step.NOTIFIED:
        return calendar.add(due, timedelta(hours=after_breach.notified))
    if step is Step.REMINDED:
        return due
    working = calendar.between(started_at, due)
    if not working:  # a clock that runs by the wall, at night
        return started_at + (due - started_at) * _SHARES[step]
    return calendar.add(started_at, working * _SHARES[step])


def next_step(
    calendar: Calendar, started_at: datetime, due: datetime, after: Step | None, after_breach: AfterBreach
) -> tuple[Step, datetime] | tuple[None, None]:
    """The step that follows `after` (None: the first) and its instant, or nothing at the ladder's end."""
    position = 0 if after is None else LADDER.index(after) + 1
    if position == len(LADDER):
        return None, None
    step = LADDER[position]
    return step, step_at(calendar, started_at, due, step, after_breach)

"""Targets and deadlines in working time, and the ladder of steps that a deadline climbs.

The presets are those of 北京接诉即办 and 12345 practice as the account's administrator may change them; each row of
sla_policy names its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import AfterBreach, Kind


class Unit(StrEnum):
    """How a target counts."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


class DeadlineKind(StrEnum):
    """What must have happened by a deadline."""

    FIRST_REPLY = "first_reply"
    RESOLUTION = "resolution"


@dataclass(frozen=True)
class Target:
    """An amount of working time."""

    amount: int
    unit: Unit


@dataclass(frozen=True)
class Policy:
    """The targets of one kind of inquiry and where they come from."""

    kind: Kind
    first_reply: Target
    resolution: Target
    source: str


_HOURS_2 = Target(2, Unit.WORKING_HOURS)


def _preset(kind: Kind, days: int) -> Policy:
    return Policy(kind, _HOURS_2, Target(days, Unit.WORKING_DAYS), "preset-12345")


PRESETS: tuple[Policy, ...] = (
    _preset(Kind.QUESTION, 1),
    _preset(Kind.HELP, 3),
    _preset(Kind.COMPLAINT, 5),
    _preset(Kind.COMPLEX, 15),
    # 信访工作条例 22 and 34: 15 days to accept and inform, 60 to decide.
    Policy(Kind.PETITION, Target(15, Unit.CALENDAR_DAYS), Target(60, Unit.CALENDAR_DAYS), "petition-regulations"),
    # 政府信息公开条例 33: 20 working days from receipt.
    Policy(Kind.DISCLOSURE, _HOURS_2, Target(20, Unit.WORKING_DAYS), "disclosure-regulations"),
)


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
    return calendar.add(started_at, calendar.between(started_at, due) * _SHARES[step])


def next_step(
    calendar: Calendar, started_at: datetime, due: datetime, after: Step | None, after_breach: AfterBreach
) -> tuple[Step, datetime] | tuple[None, None]:
    """The step that follows `after` (None: the first) and its instant, or nothing at the ladder's end."""
    position = 0 if after is None else LADDER.index(after) + 1
    if position == len(LADDER):
        return None, None
    step = LADDER[position]
    return step, step_at(calendar, started_at, due, step, after_breach)

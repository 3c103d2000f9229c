"""The dates a ticket is promised by: deadlines set from the account's calendar and policies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.model import Account, Ticket
from servicedesk.domain.sla import DeadlineKind, Policy, Step, Target, Unit, due_at, next_step
from servicedesk.store import accounts, deadlines, tickets
from servicedesk.store.db import Conn


@dataclass(frozen=True)
class Clock:
    """One deadline as it is set: the target, when it is due, and the first step of its ladder."""

    kind: DeadlineKind
    target: Target
    source: str
    due_at: datetime
    next_step: Step | None
    next_step_at: datetime | None


@dataclass(frozen=True)
class Dates:
    """When a first human reply and an answer are due."""

    first_reply: Clock
    resolution: Clock


def dates(calendar: Calendar, policy: Policy, opened_at: datetime) -> Dates:
    """The deadlines of an inquiry; both run from the citizen's first word."""
    return Dates(
        _clock(calendar, DeadlineKind.FIRST_REPLY, policy.first_reply, policy.source, opened_at),
        _clock(calendar, DeadlineKind.RESOLUTION, policy.resolution, policy.source, opened_at),
    )


async def promise(conn: Conn, account: Account, ticket: Ticket) -> Dates:
    """Set the ticket's deadlines anew, for another kind of inquiry."""
    calendar = await accounts.calendar(conn, account)
    found = dates(calendar, (await accounts.policies(conn, account.id))[ticket.kind], ticket.opened_at)
    for clock in (found.first_reply, found.resolution):
        await deadlines.put(
            conn, ticket, kind=clock.kind, target=clock.target, source=clock.source, started_at=ticket.opened_at,
            due_at=clock.due_at, next_step=clock.next_step, next_step_at=clock.next_step_at,
        )  # fmt: skip
    await tickets.set_due(conn, ticket)
    return found


async def resume(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """The original clock goes on, as if the answer had not been given; steps already taken are not taken again."""
    calendar = await accounts.calendar(conn, account)
    for row in await deadlines.of_ticket(conn, ticket):
        if row["kind"] == DeadlineKind.RESOLUTION:
            step, at = _step_from(calendar, row["started_at"], row["due_at"], now)
            await deadlines.resume(conn, ticket, DeadlineKind.RESOLUTION, next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)


async def resume_all(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """Every clock that ended without being met goes on from where it had begun."""
    calendar = await accounts.calendar(conn, account)
    for row in await deadlines.of_ticket(conn, ticket):
        if row["met_at"] is None:
            step, at = _step_from(calendar, row["started_at"], row["due_at"], now)
            await deadlines.resume(conn, ticket, DeadlineKind(row["kind"]), next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)


def _clock(calendar: Calendar, kind: DeadlineKind, target: Target, source: str, started_at: datetime) -> Clock:
    try:
        due = due_at(calendar, started_at, target)
        step, at = next_step(calendar, started_at, due, None)
    except NoWorkingTime:
        # A calendar without working time must not cost an inquiry its date.
        due = started_at + _calendar_time(target)
        step, at = Step.REMINDED, due
    return Clock(kind, target, source, due, step, at)


def _calendar_time(target: Target) -> timedelta:
    return timedelta(hours=target.amount) if target.unit is Unit.WORKING_HOURS else timedelta(days=target.amount)


def _step_from(
    calendar: Calendar, started: datetime, due: datetime, now: datetime
) -> tuple[Step, datetime] | tuple[None, None]:
    """The first step of the ladder that lies ahead."""
    after: Step | None = None
    while True:
        step, at = next_step(calendar, started, due, after)
        if step is None or at is None:
            return None, None
        if at > now:
            return step, at
        after = step

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
class Promise:
    """When a first human reply and an answer are due."""

    first_reply_at: datetime
    resolution_at: datetime


async def promise(conn: Conn, account: Account, ticket: Ticket) -> Promise:
    """Set the ticket's deadlines, or set them anew for another kind; both run from the citizen's first word."""
    calendar = await accounts.calendar(conn, account)
    policy = (await accounts.policies(conn, account.id))[ticket.kind]
    first = await _put(conn, calendar, ticket, DeadlineKind.FIRST_REPLY, policy)
    resolution = await _put(conn, calendar, ticket, DeadlineKind.RESOLUTION, policy)
    await tickets.set_due(conn, ticket)
    return Promise(first, resolution)


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


async def _put(conn: Conn, calendar: Calendar, ticket: Ticket, kind: DeadlineKind, policy: Policy) -> datetime:
    target = policy.first_reply if kind is DeadlineKind.FIRST_REPLY else policy.resolution
    started = ticket.opened_at
    try:
        due = due_at(calendar, started, target)
        step, at = next_step(calendar, started, due, None)
    except NoWorkingTime:
        # A calendar without working time must not cost an inquiry its date.
        due, step, at = started + _calendar_time(target), Step.REMINDED, started + _calendar_time(target)
    await deadlines.put(
        conn, ticket, kind=kind, target=target, source=policy.source, started_at=started, due_at=due, next_step=step,
        next_step_at=at,
    )  # fmt: skip
    return due


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

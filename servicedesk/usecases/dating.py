"""The dates a ticket is promised by: deadlines set from the account's calendar and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.ledger import Extension, Pause, Terms, reckon
from servicedesk.domain.model import Account, AfterBreach, Ticket
from servicedesk.domain.sla import DeadlineKind, Policy, Step, Target, Unit, next_step
from servicedesk.store import accounts, clocks, deadlines, tickets
from servicedesk.store.db import Conn, View


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


def dates(account: Account, calendar: Calendar, policy: Policy, opened_at: datetime) -> Dates:
    """The deadlines of an inquiry; both run from the citizen's first word."""
    return Dates(
        _clock(account, calendar, DeadlineKind.FIRST_REPLY, policy, opened_at),
        _clock(account, calendar, DeadlineKind.RESOLUTION, policy, opened_at),
    )


async def promise(conn: Conn, account: Account, ticket: Ticket) -> Dates:
    """Set the ticket's deadlines anew, for another kind of inquiry."""
    calendar = await accounts.calendar(conn, account)
    found = dates(account, calendar, (await accounts.policies(conn, account.id))[ticket.kind], ticket.opened_at)
    for clock in (found.first_reply, found.resolution):
        await deadlines.put(
            conn, ticket, kind=clock.kind, target=clock.target, source=clock.source, started_at=ticket.opened_at,
            due_at=clock.due_at, next_step=clock.next_step, next_step_at=clock.next_step_at,
        )  # fmt: skip
    await tickets.set_due(conn, ticket)
    return found


async def resume(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """The original clock goes on, as if the answer had not been given; steps already taken are not taken again."""
    await _go_on(
        conn, account, ticket, [row for row in await _rows(conn, ticket) if row["kind"] == DeadlineKind.RESOLUTION], now
    )


async def resume_all(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """Every clock that ended without being met goes on from where it had begun."""
    await _go_on(conn, account, ticket, [row for row in await _rows(conn, ticket) if row["met_at"] is None], now)


async def recount(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> datetime:
    """Reckon the answer's date anew, after a pause or an extension; no step is taken while the clock stands still."""
    calendar = await accounts.calendar(conn, account)
    row = next(row for row in await _rows(conn, ticket) if row["kind"] == DeadlineKind.RESOLUTION)
    terms = await terms_of(conn, ticket, row)
    due = reckon(calendar, terms)
    step, at = (None, None)
    if not stands_still(terms):
        step, at = _step_from(_clock_of(calendar, terms), row["started_at"], due, now, account.after_breach)
    await clocks.set_deadline(conn, ticket, DeadlineKind.RESOLUTION, due_at=due, next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)
    return due


async def terms_of(conn: Conn, ticket: Ticket, row: View) -> Terms:
    """All that a deadline's date depends on. Only the answer's clock pauses and is extended."""
    target = Target(row["amount"], Unit(row["unit"]))
    if row["kind"] != DeadlineKind.RESOLUTION:
        return Terms(row["started_at"], target)
    pauses = tuple(
        Pause(each["paused_at"], each["resumed_at"] or each["ends_by"], lasts=each["resumed_at"] is None)
        for each in await clocks.pauses_of(conn, ticket)
    )
    extensions = tuple(
        Extension(each["amount"], each["decided_at"], each["reason"])
        for each in await clocks.extensions_of(conn, ticket) if each["granted"]
    )  # fmt: skip
    return Terms(row["started_at"], target, pauses, extensions)


async def clock_of(conn: Conn, calendar: Calendar, ticket: Ticket, row: View) -> Calendar:
    """The calendar by which a deadline's steps are reckoned: less its pauses."""
    return _clock_of(calendar, await terms_of(conn, ticket, row))


async def answer_due(conn: Conn, ticket: Ticket) -> datetime:
    """When the answer is due."""
    due: datetime = next(row["due_at"] for row in await _rows(conn, ticket) if row["kind"] == DeadlineKind.RESOLUTION)
    return due


def stands_still(terms: Terms) -> bool:
    """Whether the clock waits for the citizen."""
    return any(pause.lasts for pause in terms.pauses)


async def _rows(conn: Conn, ticket: Ticket) -> list[View]:
    return await deadlines.of_ticket(conn, ticket)


async def _go_on(conn: Conn, account: Account, ticket: Ticket, rows: Sequence[View], now: datetime) -> None:
    calendar = await accounts.calendar(conn, account)
    for row in rows:
        clock = _clock_of(calendar, await terms_of(conn, ticket, row))
        step, at = _step_from(clock, row["started_at"], row["due_at"], now, account.after_breach)
        await deadlines.resume(conn, ticket, DeadlineKind(row["kind"]), next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)


def _clock_of(calendar: Calendar, terms: Terms) -> Calendar:
    return calendar.paused([(pause.begun_at, pause.ended_at) for pause in terms.pauses])


def _clock(account: Account, calendar: Calendar, kind: DeadlineKind, policy: Policy, started_at: datetime) -> Clock:
    target = policy.first_reply if kind is DeadlineKind.FIRST_REPLY else policy.resolution
    due = reckon(calendar, Terms(started_at, target))
    step, at = _first_step(calendar, started_at, due, account.after_breach)
    return Clock(kind, target, policy.source, due, step, at)


def _first_step(
    calendar: Calendar, started_at: datetime, due: datetime, after_breach: AfterBreach
) -> tuple[Step | None, datetime | None]:
    try:
        return next_step(calendar, started_at, due, None, after_breach)
    except NoWorkingTime:
        return Step.REMINDED, due


def _step_from(
    calendar: Calendar, started: datetime, due: datetime, now: datetime, after_breach: AfterBreach
) -> tuple[Step, datetime] | tuple[None, None]:
    """The first step of the ladder that lies ahead."""
    after: Step | None = None
    while True:
        try:
            step, at = next_step(calendar, started, due, after, after_breach)
        except NoWorkingTime:
            return (Step.REMINDED, due) if due > now and after is None else (None, None)
        if step is None or at is None:
            return None, None
        if at > now:
            return step, at
        after = step

"""The dates a ticket is promised by: deadlines set from the account's calendar and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.ledger import Extension, Pause, Terms, reckon
from servicedesk.domain.model import Account, Ticket
from servicedesk.domain.sla import LADDER, DeadlineKind, Policy, Step, Target, Unit, next_step, step_at
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
    step, at = (None, None) if stands_still(terms) else _step_from(_clock_of(calendar, terms), row["started_at"], due, now)
    await clocks.set_deadline(conn, ticket, DeadlineKind.RESOLUTION, due_at=due, next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)
    return due


async def terms_of(conn: Conn, ticket: Ticket, row: View) -> Terms:
    """All that a deadline's date depends on. Only the answer's clock pauses and is extended."""
    if row["kind"] != DeadlineKind.RESOLUTION:
        return terms_from(row, (), ())
    granted = [each for each in await clocks.extensions_of(conn, ticket) if each["granted"]]
    return terms_from(row, await clocks.pauses_of(conn, ticket), granted)


def terms_from(row: View, pauses: Sequence[View], granted: Sequence[View]) -> Terms:
    """The same from rows that are at hand: of the ticket's pauses and granted extensions."""
    target = Target(row["amount"], Unit(row["unit"]))
    if row["kind"] != DeadlineKind.RESOLUTION:
        return Terms(row["started_at"], target)
    return Terms(
        row["started_at"],
        target,
        tuple(Pause(each["paused_at"], each["resumed_at"] or each["ends_by"], each["resumed_at"] is None) for each in pauses),
        tuple(Extension(each["amount"], each["decided_at"], each["reason"]) for each in granted),
    )


def reckoned_anew(calendar: Calendar, terms: Terms, row: View, now: datetime) -> tuple[datetime, Step | None, datetime | None]:
    """Date, next step and its instant of a running deadline by another calendar.

    Steps that were taken are not taken again (a unique key), warnings that lie behind are passed over; a 催办, 督办 or 通报
    that has not been taken and now lies behind is taken at once.
    """
    due = reckon(calendar, terms)
    waiting, waits_until = row["next_step"] and Step(row["next_step"]), row["next_step_at"]
    if stands_still(terms) or (waiting is None and (row["kind"] != DeadlineKind.RESOLUTION or due == row["due_at"])):
        return due, None, None
    if due == row["due_at"] and waits_until is not None and waits_until <= now:
        return due, waiting, waits_until
    clock = _clock_of(calendar, terms)
    ahead, at = _step_from(clock, row["started_at"], due, now)
    if waiting is not None:
        since = max(LADDER.index(waiting), LADDER.index(Step.REMINDED))
        behind = LADDER[since : len(LADDER) if ahead is None else LADDER.index(ahead)]
        if behind and due <= now:
            return due, behind[0], _step_at(clock, row["started_at"], due, behind[0])
    return due, ahead, at


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
        step, at = _step_from(clock, row["started_at"], row["due_at"], now)
        await deadlines.resume(conn, ticket, DeadlineKind(row["kind"]), next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)


def _clock_of(calendar: Calendar, terms: Terms) -> Calendar:
    return calendar.paused([(pause.begun_at, pause.ended_at) for pause in terms.pauses])


def _clock(calendar: Calendar, kind: DeadlineKind, target: Target, source: str, started_at: datetime) -> Clock:
    due = reckon(calendar, Terms(started_at, target))
    step, at = _first_step(calendar, started_at, due)
    return Clock(kind, target, source, due, step, at)


def _first_step(calendar: Calendar, started_at: datetime, due: datetime) -> tuple[Step | None, datetime | None]:
    try:
        return next_step(calendar, started_at, due, None)
    except NoWorkingTime:
        return Step.REMINDED, due


def _step_at(calendar: Calendar, started: datetime, due: datetime, step: Step) -> datetime:
    try:
        return step_at(calendar, started, due, step)
    except NoWorkingTime:
        return due


def _step_from(
    calendar: Calendar, started: datetime, due: datetime, now: datetime
) -> tuple[Step, datetime] | tuple[None, None]:
    """The first step of the ladder that lies ahead."""
    after: Step | None = None
    while True:
        try:
            step, at = next_step(calendar, started, due, after)
        except NoWorkingTime:
            return (Step.REMINDED, due) if due > now and after is None else (None, None)
        if step is None or at is None:
            return None, None
        if at > now:
            return step, at
        after = step

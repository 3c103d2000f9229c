"""The dates a ticket is promised by: deadlines set from the account's calendar and policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.ledger import Extension, Pause, Terms, reckon
from servicedesk.domain.model import Account, AfterBreach, DepartmentId, Ticket
from servicedesk.domain.sla import DeadlineKind, Policy, Step, Target, Unit, next_step, policy_for
from servicedesk.store import accounts, clocks, deadlines, policies, tickets
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
    """When 签收, a first human reply and an answer are due."""

    policy_id: int | None
    acceptance: Clock | None
    first_reply: Clock
    resolution: Clock

    @property
    def clocks(self) -> list[Clock]:
        """Those that run."""
        return [each for each in (self.acceptance, self.first_reply, self.resolution) if each is not None]

    @property
    def first_due_at(self) -> datetime:
        """When the earliest is due."""
        return min(each.due_at for each in self.clocks)


def dates(account: Account, calendar: Calendar, policy: Policy, opened_at: datetime) -> Dates:
    """The deadlines of an inquiry; all run from the citizen's first word."""

    def clock(kind: DeadlineKind, target: Target) -> Clock:
        return _clock(account, calendar, kind, (target, policy.source), opened_at)

    return Dates(
        policy.id,
        None if policy.acceptance is None else clock(DeadlineKind.ACCEPTANCE, policy.acceptance),
        clock(DeadlineKind.FIRST_REPLY, policy.first_reply),
        clock(DeadlineKind.RESOLUTION, policy.resolution),
    )


async def promise(conn: Conn, account: Account, ticket: Ticket) -> Dates:
    """Set the ticket's deadlines anew, for another kind of inquiry or another priority; what was met stays met."""
    calendar = await accounts.calendar(conn, account)
    policy = policy_for(await policies.in_force(conn, account.id), ticket.kind, ticket.priority, ticket.department_id)
    found = dates(account, calendar, policy, ticket.opened_at)
    for clock in found.clocks:
        await deadlines.put(
            conn, ticket, kind=clock.kind, target=clock.target, source=clock.source, started_at=ticket.opened_at,
            due_at=clock.due_at, next_step=clock.next_step, next_step_at=clock.next_step_at, policy_id=policy.id,
        )  # fmt: skip
    await tickets.set_due(conn, ticket)
    return found


async def start_update(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """The citizen is to hear from a person every so often: the next round, if the ticket's policy has such a clock."""
    rows = await _rows(conn, ticket)
    policy_id = next(row["policy_id"] for row in rows if row["kind"] == DeadlineKind.RESOLUTION)
    policy = None if policy_id is None else await policies.by_id(conn, account.id, policy_id)
    if policy is None or policy.update is None:
        return
    await deadlines.end_kind(conn, ticket, DeadlineKind.UPDATE, now=now)
    rounds = [row["round"] for row in rows if row["kind"] == DeadlineKind.UPDATE]
    begun = Start(DeadlineKind.UPDATE, policy.update, policy.source, policy_id, max(rounds, default=0) + 1)
    await start(conn, account, ticket, begun, now=now)


@dataclass(frozen=True)
class Start:
    """A clock that begins later than the ticket. department_id: whose it is where that is not the ticket's department."""

    kind: DeadlineKind
    target: Target
    source: str
    policy_id: int | None = None
    round: int = 0
    department_id: DepartmentId | None = None


async def start(conn: Conn, account: Account, ticket: Ticket, begun: Start, *, now: datetime) -> datetime:
    """Start such a clock; when it is due."""
    calendar = await accounts.calendar(conn, account)
    clock = _clock(account, calendar, begun.kind, (begun.target, begun.source), now)
    await deadlines.put(
        conn, ticket, kind=begun.kind, target=begun.target, source=begun.source, started_at=now, due_at=clock.due_at,
        next_step=clock.next_step, next_step_at=clock.next_step_at, policy_id=begun.policy_id, round_=begun.round,
        department_id=begun.department_id,
    )  # fmt: skip
    await tickets.set_due(conn, ticket)
    return clock.due_at


async def resume(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """The original clock goes on, as if the answer had not been given; steps already taken are not taken again."""
    await _resume(conn, account, ticket, DeadlineKind.RESOLUTION, now)
    await start_update(conn, account, ticket, now=now)


async def await_acceptance(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """Nobody has the ticket in hand any more: the clock of 签收 goes on from the citizen's first word."""
    await _resume(conn, account, ticket, DeadlineKind.ACCEPTANCE, now)
    await deadlines.end_kind(conn, ticket, DeadlineKind.UPDATE, now=now)
    await tickets.set_due(conn, ticket)


async def _resume(conn: Conn, account: Account, ticket: Ticket, kind: DeadlineKind, now: datetime) -> None:
    rows = [row for row in await _rows(conn, ticket) if row["kind"] == kind and row["ended_at"] is not None]
    await _go_on(conn, account, ticket, rows, now)


async def resume_all(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> None:
    """Every clock of the citizen's that ended without being met goes on from where it had begun."""
    own = (DeadlineKind.ACCEPTANCE, DeadlineKind.FIRST_REPLY, DeadlineKind.RESOLUTION)
    rows = [row for row in await _rows(conn, ticket) if row["met_at"] is None and row["kind"] in own]
    await _go_on(conn, account, ticket, rows, now)


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


def reckoned_anew(
    calendar: Calendar, terms: Terms, row: View, now: datetime, after_breach: AfterBreach
) -> tuple[datetime, Step | None, datetime | None]:
    """Date, next step and its instant of a running deadline by another calendar.

    A step that waits for a worker is not lost; for the rest see _step_from.
    """
    due = reckon(calendar, terms)
    waiting, waits_until = row["next_step"] and Step(row["next_step"]), row["next_step_at"]
    if stands_still(terms) or (waiting is None and (row["kind"] != DeadlineKind.RESOLUTION or due == row["due_at"])):
        return due, None, None
    if due == row["due_at"] and waits_until is not None and waits_until <= now:
        return due, waiting, waits_until
    step, at = _step_from(_clock_of(calendar, terms), row["started_at"], due, now, after_breach)
    return due, step, at


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
        await deadlines.resume(conn, ticket, row["deadline_id"], next_step=step, next_step_at=at)
    await tickets.set_due(conn, ticket)


def _clock_of(calendar: Calendar, terms: Terms) -> Calendar:
    return calendar.paused([(pause.begun_at, pause.ended_at) for pause in terms.pauses])


def _clock(account: Account, calendar: Calendar, kind: DeadlineKind, aim: tuple[Target, str], started_at: datetime) -> Clock:
    target, source = aim
    due = reckon(calendar, Terms(started_at, target))
    step, at = _first_step(calendar, started_at, due, account.after_breach)
    return Clock(kind, target, source, due, step, at)


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
    """The first step that lies ahead; where the date itself has passed, 催办, from which the ladder goes on.

    Warnings that lie behind are passed over. Steps that were taken before are passed over when their turn comes (each is
    recorded once), so that nothing is taken twice, and a date that was moved into the past is not passed over in silence.
    """
    if due <= now:
        return Step.REMINDED, due
    after: Step | None = None
    while True:
        try:
            step, at = next_step(calendar, started, due, after, after_breach)
        except NoWorkingTime:
            return Step.REMINDED, due
        if step is None or at is None:
            return None, None
        if at > now:
            return step, at
        after = step

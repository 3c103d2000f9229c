"""What the pages and the API read: queues, a whole ticket, triage, the supervisor's board."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import OPEN, Act, possible, scope
from servicedesk.domain.model import Account, AccountId, Actor, Department, DepartmentId, State, Ticket
from servicedesk.domain.sending import Rung
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import (
    accounts,
    alarms,
    answers,
    citizens,
    clocks,
    deadlines,
    deliveries,
    messages,
    publications,
    reports,
    rungs,
    supports,
    tickets,
)
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn, View
from servicedesk.usecases import redelivering
from servicedesk.usecases.finding import ticket_seen

PAGE = 40
FIGURES_OVER = timedelta(days=90)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Queue:
    """A page of tickets, how many stand in each state, and the key of the next page."""

    rows: list[View]
    counts: dict[State, int]
    next_key: str | None
    departments: list[Department]
    supports: list[View] = field(default_factory=list)
    promises: list[View] = field(default_factory=list)


@dataclass(frozen=True)
class TicketPage:
    """Everything that a ticket's page shows."""

    ticket: Ticket
    department: Department | None
    departments: list[Department]
    citizen: Citizen
    messages: list[View]
    notes: list[View]
    events: list[View]
    assignments: list[View]
    deadlines: list[View]
    deliveries: list[View]
    draft: View | None
    waiting: View | None  # the pause that lasts
    asked: View | None  # the extension that nobody has decided on
    unit: str  # of the answer's target
    waiting_files: list[View]
    sent_files: list[View]
    choices: tuple[Rung, ...]
    supports: list[View]
    promises: list[View]
    publication: View | None
    merged_into: Ticket | None
    follows: Ticket | None
    may: frozenset[Act]


@dataclass(frozen=True)
class DepartmentFigures:
    """One department's row on the board; hours are working hours, None where nothing was replied to yet."""

    department: str
    code: str
    open: int
    overdue: int
    replied: int
    median_h: float | None
    p90_h: float | None
    on_time: float | None
    returns: int


@dataclass(frozen=True)
class Board:
    """What the supervisor sees."""

    counts: dict[str, int]
    balance: dict[str, int]
    overdue: list[View]
    due_today: list[View]
    figures: list[DepartmentFigures]
    escalations: list[View]
    unknown_year: int | None
    alarms: list[View]
    extensions: list[View]


async def queue(conn: Conn, actor: Actor, states: Sequence[State], department: str | None, key: str) -> Queue:
    """Tickets in these states: open ones by what is due first, ended ones newest first."""
    check_page(actor, Page.QUEUE)
    departments = await accounts.departments(conn, actor.account_id)
    department_id = scope(actor) or next((each.id for each in departments if each.code == department), None)
    if set(states) <= OPEN:
        rows = await tickets.queue(
            conn, actor.account_id, department_id=department_id, states=states, after=_due_key(key), size=PAGE + 1
        )
        next_key = f"{rows[PAGE - 1]['due_at'].timestamp()}~{rows[PAGE - 1]['ticket_id']}" if len(rows) > PAGE else None
    else:
        rows = await tickets.ended(
            conn, actor.account_id, department_id=department_id, states=states, before=_id_key(key), size=PAGE + 1
        )
        next_key = str(rows[PAGE - 1]["ticket_id"]) if len(rows) > PAGE else None
    counts = await tickets.count_by_state(conn, actor.account_id, department_id)
    own = scope(actor)
    shares = [] if own is None else await supports.owed_by(conn, actor.account_id, own)
    promises = await supports.promises_to_keep(conn, actor.account_id, department_id)
    return Queue(rows[:PAGE], counts, next_key, departments, shares, promises)


async def triage(conn: Conn, actor: Actor) -> Queue:
    """Tickets that a dispatcher must decide on."""
    check_page(actor, Page.TRIAGE)
    rows = await tickets.queue(
        conn, actor.account_id, department_id=None, states=[State.NEW, State.TRIAGE], after=(EPOCH, 0), size=PAGE
    )
    counts = await tickets.count_by_state(conn, actor.account_id, None)
    return Queue(rows, counts, None, await accounts.departments(conn, actor.account_id))


async def ticket_page(conn: Conn, actor: Actor, number: str) -> TicketPage:
    """A whole ticket. Raises NotFound, NotPermitted."""
    ticket = await ticket_seen(conn, actor, number)
    departments = await accounts.departments(conn, actor.account_id)
    related = {
        which: await tickets.by_id(conn, actor.account_id, which)
        for which in (ticket.merged_into_id, ticket.follows_id)
        if which is not None
    }
    dates = await deadlines.of_ticket(conn, ticket)
    return TicketPage(
        ticket=ticket,
        department=_department(departments, ticket.department_id),
        departments=departments,
        citizen=await citizens.by_id(conn, actor.account_id, ticket.citizen_id),
        messages=await messages.of_ticket(conn, ticket),
        notes=await messages.notes_of(conn, ticket),
        events=await tickets.events_of(conn, ticket),
        assignments=await tickets.assignments_of(conn, ticket),
        deadlines=dates,
        deliveries=await deliveries.of_ticket(conn, ticket),
        draft=await answers.draft_of(conn, ticket),
        waiting=next((row for row in await clocks.pauses_of(conn, ticket) if row["resumed_at"] is None), None),
        asked=next((row for row in await clocks.extensions_of(conn, ticket) if row["granted"] is None), None),
        unit=next(row["unit"] for row in dates if row["kind"] == DeadlineKind.RESOLUTION),
        waiting_files=await answers.waiting_attachments(conn, ticket),
        sent_files=await answers.attachments_sent(conn, ticket),
        choices=redelivering.rungs_to_choose([row["rung"] for row in await rungs.templates(conn, ticket.account_id)]),
        supports=await supports.of_ticket(conn, ticket),
        promises=await supports.promises_of(conn, ticket),
        publication=await publications.of_ticket(conn, ticket),
        merged_into=related.get(ticket.merged_into_id) if ticket.merged_into_id else None,
        follows=related.get(ticket.follows_id) if ticket.follows_id else None,
        may=possible(actor, ticket),
    )


async def board(conn: Conn, actor: Actor, *, now: datetime) -> Board:
    """The supervisor's figures, all of one snapshot."""
    check_page(actor, Page.BOARD)
    account = await accounts.by_id(conn, actor.account_id)
    day = now.astimezone(account.zone).date()
    midnight = datetime.combine(day + timedelta(days=1), time(), account.zone).astimezone(UTC)
    calendar = await accounts.calendar(conn, account)
    return Board(
        counts=await reports.open_counts(conn, account.id, now=now, until=midnight),
        balance=await tickets.balance(conn, account.id),
        overdue=await reports.overdue(conn, account.id, now=now, size=15),
        due_today=await reports.due_between(conn, account.id, since=now, until=midnight, size=15),
        figures=await _figures(conn, account, now),
        escalations=await deadlines.recent_escalations(conn, account.id, since=now - timedelta(days=7)),
        unknown_year=None if calendar.knows(day) else day.year,
        alarms=await alarms.standing(conn, [account.id]),
        extensions=await clocks.undecided(conn, account.id, size=20),
    )


async def balance(conn: Conn, account_id: AccountId) -> dict[str, int]:
    """received, answered, open, merged, withdrawn."""
    return await tickets.balance(conn, account_id)


async def _figures(conn: Conn, account: Account, now: datetime) -> list[DepartmentFigures]:
    calendar = await accounts.calendar(conn, account)
    hours: dict[int, list[float]] = defaultdict(list)
    judged: dict[int, list[bool]] = defaultdict(list)
    for row in await reports.replies_since(conn, account.id, since=now - FIGURES_OVER):
        met, due = row["met_at"], row["due_at"]
        if row["kind"] == DeadlineKind.FIRST_REPLY and met is not None:
            spent = calendar.between(row["started_at"], met)
            hours[row["department_id"]].append(spent.total_seconds() / 3600)
        if row["kind"] == DeadlineKind.RESOLUTION and (met is not None or due <= now):
            judged[row["department_id"]].append(met is not None and met <= due)
    returns = await reports.returns_since(conn, account.id, since=now - FIGURES_OVER)
    return [
        DepartmentFigures(
            row["short_name"], row["code"], row["open"], row["overdue"], len(hours[row["department_id"]]),
            percentile(hours[row["department_id"]], 0.5), percentile(hours[row["department_id"]], 0.9),
            _share(judged[row["department_id"]]), returns.get(row["department_id"], 0),
        )
        for row in await reports.department_loads(conn, account.id, now=now)
    ]  # fmt: skip


def percentile(values: list[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _share(judged: list[bool]) -> float | None:
    return sum(judged) / len(judged) if judged else None


def _department(departments: list[Department], which: DepartmentId | None) -> Department | None:
    return next((department for department in departments if department.id == which), None)


def _due_key(key: str) -> tuple[datetime, int]:
    due, _, ticket_id = key.partition("~")
    try:
        return datetime.fromtimestamp(float(due), UTC), min(max(int(ticket_id[:20]), 0), 2**62)
    except (ValueError, OverflowError, OSError):
        return EPOCH, 0


def _id_key(key: str) -> int:
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else 2**62

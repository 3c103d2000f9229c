"""What the pages and the API read: queues, a whole ticket, triage, the balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import OPEN, Act, possible, scope
from servicedesk.domain.model import AccountId, Actor, Department, DepartmentId, Kind, State, Ticket
from servicedesk.domain.sending import Rung
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import (
    accounts,
    answers,
    citizens,
    clocks,
    deadlines,
    deliveries,
    messages,
    people,
    promises,
    publications,
    rungs,
    supports,
    tickets,
)
from servicedesk.store.citizens import Citizen
from servicedesk.store.db import Conn, View
from servicedesk.usecases import redelivering
from servicedesk.usecases.finding import ticket_seen

PAGE = 40
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = 2**62  # above every id


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
    taken_over_by: str | None  # whose hands it is in
    may: frozenset[Act]


@dataclass(frozen=True)
class Narrow:
    """Which of the tickets in a queue: of a department, of a kind, due within (since, until], those that came back."""

    department: str | None = None
    kind: Kind | None = None
    since: datetime | None = None
    until: datetime | None = None
    returned: bool = False


EVERYTHING = Narrow()


async def queue(conn: Conn, actor: Actor, states: Sequence[State], key: str, narrow: Narrow = EVERYTHING) -> Queue:
    """Tickets in these states: open ones by what is due first, ended ones newest first."""
    check_page(actor, Page.QUEUE)
    departments = await accounts.departments(conn, actor.account_id)
    department_id = scope(actor) or next((each.id for each in departments if each.code == narrow.department), None)
    if set(states) <= OPEN:
        rows = await tickets.queue(
            conn, actor.account_id, department_id=department_id, states=states, kind=narrow.kind,
            after=max(_due_key(key), (narrow.since or EPOCH, LAST if narrow.since else 0)), until=narrow.until,
            returned=narrow.returned, size=PAGE + 1,
        )  # fmt: skip
        next_key = f"{rows[PAGE - 1]['due_at'].timestamp()}~{rows[PAGE - 1]['ticket_id']}" if len(rows) > PAGE else None
    else:
        rows = await tickets.ended(
            conn, actor.account_id, department_id=department_id, states=states, kind=narrow.kind, before=_id_key(key),
            size=PAGE + 1,
        )  # fmt: skip
        next_key = str(rows[PAGE - 1]["ticket_id"]) if len(rows) > PAGE else None
    counts = await tickets.count_by_state(conn, actor.account_id, department_id, narrow.kind)
    own = scope(actor)
    shares = [] if own is None else await supports.owed_by(conn, actor.account_id, own)
    promised = await promises.to_keep(conn, actor.account_id, department_id)
    return Queue(rows[:PAGE], counts, next_key, departments, shares, promised)


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
        promises=await promises.of_ticket(conn, ticket),
        publication=await publications.of_ticket(conn, ticket),
        taken_over_by=await people.name_of(conn, ticket.account_id, ticket.taken_over_by) if ticket.taken_over_by else None,
        merged_into=related.get(ticket.merged_into_id) if ticket.merged_into_id else None,
        follows=related.get(ticket.follows_id) if ticket.follows_id else None,
        may=possible(actor, ticket),
    )


async def balance(conn: Conn, account_id: AccountId) -> dict[str, int]:
    """received, answered, open, merged, withdrawn."""
    return await tickets.balance(conn, account_id)


def _department(departments: list[Department], which: DepartmentId | None) -> Department | None:
    return next((department for department in departments if department.id == which), None)


def _due_key(key: str) -> tuple[datetime, int]:
    due, _, ticket_id = key.partition("~")
    try:
        return datetime.fromtimestamp(float(due), UTC), min(max(int(ticket_id[:20]), 0), LAST)
    except (ValueError, OverflowError, OSError):
        return EPOCH, 0


def _id_key(key: str) -> int:
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else LAST

"""Tickets, their assignments and events. Each step returns the new Ticket, or None where somebody was first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import (
    AccountId,
    CitizenId,
    DeliveryId,
    DepartmentId,
    Event,
    Kind,
    Priority,
    StaffId,
    State,
    Ticket,
    TicketId,
)
from servicedesk.domain.routing import Choice
from servicedesk.store.db import Conn, View, queries, views


async def by_number(conn: Conn, account_id: AccountId, number: str) -> Ticket | None:
    """The ticket of a number."""
    return _maybe(await queries.ticket_by_number(conn, account_id=account_id, number=number))


async def by_id(conn: Conn, account_id: AccountId, ticket_id: TicketId) -> Ticket:
    """The ticket of an id that is known to exist."""
    return as_ticket(await queries.ticket_by_id(conn, account_id=account_id, ticket_id=ticket_id))


async def lock(conn: Conn, account_id: AccountId, ticket_id: TicketId) -> Ticket:
    """The ticket, its row locked until the transaction ends."""
    return as_ticket(await queries.lock_ticket(conn, account_id=account_id, ticket_id=ticket_id))


async def newest_of(conn: Conn, account_id: AccountId, citizen_id: CitizenId) -> Ticket | None:
    """The citizen's newest ticket that was neither merged nor withdrawn."""
    return _maybe(await queries.newest_ticket_of(conn, account_id=account_id, citizen_id=citizen_id))


async def open_of(conn: Conn, account_id: AccountId, citizen_id: CitizenId) -> list[Ticket]:
    """The citizen's open tickets, newest first."""
    return [as_ticket(row) for row in await queries.open_tickets_of(conn, account_id=account_id, citizen_id=citizen_id)]


async def recent_of(conn: Conn, account_id: AccountId, citizen_id: CitizenId) -> list[Ticket]:
    """The citizen's three newest tickets."""
    return [as_ticket(row) for row in await queries.recent_tickets_of(conn, account_id=account_id, citizen_id=citizen_id)]


async def move(conn: Conn, ticket: Ticket, to: State, *, now: datetime) -> Ticket | None:
    """Accept, or begin to answer."""
    return _maybe(
        await queries.move_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, to_state=to, now=now
        )
    )


async def assign(
    conn: Conn, ticket: Ticket, department_id: DepartmentId, *, now: datetime, designated: bool = False
) -> Ticket | None:
    """Give the ticket to a department; designated: for good."""
    return _maybe(
        await queries.assign_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, department_id=department_id,
            designated=designated, now=now,
        )
    )  # fmt: skip


async def reclassify(conn: Conn, ticket: Ticket, kind: Kind, priority: Priority, *, now: datetime) -> Ticket:
    """Another kind, another priority."""
    return as_ticket(
        await queries.reclassify_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, priority=priority, now=now
        )
    )


async def set_supporters(conn: Conn, ticket: Ticket, departments: Sequence[DepartmentId]) -> None:
    """Who sees the ticket beside the department in the lead."""
    await queries.set_supporters(conn, account_id=ticket.account_id, ticket_id=ticket.id, supporters=list(departments))


async def give_back(conn: Conn, ticket: Ticket, *, now: datetime) -> Ticket | None:
    """Take the ticket from its department, back to triage."""
    return _maybe(
        await queries.return_ticket(conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, now=now)
    )


async def take_over(conn: Conn, ticket: Ticket, by: StaffId, *, now: datetime) -> Ticket | None:
    """Put the ticket into a supervisor's hands; one that nobody had accepted counts as accepted."""
    return _maybe(
        await queries.take_over_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, staff_id=by, now=now
        )
    )


async def hand_back(conn: Conn, ticket: Ticket, *, now: datetime) -> Ticket | None:
    """Give the ticket back to its department, which accepts it if it had not."""
    return _maybe(
        await queries.hand_back_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, now=now
        )
    )


async def reroute(conn: Conn, ticket: Ticket, choice: Choice, *, now: datetime) -> Ticket | None:
    """Keep a newer choice of routing with a ticket in triage."""
    return _maybe(
        await queries.reroute_ticket(
            conn,
            account_id=ticket.account_id,
            ticket_id=ticket.id,
            kind=choice.kind,
            routing=choice.as_facts(),
            now=now,
        )
    )


async def set_answered(conn: Conn, ticket: Ticket, delivery_id: DeliveryId, *, now: datetime) -> Ticket | None:
    """The channel accepted the answer."""
    return _maybe(
        await queries.ticket_answered(conn, account_id=ticket.account_id, ticket_id=ticket.id, delivery_id=delivery_id, now=now)
    )


async def reopen(conn: Conn, ticket: Ticket, *, by_citizen: bool, now: datetime) -> Ticket | None:
    """The answer did not solve it."""
    return _maybe(
        await queries.reopen_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state,
            unsolved_at=now if by_citizen else None, now=now,
        )
    )  # fmt: skip


async def close(conn: Conn, ticket: Ticket, *, now: datetime) -> Ticket | None:
    """End an answered ticket."""
    return _maybe(await queries.close_ticket(conn, account_id=ticket.account_id, ticket_id=ticket.id, now=now))


async def withdraw(conn: Conn, ticket: Ticket, withdrawal: str, *, now: datetime) -> Ticket | None:
    """End a ticket that the citizen took back, with the words that record it."""
    return _maybe(
        await queries.withdraw_ticket(
            conn,
            account_id=ticket.account_id,
            ticket_id=ticket.id,
            from_state=ticket.state,
            withdrawal=withdrawal,
            now=now,
        )
    )


async def merge(conn: Conn, ticket: Ticket, into: Ticket, *, now: datetime) -> Ticket | None:
    """End a ticket that says the same as another."""
    return _maybe(
        await queries.merge_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, into_id=into.id, now=now
        )
    )


async def move_merged(conn: Conn, ticket: Ticket, into: Ticket, *, now: datetime) -> None:
    """What was merged into a ticket that is merged itself, or ended, waits for another."""
    await queries.move_merged(conn, account_id=ticket.account_id, ticket_id=ticket.id, into_id=into.id, now=now)


async def unmerge(conn: Conn, ticket: Ticket, department_id: DepartmentId | None, *, now: datetime) -> Ticket | None:
    """Open a merged ticket again, at a department or in triage."""
    return _maybe(
        await queries.unmerge_ticket(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, department_id=department_id, now=now,
            state=State.TRIAGE if department_id is None else State.ASSIGNED,
        )
    )  # fmt: skip


async def merged_into(conn: Conn, ticket: Ticket) -> list[Ticket]:
    """The tickets that say the same as this one and wait for its answer."""
    rows = await queries.merged_into(conn, account_id=ticket.account_id, ticket_id=ticket.id)
    return [as_ticket(row) for row in rows]


async def set_due(conn: Conn, ticket: Ticket) -> None:
    """Keep the earliest running deadline with the ticket: what queues sort by."""
    await queries.set_due(conn, account_id=ticket.account_id, ticket_id=ticket.id)


async def to_close(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> list[tuple[AccountId, TicketId]]:
    """Answered tickets whose citizen has said nothing for the account's number of days."""
    rows = await queries.tickets_to_close(conn, account_ids=account_ids, now=now)
    return [(AccountId(row["account_id"]), TicketId(row["ticket_id"])) for row in rows]


async def add_event(conn: Conn, ticket: Ticket, event: Event, *, now: datetime, staff_id: StaffId | None = None) -> None:
    """Record what happened."""
    await queries.add_event(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=event.kind, happened_at=now, staff_id=staff_id,
        facts=event.facts,
    )  # fmt: skip


async def events_of(conn: Conn, ticket: Ticket) -> list[View]:
    """What happened, in order."""
    return views(await queries.events_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def add_assignment(
    conn: Conn,
    ticket: Ticket,
    department_id: DepartmentId,
    *,
    by: StaffId | None,
    reason: str,
    now: datetime,
    designated: bool = False,
) -> None:
    """Record that the ticket was given to a department, by whom (None: routing) and why."""
    await queries.add_assignment(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, department_id=department_id, assigned_by=by,
        assigned_at=now, reason=reason, designated=designated,
    )  # fmt: skip


async def accept_assignment(conn: Conn, ticket: Ticket, by: StaffId, *, now: datetime) -> None:
    """Record 签收."""
    await queries.accept_assignment(conn, account_id=ticket.account_id, ticket_id=ticket.id, staff_id=by, now=now)


async def return_assignment(conn: Conn, ticket: Ticket, by: StaffId, *, clause: int, reason: str, now: datetime) -> None:
    """Record 退单."""
    await queries.return_assignment(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, staff_id=by, clause=clause, reason=reason, now=now
    )


async def assignments_of(conn: Conn, ticket: Ticket) -> list[View]:
    """Through whose hands the ticket went."""
    return views(await queries.assignments_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def queue(
    conn: Conn,
    account_id: AccountId,
    *,
    department_id: DepartmentId | None,
    states: Sequence[State],
    kind: Kind | None = None,
    after: tuple[datetime, int],
    until: datetime | None = None,
    returned: bool = False,
    size: int,
) -> list[View]:
    """A page of open tickets, the earliest due first, after a (due, id) key; due by then, or those that came back."""
    return views(
        await queries.queue(
            conn, account_id=account_id, department_id=department_id, states=states, kind=kind, due_after=after[0],
            id_after=after[1], due_until=until, returned=returned, size=size,
        )
    )  # fmt: skip


async def ended(
    conn: Conn,
    account_id: AccountId,
    *,
    department_id: DepartmentId | None,
    states: Sequence[State],
    kind: Kind | None = None,
    before: int,
    size: int,
) -> list[View]:
    """A page of answered and ended tickets, newest first, before an id."""
    return views(
        await queries.ended_queue(
            conn, account_id=account_id, department_id=department_id, states=states, kind=kind, id_before=before, size=size
        )
    )


async def count_by_state(
    conn: Conn, account_id: AccountId, department_id: DepartmentId | None, kind: Kind | None = None
) -> dict[State, int]:
    """How many tickets stand in each state."""
    rows = await queries.count_by_state(conn, account_id=account_id, department_id=department_id, kind=kind)
    return {State(row["state"]): row["tickets"] for row in rows}


async def listed(
    conn: Conn, account_id: AccountId, *, state: str | None, department: str | None, before: int, size: int
) -> list[View]:
    """A page of tickets for the API, newest first, before an id."""
    return views(
        await queries.list_tickets(conn, account_id=account_id, state=state, department=department, id_before=before, size=size)
    )


async def limbo(conn: Conn, account_ids: Sequence[AccountId], *, size: int | None = None) -> list[View]:
    """Open tickets in nobody's queue, or without a clock: what must not be. lacks: nobody, or no_clock."""
    return views(await queries.limbo(conn, account_ids=account_ids, size=size))


async def balance(conn: Conn, account_id: AccountId) -> dict[str, int]:
    """received, answered, open, merged, withdrawn: inquiries counted on one side, tickets by state on the other."""
    return dict(await queries.balance(conn, account_id=account_id))


def _maybe(row: Any) -> Ticket | None:
    return None if row is None else as_ticket(row)


def as_ticket(row: Any) -> Ticket:
    """A row of the table as a Ticket."""
    return Ticket(
        id=TicketId(row["ticket_id"]),
        account_id=AccountId(row["account_id"]),
        number=row["number"],
        citizen_id=CitizenId(row["citizen_id"]),
        state=State(row["state"]),
        kind=Kind(row["kind"]),
        priority=Priority(row["priority"]),
        supporters=tuple(row["supporters"]),
        designated=row["designated"],
        department_id=row["department_id"],
        routing=row["routing"],
        returns=row["returns"],
        opened_at=row["opened_at"],
        changed_at=row["changed_at"],
        due_at=row["due_at"],
        answered_at=row["answered_at"],
        closed_at=row["closed_at"],
        withdrawal=row["withdrawal"],
        merged_into_id=row["merged_into_id"],
        follows_id=row["follows_id"],
        taken_over_by=row["taken_over_by"],
        not_ours=row["not_ours"],
    )


async def alike_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> list[tuple[AccountId, TicketId]]:
    """Tickets whose reply went without answers that are alike; locked and ticked off until the transaction ends."""
    rows = await queries.take_alike_owed(conn, account_ids=account_ids, size=size)
    return [(AccountId(row["account_id"]), TicketId(row["ticket_id"])) for row in rows]

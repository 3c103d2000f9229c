"""What the API reads: an account's own tickets, all departments of it."""

from __future__ import annotations

from dataclasses import dataclass

from servicedesk.domain.model import AccountId
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, deadlines, deliveries, messages, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import clock_views


@dataclass(frozen=True)
class WholeTicket:
    """A ticket with its conversation, history and deliveries."""

    ticket: View
    messages: list[View]
    events: list[View]
    deliveries: list[View]
    attempts: list[View]


async def tickets_page(
    conn: Conn, account_id: AccountId, *, state: str | None, department: str | None, before: int, size: int
) -> list[View]:
    """A page of tickets, newest first, before an id."""
    return await tickets.listed(conn, account_id, state=state, department=department, before=before, size=size)


async def clocks_of(conn: Conn, account_id: AccountId, number: str) -> list[dict[str, object]] | None:
    """The clocks of a ticket, each explaining itself; None where the account has no such number."""
    ticket = await tickets.by_number(conn, account_id, number)
    if ticket is None:
        return None
    found = await clock_views.explained(conn, await accounts.by_id(conn, account_id), ticket)
    return [clock_views.as_facts(each) for each in found]


async def whole_ticket(conn: Conn, account_id: AccountId, number: str) -> WholeTicket | None:
    """One ticket, or None where the account has no such number."""
    ticket = await tickets.by_number(conn, account_id, number)
    if ticket is None:
        return None
    departments = {department.id: department.code for department in await accounts.departments(conn, account_id)}
    due = {row["kind"]: row for row in await deadlines.of_ticket(conn, ticket)}
    return WholeTicket(
        ticket={
            **vars(ticket),
            "department": departments.get(ticket.department_id) if ticket.department_id else None,
            "first_reply_due_at": due[DeadlineKind.FIRST_REPLY]["due_at"],
            "first_replied_at": due[DeadlineKind.FIRST_REPLY]["met_at"],
            "resolution_due_at": due[DeadlineKind.RESOLUTION]["due_at"],
        },
        messages=await messages.of_ticket(conn, ticket),
        events=await tickets.events_of(conn, ticket),
        deliveries=await deliveries.of_ticket(conn, ticket),
        attempts=await deliveries.attempts_of(conn, ticket),
    )

"""What supporting departments are asked for and gave."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.model import AccountId, DepartmentId, StaffId, Ticket
from servicedesk.store.db import Conn, View, queries, view, views


async def add(
    conn: Conn, ticket: Ticket, department_id: DepartmentId, question: str, by: StaffId, *, due_at: datetime, now: datetime
) -> int | None:
    """Ask a department for its share; its id, or None where it was asked already."""
    made: int | None = await queries.add_support(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, department_id=department_id, question=question, staff_id=by,
        now=now, due_at=due_at,
    )  # fmt: skip
    return made


async def of_ticket(conn: Conn, ticket: Ticket) -> list[View]:
    """Every share asked for, oldest first."""
    return views(await queries.supports_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def give(
    conn: Conn, ticket: Ticket, department_id: DepartmentId, body: str, by: StaffId, *, now: datetime
) -> View | None:
    """The share that a department gave; None where none was asked for."""
    return view(
        await queries.give_support(
            conn,
            account_id=ticket.account_id,
            ticket_id=ticket.id,
            department_id=department_id,
            body=body,
            staff_id=by,
            now=now,
        )
    )


async def drop(conn: Conn, ticket: Ticket, support_id: int, *, now: datetime) -> View | None:
    """A share is not wanted any more; None where it was given or dropped."""
    return view(
        await queries.drop_support(conn, account_id=ticket.account_id, ticket_id=ticket.id, support_id=support_id, now=now)
    )


async def drop_all(conn: Conn, ticket: Ticket, *, now: datetime) -> None:
    """No share is wanted any more."""
    await queries.drop_supports(conn, account_id=ticket.account_id, ticket_id=ticket.id, now=now)


async def owed_by(conn: Conn, account_id: AccountId, department_id: DepartmentId) -> list[View]:
    """What a department is asked for, the next due first."""
    return views(await queries.supports_owed(conn, account_id=account_id, department_id=department_id))

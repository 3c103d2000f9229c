"""What answers promised, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.model import AccountId, DepartmentId, StaffId, Ticket
from servicedesk.store.db import Conn, View, queries, view, views


async def offer(conn: Conn, ticket: Ticket, words: str, *, due_at: datetime, now: datetime) -> None:
    """Words of an answer that promise something by an instant."""
    await queries.offer_promise(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, department_id=ticket.department_id, words=words,
        due_at=due_at, now=now,
    )  # fmt: skip


async def of_ticket(conn: Conn, ticket: Ticket) -> list[View]:
    """Every promise found in a ticket's answers."""
    return views(await queries.promises_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


@dataclass(frozen=True)
class Move:
    """A promise from one state to the next; outcome: what was done, in words."""

    promise_id: int
    from_state: str
    to_state: str
    outcome: str | None = None


async def move(conn: Conn, ticket: Ticket, step: Move, by: StaffId, *, now: datetime) -> View | None:
    """Take the step; None where somebody was first."""
    return view(
        await queries.decide_promise(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, promise_id=step.promise_id, from_state=step.from_state,
            to_state=step.to_state, outcome=step.outcome, staff_id=by, now=now,
        )
    )  # fmt: skip


async def to_keep(conn: Conn, account_id: AccountId, department_id: DepartmentId | None) -> list[View]:
    """Promises that are tasks, the next due first; of one department, or of all."""
    return views(await queries.promises_to_keep(conn, account_id=account_id, department_id=department_id))

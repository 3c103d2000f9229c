"""Deadlines and the steps of the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, DepartmentId, Ticket
from servicedesk.domain.sla import DeadlineKind, Step, Target
from servicedesk.store.db import Conn, View, queries, views


async def put(
    conn: Conn,
    ticket: Ticket,
    *,
    kind: DeadlineKind,
    target: Target,
    source: str,
    started_at: datetime,
    due_at: datetime,
    next_step: Step | None,
    next_step_at: datetime | None,
    policy_id: int | None,
    round_: int = 0,
    department_id: DepartmentId | None = None,
) -> None:
    """A deadline of a ticket; a running one of the same kind and round is set anew."""
    await queries.put_deadline(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, round=round_, policy_id=policy_id,
        department_id=department_id, amount=target.amount, unit=target.unit, source=source, started_at=started_at,
        due_at=due_at, next_step=next_step, next_step_at=next_step_at,
    )  # fmt: skip


async def of_ticket(conn: Conn, ticket: Ticket) -> list[View]:
    """A ticket's deadlines."""
    return views(await queries.deadlines_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def meet(conn: Conn, ticket: Ticket, kind: DeadlineKind, *, now: datetime) -> None:
    """What was promised has happened."""
    await queries.meet_deadline(conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, now=now)


async def meet_round(conn: Conn, ticket: Ticket, kind: DeadlineKind, round_: int, *, now: datetime) -> None:
    """What was promised in this round has happened."""
    await queries.meet_round(conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, round=round_, now=now)


async def end_round(conn: Conn, ticket: Ticket, kind: DeadlineKind, round_: int, *, now: datetime) -> None:
    """Nobody waits for this round any more."""
    await queries.end_round(conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, round=round_, now=now)


async def end_kind(conn: Conn, ticket: Ticket, kind: DeadlineKind, *, now: datetime) -> None:
    """No deadline of this kind runs any more."""
    await queries.end_deadlines_of_kind(conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, now=now)


async def end_all(conn: Conn, ticket: Ticket, *, now: datetime) -> None:
    """The ticket ended otherwise; nothing is due any more."""
    await queries.end_deadlines(conn, account_id=ticket.account_id, ticket_id=ticket.id, now=now)


async def resume(
    conn: Conn, ticket: Ticket, deadline_id: int, *, next_step: Step | None, next_step_at: datetime | None
) -> None:
    """The original clock goes on."""
    await queries.resume_deadline(
        conn, account_id=ticket.account_id, deadline_id=deadline_id, next_step=next_step, next_step_at=next_step_at
    )


async def claim_steps(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int) -> list[View]:
    """Deadlines whose next step has come, locked for this transaction, the earliest first."""
    return views(await queries.claim_steps(conn, account_ids=account_ids, now=now, size=size))


async def take_steps(conn: Conn, rows: Sequence[Mapping[str, Any]]) -> set[tuple[int, int]]:
    """Record claimed steps and what follows each; those not recorded before, by account and deadline.

    The fields are those of the statement.
    """
    return {(row["account_id"], row["deadline_id"]) for row in await queries.take_steps(conn, rows=rows)}


async def recent_escalations(conn: Conn, account_id: AccountId, *, since: datetime) -> list[View]:
    """The newest steps, for the board."""
    return views(await queries.recent_escalations(conn, account_id=account_id, since=since))

"""The ladder: each step of a deadline is recorded once, when it falls due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.desk import OPEN
from servicedesk.domain.model import Account, AccountId, DepartmentId, Ticket, TicketId
from servicedesk.domain.sla import LADDER, DeadlineKind, Step, next_step
from servicedesk.domain.telling import roles_told
from servicedesk.store import accounts, deadlines, deliveries, supports, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import dating
from servicedesk.usecases.answering import wake_outbox

# Renders "your answer is late, and this is being done about it" from an account and facts.
Words = Callable[[Account, dict[str, str | None]], str]


async def take_steps(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int = 200, words: Words | None = None
) -> int:
    """Take every step that has fallen due, up to `size`, the earliest first; returns how many were claimed.

    Any number of workers may call it at once. Two statements for a batch, which also leave a notice to each person whom a
    step concerns; more only for clocks that ever paused and for answers that are late from now on: their citizens are told
    before they ask.
    """
    claimed = await deadlines.claim_steps(conn, account_ids, now=now, size=size)
    owners = await _owners(conn, {AccountId(row["account_id"]) for row in claimed})
    rows = [await _step(conn, row, *owners[row["account_id"]], now) for row in claimed]
    taken = await deadlines.take_steps(conn, rows) if rows else set()
    if words is not None:
        for row in rows:
            late = row["kind"] == DeadlineKind.RESOLUTION and row["step"] is Step.REMINDED
            if late and (row["account_id"], row["deadline_id"]) in taken:
                await _tell(conn, row, words, now)
    return len(claimed)


async def _tell(conn: Conn, row: Mapping[str, Any], words: Words, now: datetime) -> None:
    """Why, who, and by when a supervisor steps in: before the citizen asks."""
    account = await accounts.by_id(conn, AccountId(row["account_id"]))
    ticket = await tickets.by_id(conn, account.id, TicketId(row["ticket_id"]))
    if ticket.state not in OPEN or await deliveries.answer_under_way(conn, ticket):
        return
    departments = {each.id: each.name for each in await accounts.departments(conn, account.id)}
    following: datetime | None = row["following_at"]
    facts: dict[str, str | None] = {
        "number": ticket.number, "department": departments.get(ticket.department_id) if ticket.department_id else None,
        "why": await _why(conn, ticket),
        "supervised_on": following.astimezone(account.zone).date().isoformat() if following else None,
    }  # fmt: skip
    body = words(account, facts)
    await deliveries.owe(conn, ticket, purpose="notice", body=body, answer_id=None, by=None, now=now)
    await wake_outbox(conn)


async def _why(conn: Conn, ticket: Ticket) -> str:
    """What held it up, as far as the desk can tell: undecided, shares, returns, or work."""
    if ticket.department_id is None:
        return "undecided"
    if any(row["given_at"] is None and row["dropped_at"] is None for row in await supports.of_ticket(conn, ticket)):
        return "shares"
    return "returns" if ticket.returns else "work"


async def _owners(conn: Conn, account_ids: set[AccountId]) -> dict[AccountId, tuple[Account, Calendar]]:
    every = [await accounts.by_id(conn, each) for each in account_ids]
    return {account.id: (account, await accounts.calendar(conn, account)) for account in every}


def _following(account: Account, clock: Calendar, row: View, step: Step) -> tuple[Step | None, datetime | None]:
    """The step after this one. A calendar without working time still has its 催办 at the date, and must not stop the others."""
    try:
        return next_step(clock, row["started_at"], row["due_at"], step, account.after_breach)
    except NoWorkingTime:
        ahead = LADDER.index(step) < LADDER.index(Step.REMINDED)
        return (Step.REMINDED, row["due_at"]) if ahead else (None, None)


async def _step(conn: Conn, row: View, account: Account, calendar: Calendar, now: datetime) -> dict[str, Any]:
    clock = calendar
    if row["paused"]:
        ticket = await tickets.by_id(conn, AccountId(row["account_id"]), row["ticket_id"])
        clock = await dating.clock_of(conn, calendar, ticket, row)
    step = Step(row["next_step"])
    following, at = _following(account, clock, row, step)
    department_id: DepartmentId | None = row["department_id"]
    return {
        "account_id": row["account_id"], "deadline_id": row["deadline_id"], "ticket_id": row["ticket_id"],
        "department_id": department_id, "kind": row["kind"], "step": step, "taken_at": now, "due_at": row["due_at"],
        "following": following, "following_at": at, "roles": sorted(roles_told(step, department_id)),
        "webhook": account.has_webhook,
    }  # fmt: skip

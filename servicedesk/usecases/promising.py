"""What an answer promises by a day: found when it has reached the citizen, offered to the department as a dated task."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.calendar import NoWorkingTime
from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Actor, Event, Ticket
from servicedesk.domain.promises import find_promises
from servicedesk.domain.sla import DeadlineKind, due_at
from servicedesk.store import accounts, deadlines, promises, tickets
from servicedesk.store.db import Conn, View
from servicedesk.store.promises import Move
from servicedesk.usecases import dating
from servicedesk.usecases.finding import ticket_for

OUTCOME_LIMIT = 500
SOURCE = "promise"


async def find(conn: Conn, ticket: Ticket, body: str, *, now: datetime) -> None:
    """Offer every promise of an answer that has reached the citizen."""
    account = await accounts.by_id(conn, ticket.account_id)
    today = now.astimezone(account.zone).date()
    for promise in find_promises(body, today):
        try:
            due = due_at(await accounts.calendar(conn, account), now, promise.target)
        except NoWorkingTime:
            continue
        await promises.offer(conn, ticket, promise.words, due_at=due, now=now)


async def keep(conn: Conn, actor: Actor, number: str, promise_id: int, *, now: datetime) -> Ticket:
    """Make it a task with a clock that runs from the answer."""
    ticket, row = await _decided(conn, actor, number, Move(promise_id, "offered", "kept"), now=now)
    account = await accounts.by_id(conn, actor.account_id)
    today = row["found_at"].astimezone(account.zone).date()
    target = next(each.target for each in find_promises(row["words"], today))
    start = dating.Start(DeadlineKind.PROMISE, target, SOURCE, round=promise_id, department_id=row["department_id"])
    await dating.start(conn, account, ticket, start, now=row["found_at"])
    event = Event("promise_kept", {"words": row["words"], "due_at": row["due_at"].isoformat()})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    return ticket


async def dismiss(conn: Conn, actor: Actor, number: str, promise_id: int, *, now: datetime) -> Ticket:
    """It promises nothing that needs a date."""
    ticket, _ = await _decided(conn, actor, number, Move(promise_id, "offered", "dismissed"), now=now)
    return ticket


async def fulfil(conn: Conn, actor: Actor, number: str, promise_id: int, outcome: str, *, now: datetime) -> Ticket:
    """What was promised has been done, in words. Raises InvalidForm without them."""
    if not outcome.strip():
        raise InvalidForm("outcome", "missing")
    if len(outcome) > OUTCOME_LIMIT:
        raise InvalidForm("outcome", "too_long", limit=str(OUTCOME_LIMIT))
    ticket, row = await _decided(conn, actor, number, Move(promise_id, "kept", "done", outcome.strip()), now=now)
    await deadlines.meet_round(conn, ticket, DeadlineKind.PROMISE, promise_id, now=now)
    event = Event("promise_done", {"words": row["words"], "outcome": outcome.strip()})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    return ticket


async def _decided(conn: Conn, actor: Actor, number: str, move: Move, *, now: datetime) -> tuple[Ticket, View]:
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.KEEP_PROMISE, ticket)
    row = await promises.move(conn, ticket, move, actor.staff_id, now=now)
    if row is None:
        raise SomebodyWasFirst
    return ticket, row

"""接管 and 交回: a supervisor takes a ticket into their own hands, and gives it back to its department."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Actor, Event, State, Ticket
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, deadlines, deliveries, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating
from servicedesk.usecases.assigning import REASON_LIMIT
from servicedesk.usecases.finding import ticket_for


async def take_over(conn: Conn, actor: Actor, number: str, reason: str, *, now: datetime) -> Ticket:
    """The supervisor writes in the department's place, which keeps the ticket. Raises as _idle."""
    ticket = await _idle(conn, actor, number, Act.TAKE_OVER, reason)
    taken = await tickets.take_over(conn, ticket, actor.staff_id, now=now)
    if taken is not None and ticket.state is State.ASSIGNED:
        await deadlines.meet(conn, taken, DeadlineKind.ACCEPTANCE, now=now)
        await dating.start_update(conn, await accounts.by_id(conn, actor.account_id), taken, now=now)
        await tickets.set_due(conn, taken)
    return await _recorded(conn, actor, taken, Event("taken_over", {"reason": reason.strip()}), now)


async def hand_back(conn: Conn, actor: Actor, number: str, reason: str, *, now: datetime) -> Ticket:
    """The department has it again, and accepts it if it never had. Raises as _idle."""
    ticket = await _idle(conn, actor, number, Act.HAND_BACK, reason)
    back = await tickets.hand_back(conn, ticket, now=now)
    if back is not None and back.state is State.ASSIGNED:
        await dating.await_acceptance(conn, await accounts.by_id(conn, actor.account_id), back, now=now)
    return await _recorded(conn, actor, back, Event("handed_back", {"reason": reason.strip()}), now)


async def _idle(conn: Conn, actor: Actor, number: str, act: Act, reason: str) -> Ticket:
    """The ticket, while no answer is on its way. Raises InvalidForm without a reason, AnswerUnderWay, WrongState."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, act, ticket)
    if not reason.strip():
        raise InvalidForm("reason", "missing")
    if len(reason) > REASON_LIMIT:
        raise InvalidForm("reason", "too_long", limit=str(REASON_LIMIT))
    if await deliveries.answer_under_way(conn, ticket):
        raise AnswerUnderWay
    return ticket


async def _recorded(conn: Conn, actor: Actor, ticket: Ticket | None, event: Event, now: datetime) -> Ticket:
    if ticket is None:
        raise SomebodyWasFirst
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    return ticket

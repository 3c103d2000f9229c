"""派单, 签收 and 退单: giving a ticket to a department, and its taking or returning it."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Actor, Event, Role, State, Ticket
from servicedesk.store import accounts, clocks, deliveries, messages, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import pausing
from servicedesk.usecases.finding import ticket_for

REASON_LIMIT = 500
NOTE_LIMIT = 4000


async def assign(conn: Conn, actor: Actor, number: str, department_code: str, reason: str, *, now: datetime) -> Ticket:
    """Give the ticket to a department, or to another one; the citizen's clock runs on. Raises InvalidForm."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.ASSIGN, ticket)
    if await deliveries.answer_under_way(conn, ticket):
        raise AnswerUnderWay
    departments = {department.code: department for department in await accounts.departments(conn, actor.account_id)}
    if department_code not in departments:
        raise InvalidForm("department", "unknown")
    department = departments[department_code]
    assigned = await tickets.assign(conn, ticket, department.id, now=now)
    if assigned is None:
        raise SomebodyWasFirst
    await _with_nobody_waiting(conn, assigned, now)
    reason = reason.strip()[:REASON_LIMIT]
    await tickets.add_assignment(conn, assigned, department.id, by=actor.staff_id, reason=reason, now=now)
    event = Event("assigned", {"department": department.short_name, "reason": reason})
    await tickets.add_event(conn, assigned, event, now=now, staff_id=actor.staff_id)
    return assigned


async def accept(conn: Conn, actor: Actor, number: str, *, now: datetime) -> Ticket:
    """签收: the department takes the ticket."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.ACCEPT, ticket)
    accepted = await tickets.move(conn, ticket, State.ACCEPTED, now=now)
    if accepted is None:
        raise SomebodyWasFirst
    await tickets.accept_assignment(conn, accepted, actor.staff_id, now=now)
    await tickets.add_event(conn, accepted, Event("accepted"), now=now, staff_id=actor.staff_id)
    return accepted


async def give_back(conn: Conn, actor: Actor, number: str, reason: str, *, now: datetime) -> Ticket:
    """退单: the department says why it is not its matter, and a dispatcher decides. Raises InvalidForm without a reason."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.RETURN, ticket)
    reason = reason.strip()
    if not reason:
        raise InvalidForm("reason", "missing")
    if len(reason) > REASON_LIMIT:
        raise InvalidForm("reason", "too_long", limit=str(REASON_LIMIT))
    returned = await tickets.give_back(conn, ticket, now=now)
    if returned is None:
        raise SomebodyWasFirst
    await _with_nobody_waiting(conn, returned, now)
    await tickets.return_assignment(conn, returned, actor.staff_id, reason=reason, now=now)
    await tickets.add_event(conn, returned, Event("returned", {"reason": reason}), now=now, staff_id=actor.staff_id)
    return returned


async def _with_nobody_waiting(conn: Conn, ticket: Ticket, now: datetime) -> None:
    """Who waited for the citizen, or asked for more time, has the ticket no longer."""
    await clocks.drop_asked(conn, ticket)
    await pausing.resumed(conn, await accounts.by_id(conn, ticket.account_id), ticket, "end", now=now)


async def note(conn: Conn, actor: Actor, number: str, body: str, *, now: datetime) -> None:
    """A note that only staff see; a supervisor's is an instruction (批示). Raises InvalidForm: empty, or too long."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.NOTE, ticket)
    if not body.strip():
        raise InvalidForm("note", "missing")
    if len(body) > NOTE_LIMIT:
        raise InvalidForm("note", "too_long", limit=str(NOTE_LIMIT))
    instruction = actor.role is Role.SUPERVISOR
    await messages.add_note(conn, ticket, actor.staff_id, body.strip(), instruction=instruction, now=now)
    if instruction:
        await tickets.add_event(conn, ticket, Event("commented"), now=now, staff_id=actor.staff_id)

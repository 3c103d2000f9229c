"""派单, 签收 and 退单: giving a ticket to a department, and its taking or returning it."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AnswerUnderWay, Designated, InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Actor, Duty, Event, Kind, Priority, Role, State, Ticket
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, clocks, deadlines, deliveries, messages, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating, pausing
from servicedesk.usecases.finding import ticket_for

REASON_LIMIT = 500
RETURNS_MOST = 2  # after so many a dispatcher designates, and it cannot be returned again
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
    designated = ticket.returns >= RETURNS_MOST
    assigned = await tickets.assign(conn, ticket, department.id, now=now, designated=designated)
    if assigned is None:
        raise SomebodyWasFirst
    await _out_of_hand(conn, assigned, now)
    reason = reason.strip()[:REASON_LIMIT]
    await tickets.add_assignment(
        conn, assigned, department.id, by=actor.staff_id, reason=reason, now=now, designated=designated
    )
    event = Event("assigned", {"department": department.short_name, "reason": reason, "designated": designated})
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
    await deadlines.meet(conn, accepted, DeadlineKind.ACCEPTANCE, now=now)
    await dating.start_update(conn, await accounts.by_id(conn, actor.account_id), accepted, now=now)
    await tickets.set_due(conn, accepted)
    await tickets.add_event(conn, accepted, Event("accepted"), now=now, staff_id=actor.staff_id)
    return accepted


async def give_back(conn: Conn, actor: Actor, number: str, clause: str, reason: str, *, now: datetime) -> Ticket:
    """退单: the department cites the clause of its duty list that ends where this matter begins, and a dispatcher decides.

    Raises InvalidForm without a reason or a clause of its own, Designated where it was returned twice and then decided.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.RETURN, ticket)
    if ticket.designated:
        raise Designated
    reason = reason.strip()
    cited = await _own_clause(conn, actor, clause)
    if not reason:
        raise InvalidForm("reason", "missing")
    if len(reason) > REASON_LIMIT:
        raise InvalidForm("reason", "too_long", limit=str(REASON_LIMIT))
    returned = await tickets.give_back(conn, ticket, now=now)
    if returned is None:
        raise SomebodyWasFirst
    await _out_of_hand(conn, returned, now)
    await tickets.return_assignment(conn, returned, actor.staff_id, clause=cited.clause, reason=reason, now=now)
    event = Event("returned", {"clause": cited.clause, "title": cited.title, "reason": reason})
    await tickets.add_event(conn, returned, event, now=now, staff_id=actor.staff_id)
    return returned


async def reclassify(conn: Conn, actor: Actor, number: str, kind: str, priority: str, *, now: datetime) -> Ticket:
    """Another kind or priority: the dates are set anew, from the citizen's first word. Raises InvalidForm."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.RECLASSIFY, ticket)
    if kind not in set(Kind):
        raise InvalidForm("kind", "unknown")
    if priority not in set(Priority):
        raise InvalidForm("priority", "unknown")
    changed = await tickets.reclassify(conn, ticket, Kind(kind), Priority(priority), now=now)
    account = await accounts.by_id(conn, actor.account_id)
    await dating.promise(conn, account, changed)
    due = await dating.recount(conn, account, changed, now=now)
    event = Event("reclassified", {"kind": kind, "priority": priority, "due_at": due.isoformat()})
    await tickets.add_event(conn, changed, event, now=now, staff_id=actor.staff_id)
    return changed


async def _own_clause(conn: Conn, actor: Actor, clause: str) -> Duty:
    for department in await accounts.departments(conn, actor.account_id):
        for duty in department.duties:
            if department.id == actor.department_id and str(duty.clause) == clause.strip():
                return duty
    raise InvalidForm("clause", "unknown")


async def _out_of_hand(conn: Conn, ticket: Ticket, now: datetime) -> None:
    """Who waited for the citizen, or asked for more time, has the ticket no longer; the clock of 签收 goes on."""
    account = await accounts.by_id(conn, ticket.account_id)
    await clocks.drop_asked(conn, ticket)
    await pausing.resumed(conn, account, ticket, "end", now=now)
    await dating.await_acceptance(conn, account, ticket, now=now)


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
    await tickets.add_event(conn, ticket, Event("commented" if instruction else "noted"), now=now, staff_id=actor.staff_id)

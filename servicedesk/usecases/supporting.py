"""协办: other departments give their share to the one in the lead, inside the citizen's clock; the answer is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import InvalidForm, NotFound, SomebodyWasFirst
from servicedesk.domain.model import Actor, Department, Event, Ticket
from servicedesk.domain.sla import DeadlineKind, Target, Unit, due_at
from servicedesk.store import accounts, deadlines, supports, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating
from servicedesk.usecases.finding import ticket_for

QUESTION_LIMIT = 1000
SHARE_LIMIT = 4000
DAYS_MOST = 30
SOURCE = "support"


@dataclass(frozen=True)
class Request:
    """What is asked of whom, and within how many working days; as it was typed."""

    department: str
    question: str
    days: str


async def ask(conn: Conn, actor: Actor, number: str, request: Request, *, now: datetime) -> Ticket:
    """Ask a department for its share within so many working days, which must end before the answer is due.

    Raises InvalidForm.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.ASK_SUPPORT, ticket)
    department, question = await _other(conn, ticket, request.department), request.question
    if not question.strip():
        raise InvalidForm("question_asked", "missing")
    if len(question) > QUESTION_LIMIT:
        raise InvalidForm("question_asked", "too_long", limit=str(QUESTION_LIMIT))
    account, target = await accounts.by_id(conn, actor.account_id), _target(request.days)
    due = due_at(await accounts.calendar(conn, account), now, target)
    if due > await dating.answer_due(conn, ticket):
        raise InvalidForm("days", "after_the_answer")
    support_id = await supports.add(conn, ticket, department.id, question.strip(), actor.staff_id, due_at=due, now=now)
    if support_id is None:
        raise InvalidForm("department", "asked_already")
    await tickets.set_supporters(conn, ticket, sorted({*ticket.supporters, department.id}))
    start = dating.Start(DeadlineKind.SUPPORT, target, SOURCE, round=support_id, department_id=department.id)
    await dating.start(conn, account, ticket, start, now=now)
    event = Event("support_asked", {"department": department.short_name, "question": question.strip()})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    return ticket


async def give(conn: Conn, actor: Actor, number: str, body: str, *, now: datetime) -> Ticket:
    """The share of the actor's department. Raises InvalidForm, SomebodyWasFirst where none is asked for any more."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.GIVE_SUPPORT, ticket)
    if not body.strip():
        raise InvalidForm("share", "missing")
    if len(body) > SHARE_LIMIT:
        raise InvalidForm("share", "too_long", limit=str(SHARE_LIMIT))
    if actor.department_id is None:
        raise NotFound
    given = await supports.give(conn, ticket, actor.department_id, body.strip(), actor.staff_id, now=now)
    if given is None:
        raise SomebodyWasFirst
    await deadlines.meet_round(conn, ticket, DeadlineKind.SUPPORT, given["support_id"], now=now)
    await tickets.set_due(conn, ticket)
    await tickets.add_event(conn, ticket, Event("support_given"), now=now, staff_id=actor.staff_id)
    return ticket


async def drop(conn: Conn, actor: Actor, number: str, support_id: int, *, now: datetime) -> Ticket:
    """The share is not wanted any more."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.DROP_SUPPORT, ticket)
    if await supports.drop(conn, ticket, support_id, now=now) is None:
        raise SomebodyWasFirst
    await deadlines.end_round(conn, ticket, DeadlineKind.SUPPORT, support_id, now=now)
    await tickets.set_due(conn, ticket)
    await tickets.add_event(conn, ticket, Event("support_dropped"), now=now, staff_id=actor.staff_id)
    return ticket


async def drop_open(conn: Conn, ticket: Ticket, *, now: datetime) -> None:
    """The ticket ended: nobody waits for a share any more."""
    await supports.drop_all(conn, ticket, now=now)
    await deadlines.end_kind(conn, ticket, DeadlineKind.SUPPORT, now=now)


async def _other(conn: Conn, ticket: Ticket, code: str) -> Department:
    for department in await accounts.departments(conn, ticket.account_id):
        if department.code == code and department.id != ticket.department_id:
            return department
    raise InvalidForm("department", "unknown")


def _target(days: str) -> Target:
    value = days.strip()
    if not (value.isascii() and value.isdecimal() and len(value) < 4 and 1 <= int(value) <= DAYS_MOST):
        raise InvalidForm("days", "out_of_range", least="1", most=str(DAYS_MOST))
    return Target(int(value), Unit.WORKING_DAYS)

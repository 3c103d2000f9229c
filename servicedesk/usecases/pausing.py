"""Waiting for the citizen: the answer's clock stands still, bounded, and the citizen knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from servicedesk.domain.calendar import NoWorkingTime
from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, PausedAlready, PausedTooOften
from servicedesk.domain.ledger import calendar_time
from servicedesk.domain.model import Account, AccountId, Actor, Event, Ticket
from servicedesk.domain.sla import Target, Unit, due_at
from servicedesk.store import accounts, citizens, clocks, deliveries, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating
from servicedesk.usecases.answering import wake_outbox
from servicedesk.usecases.finding import ticket_for

QUESTION_LIMIT = 1000
_AT_ONCE = 50
# Renders "we wait for you until DATE" or "we go on" from an account and facts.
Words = Callable[[Account, dict[str, str]], str]


async def pause(conn: Conn, actor: Actor, number: str, question: str, words: Words, *, now: datetime) -> Ticket:
    """Ask the citizen something; until they write, or the bound, the answer's clock stands still.

    Raises InvalidForm, AnswerUnderWay, PausedAlready, PausedTooOften.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.PAUSE, ticket)
    if not question.strip():
        raise InvalidForm("question_asked", "missing")
    if len(question) > QUESTION_LIMIT:
        raise InvalidForm("question_asked", "too_long", limit=str(QUESTION_LIMIT))
    if await deliveries.answer_under_way(conn, ticket):
        raise AnswerUnderWay
    account = await accounts.by_id(conn, actor.account_id)
    days, most = await clocks.pause_settings(conn, account.id)
    if len(await clocks.pauses_of(conn, ticket)) >= most:
        raise PausedTooOften
    ends_by = await _bound(conn, account, days, now)
    if not await clocks.add_pause(conn, ticket, question.strip(), actor.staff_id, ends_by=ends_by, now=now):
        raise PausedAlready
    facts = {"question": question.strip(), "number": ticket.number, "until": _day(account, ends_by)}
    await deliveries.owe(conn, ticket, purpose="reply", body=words(account, facts), answer_id=None, by=actor.staff_id, now=now)
    due = await dating.recount(conn, account, ticket, now=now)
    event = Event("paused", {"until": ends_by.isoformat(), "due_at": due.isoformat()})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    await wake_outbox(conn)
    return ticket


async def go_on(conn: Conn, actor: Actor, number: str, *, now: datetime) -> Ticket:
    """The department does not need to wait any longer."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.PAUSE, ticket)
    await resumed(conn, await accounts.by_id(conn, actor.account_id), ticket, "staff", now=now, by=actor)
    return ticket


async def resumed(
    conn: Conn, account: Account, ticket: Ticket, resumed_by: str, *, now: datetime, by: Actor | None = None
) -> bool:
    """The clock goes on; False where it ran. resumed_by: citizen, bound, staff, or end."""
    if not await clocks.end_pause(conn, ticket, resumed_by, now=now):
        return False
    due = await dating.recount(conn, account, ticket, now=now)
    event = Event("resumed", {"by": resumed_by, "due_at": due.isoformat()})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=None if by is None else by.staff_id)
    return True


async def end_bounded(conn: Conn, account_ids: Sequence[AccountId], words: Words, *, now: datetime) -> int:
    """Pauses that have lasted as long as they may: the clock goes on and the citizen is told; how many."""
    found = await clocks.at_their_bound(conn, account_ids, now=now, size=_AT_ONCE)
    for account_id, ticket_id, citizen_id in found:
        await citizens.lock(conn, account_id, citizen_id)
        ticket, account = await tickets.lock(conn, account_id, ticket_id), await accounts.by_id(conn, account_id)
        if await resumed(conn, account, ticket, "bound", now=now):
            facts = {"number": ticket.number, "until": _day(account, await dating.answer_due(conn, ticket))}
            body = words(account, facts)
            await deliveries.owe(conn, ticket, purpose="notice", body=body, answer_id=None, by=None, now=now)
    if found:
        await wake_outbox(conn)
    return len(found)


async def _bound(conn: Conn, account: Account, days: int, now: datetime) -> datetime:
    target = Target(days, Unit.WORKING_DAYS)
    try:
        return due_at(await accounts.calendar(conn, account), now, target)
    except NoWorkingTime:
        return now + calendar_time(target)


def _day(account: Account, at: datetime) -> str:
    return at.astimezone(account.zone).date().isoformat()

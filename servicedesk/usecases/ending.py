"""How a ticket ends other than by its answer, and how it begins again."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Account, AccountId, Actor, Event, Ticket, TicketId
from servicedesk.domain.routing import NotOurs
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, clocks, deadlines, deliveries, notices, routing, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating, merging, pausing, supporting
from servicedesk.usecases.answering import wake_outbox
from servicedesk.usecases.finding import ticket_for

WORDS_LIMIT = 600


async def withdraw(conn: Conn, actor: Actor, number: str, reason: str, *, now: datetime) -> Ticket:
    """Record that the citizen took the inquiry back, in words. Raises InvalidForm without them."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.WITHDRAW, ticket)
    if not reason.strip():
        raise InvalidForm("reason", "missing")
    account = await accounts.by_id(conn, actor.account_id)
    return await _withdraw(conn, account, ticket, reason.strip(), now=now, by=actor)


async def withdrawn_by_citizen(conn: Conn, account: Account, ticket: Ticket, words: str, *, now: datetime) -> Ticket:
    """The citizen's own word ends the ticket."""
    return await _withdraw(conn, account, ticket, words.strip(), now=now, by=None)


async def decline(conn: Conn, actor: Actor, number: str, sort: str, words: str, *, greeting: str, now: datetime) -> Ticket:
    """不予受理: end what is no matter of this government, and tell the citizen why; the router learns from it.

    What belongs elsewhere needs words of the dispatcher's; a greeting without any gets `greeting`; an advertisement gets
    no word. Raises InvalidForm.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.DECLINE, ticket)
    if sort not in set(NotOurs):
        raise InvalidForm("not_ours", "unknown")
    said = words.strip() or (greeting if sort == NotOurs.GREETING else "")
    if sort == NotOurs.ELSEWHERE and not said:
        raise InvalidForm("words", "missing")
    if len(said) > WORDS_LIMIT:
        raise InvalidForm("words", "too_long", limit=str(WORDS_LIMIT))
    if await deliveries.answer_under_way(conn, ticket):
        raise AnswerUnderWay
    declined = await routing.take_as_not_ours(conn, ticket, NotOurs(sort), said or sort, now=now)
    if declined is None:
        raise SomebodyWasFirst
    await _end(conn, await accounts.by_id(conn, actor.account_id), declined, now=now)
    await tickets.add_event(conn, declined, Event("declined", {"sort": sort, "words": said}), now=now, staff_id=actor.staff_id)
    if said and sort != NotOurs.SPAM:
        await deliveries.owe(conn, declined, purpose="reply", body=said, answer_id=None, by=actor.staff_id, now=now)
        await wake_outbox(conn)
    return declined


async def close(conn: Conn, actor: Actor, number: str, *, now: datetime) -> Ticket:
    """End an answered ticket by hand."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.CLOSE, ticket)
    closed = await tickets.close(conn, ticket, now=now)
    if closed is None:
        raise SomebodyWasFirst
    await tickets.add_event(conn, closed, Event("closed"), now=now, staff_id=actor.staff_id)
    return closed


async def close_silent(conn: Conn, account_ids: list[AccountId], *, now: datetime) -> int:
    """End answered tickets whose citizen has said nothing for the account's number of days; returns how many."""
    count = 0
    for account_id, ticket_id in await tickets.to_close(conn, account_ids, now=now):
        closed = await _close_one(conn, account_id, ticket_id, now)
        count += closed
    return count


async def reopen(conn: Conn, actor: Actor, number: str, reason: str, *, now: datetime) -> Ticket:
    """The answer did not solve it: the original clock goes on. Raises InvalidForm without a reason."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.REOPEN, ticket)
    if not reason.strip():
        raise InvalidForm("reason", "missing")
    account = await accounts.by_id(conn, actor.account_id)
    return await _reopen(conn, account, ticket, {"reason": reason.strip()}, now=now, by=actor)


async def reopened_by_citizen(conn: Conn, account: Account, ticket: Ticket, *, now: datetime) -> Ticket:
    """The citizen says 未解决: the original clock goes on."""
    return await _reopen(conn, account, ticket, {"by_citizen": True}, now=now, by=None)


async def resolution_due(conn: Conn, account: Account, ticket: Ticket) -> str:
    """The day an answer is promised by, in the account's zone, ISO."""
    rows = await deadlines.of_ticket(conn, ticket)
    due: datetime = next(row["due_at"] for row in rows if row["kind"] == DeadlineKind.RESOLUTION)
    return due.astimezone(account.zone).date().isoformat()


async def _withdraw(conn: Conn, account: Account, ticket: Ticket, words: str, *, now: datetime, by: Actor | None) -> Ticket:
    withdrawn = await tickets.withdraw(conn, ticket, words, now=now)
    if withdrawn is None:
        raise SomebodyWasFirst
    await _end(conn, account, withdrawn, now=now)
    event = Event("withdrawn", {"words": words, "by_citizen": by is None})
    await tickets.add_event(conn, withdrawn, event, now=now, staff_id=None if by is None else by.staff_id)
    return withdrawn


async def _end(conn: Conn, account: Account, ended: Ticket, *, now: datetime) -> None:
    """Nothing runs or is asked any more; of others who waited for the answer, the first goes on in its place."""
    await pausing.resumed(conn, account, ended, "end", now=now)
    await clocks.drop_asked(conn, ended)
    await supporting.drop_open(conn, ended, now=now)
    await deadlines.end_all(conn, ended, now=now)
    await merging.release(conn, account, ended, now=now)


async def _reopen(
    conn: Conn, account: Account, ticket: Ticket, facts: dict[str, object], *, now: datetime, by: Actor | None
) -> Ticket:
    reopened = await tickets.reopen(conn, ticket, by_citizen=by is None, now=now)
    if reopened is None:
        raise SomebodyWasFirst
    await dating.resume(conn, account, reopened, now=now)
    if by is None:
        await notices.add_unsolved(conn, reopened, now=now)
    await tickets.add_event(conn, reopened, Event("reopened", facts), now=now, staff_id=None if by is None else by.staff_id)
    return await tickets.by_id(conn, ticket.account_id, ticket.id)


async def _close_one(conn: Conn, account_id: AccountId, ticket_id: TicketId, now: datetime) -> bool:
    closed = await tickets.close(conn, await tickets.by_id(conn, account_id, ticket_id), now=now)
    if closed is not None:
        await tickets.add_event(conn, closed, Event("closed", {"silent": True}), now=now)
    return closed is not None

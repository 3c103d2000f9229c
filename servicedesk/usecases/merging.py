"""Inquiries that say the same: merged into one ticket, answered together, each citizen in a delivery of their own."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.desk import OPEN, Act, check
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Account, Actor, Event, State, Ticket, TicketId
from servicedesk.store import accounts, clocks, deadlines, deliveries, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import dating, pausing, supporting
from servicedesk.usecases.finding import ticket_seen


async def merge(conn: Conn, actor: Actor, number: str, into_number: str, *, now: datetime) -> Ticket:
    """End a ticket that says the same as another open one, which takes over all who wait for the first.

    A target that was merged itself stands for the one it was merged into. Raises InvalidForm, AnswerUnderWay.
    """
    ticket, into = await _both(conn, actor, number, into_number)
    check(actor, Act.MERGE, ticket)
    if into.id == ticket.id:
        raise InvalidForm("into", "unknown")
    if into.state not in OPEN:
        raise InvalidForm("into", "not_open")
    if await deliveries.answer_under_way(conn, into) or await deliveries.answer_under_way(conn, ticket):
        raise AnswerUnderWay
    return await _join(conn, await accounts.by_id(conn, actor.account_id), ticket, into, by=actor, now=now)


async def me_too(conn: Conn, account: Account, ticket: Ticket, into_id: TicketId, *, now: datetime) -> Ticket | None:
    """The citizen waits for one answer with others who ask the same; the ticket they wait for, or None where it is too late."""
    into_id = await _end_of_chain(conn, await tickets.by_id(conn, account.id, into_id))
    locked = {each: await tickets.lock(conn, account.id, each) for each in sorted({ticket.id, into_id})}
    ticket, into = locked[ticket.id], locked[into_id]
    if ticket.id == into.id or ticket.state not in OPEN or into.state not in OPEN:
        return None
    if await deliveries.answer_under_way(conn, into) or await deliveries.answer_under_way(conn, ticket):
        return None
    await _join(conn, account, ticket, into, by=None, now=now)
    return into


async def _join(conn: Conn, account: Account, ticket: Ticket, into: Ticket, *, by: Actor | None, now: datetime) -> Ticket:
    staff_id = None if by is None else by.staff_id
    for waiting in await tickets.merged_into(conn, ticket):
        await tickets.move_merged(conn, waiting, into, now=now)
        await tickets.add_event(conn, waiting, Event("merged", {"into": into.number}), now=now, staff_id=staff_id)
    merged = await tickets.merge(conn, ticket, into, now=now)
    if merged is None:
        raise SomebodyWasFirst
    await pausing.resumed(conn, account, merged, "end", now=now)
    await clocks.drop_asked(conn, merged)
    await supporting.drop_open(conn, merged, now=now)
    await deadlines.end_all(conn, merged, now=now)
    facts = {"into": into.number, "by_citizen": by is None}
    await tickets.add_event(conn, merged, Event("merged", facts), now=now, staff_id=staff_id)
    await tickets.add_event(conn, into, Event("took_in", {"from": merged.number}), now=now, staff_id=staff_id)
    return merged


async def release(conn: Conn, account: Account, withdrawn: Ticket, *, now: datetime) -> Ticket | None:
    """A ticket was withdrawn while other citizens wait for its answer: the first of theirs goes on in its place.

    It opens again at the department that had the matter, its own clock running from its own first word, and the others
    wait for it. Returns it, or None where nobody else waits.
    """
    others = [each for each in await tickets.merged_into(conn, withdrawn) if each.citizen_id != withdrawn.citizen_id]
    if not others:
        return None
    first = await tickets.lock(conn, account.id, others[0].id)
    heir = await tickets.unmerge(conn, first, withdrawn.department_id, now=now)
    if heir is None:
        raise SomebodyWasFirst
    await dating.resume_all(conn, account, heir, now=now)
    await tickets.add_event(conn, heir, Event("unmerged", {"from": withdrawn.number}), now=now)
    if heir.state is State.ASSIGNED and heir.department_id is not None:
        await tickets.add_assignment(conn, heir, heir.department_id, by=None, reason="unmerged", now=now)
    for each in others[1:]:
        await tickets.move_merged(conn, each, heir, now=now)
        await tickets.add_event(conn, each, Event("merged", {"into": heir.number}), now=now)
    return heir


async def _both(conn: Conn, actor: Actor, number: str, into_number: str) -> tuple[Ticket, Ticket]:
    """Both tickets locked, the lower id first, so that two people merging the same pair take turns."""
    ticket = await ticket_seen(conn, actor, number)
    into = await tickets.by_number(conn, actor.account_id, into_number.strip())
    if into is None:
        raise InvalidForm("into", "unknown")
    into_id = await _end_of_chain(conn, into)
    locked = {each: await tickets.lock(conn, actor.account_id, each) for each in sorted({ticket.id, into_id})}
    if locked[into_id].state is State.MERGED:
        raise SomebodyWasFirst
    return locked[ticket.id], locked[into_id]


async def _end_of_chain(conn: Conn, ticket: Ticket) -> TicketId:
    while ticket.merged_into_id is not None:
        ticket = await tickets.by_id(conn, ticket.account_id, TicketId(ticket.merged_into_id))
    return ticket.id

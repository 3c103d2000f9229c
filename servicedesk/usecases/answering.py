"""Writing to the citizen: drafts, interim replies and answers. What is written is owed; the outbox sends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, SomebodyWasFirst
from servicedesk.domain.model import Actor, DeliveryId, Event, State, Ticket
from servicedesk.store import answers, deliveries, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases.finding import ticket_for

ANSWER_LIMIT = 5000
OWED = "owed"  # the channel of NOTIFY that wakes the outbox


async def draft(conn: Conn, actor: Actor, number: str, body: str, *, now: datetime) -> Ticket:
    """Keep the text being written; the ticket is now being answered. Raises AnswerUnderWay, InvalidForm."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.DRAFT, ticket)
    await _check(conn, ticket, body, empty_allowed=True)
    await answers.put_draft(conn, ticket, body, actor.staff_id, now=now)
    return await _begin(conn, actor, ticket, now)


async def reply(conn: Conn, actor: Actor, number: str, body: str, *, now: datetime) -> Ticket:
    """An interim word by a person (阶段性回复): it meets the first-reply deadline once it has arrived, and nothing else."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.REPLY, ticket)
    await _check(conn, ticket, body)
    owed = await deliveries.owe(conn, ticket, purpose="reply", body=body.strip(), answer_id=None, by=actor.staff_id, now=now)
    await _attach(conn, ticket, [owed])
    await tickets.add_event(conn, ticket, Event("reply_owed"), now=now, staff_id=actor.staff_id)
    await wake_outbox(conn)
    return ticket


async def answer(conn: Conn, actor: Actor, number: str, body: str, *, now: datetime) -> Ticket:
    """The answer: owed now; the ticket is answered only when the channel has accepted it (delivery.accepted)."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.ANSWER, ticket)
    await _check(conn, ticket, body)
    ticket = await _begin(conn, actor, ticket, now)
    answer_id = await answers.add_answer(conn, ticket, body.strip(), actor.staff_id, now=now)
    owed = [
        await deliveries.owe(conn, asked, purpose="answer", body=body.strip(), answer_id=answer_id, by=actor.staff_id, now=now)
        for asked in await _askers(conn, ticket)
    ]
    await _attach(conn, ticket, owed)
    await answers.drop_draft(conn, ticket)
    await tickets.add_event(conn, ticket, Event("answer_owed"), now=now, staff_id=actor.staff_id)
    await wake_outbox(conn)
    return ticket


async def _check(conn: Conn, ticket: Ticket, body: str, *, empty_allowed: bool = False) -> None:
    if not body.strip() and not empty_allowed:
        raise InvalidForm("body", "missing")
    if len(body) > ANSWER_LIMIT:
        raise InvalidForm("body", "too_long", limit=str(ANSWER_LIMIT))
    if await deliveries.answer_under_way(conn, ticket):
        raise AnswerUnderWay


async def _askers(conn: Conn, ticket: Ticket) -> list[Ticket]:
    """The ticket and those merged into it whose citizens are others: each of them is owed the answer."""
    merged = await tickets.merged_into(conn, ticket)
    others = {each.citizen_id: each for each in merged if each.citizen_id != ticket.citizen_id}
    return [ticket, *others.values()]


async def _attach(conn: Conn, ticket: Ticket, owed: Sequence[DeliveryId]) -> None:
    """The files that were waiting go with it, to each who is owed it."""
    files = [row["attachment_id"] for row in await answers.waiting_attachments(conn, ticket)]
    for each in owed if files else ():
        await answers.send_with(conn, ticket.account_id, each, files)


async def _begin(conn: Conn, actor: Actor, ticket: Ticket, now: datetime) -> Ticket:
    if ticket.state is State.ANSWERING:
        return ticket
    begun = await tickets.move(conn, ticket, State.ANSWERING, now=now)
    if begun is None:
        raise SomebodyWasFirst
    await tickets.add_event(conn, begun, Event("answering"), now=now, staff_id=actor.staff_id)
    return begun


async def wake_outbox(conn: Conn) -> None:
    """Only a nudge: polling is what guarantees."""
    await conn.execute("SELECT pg_notify($1, '')", OWED)

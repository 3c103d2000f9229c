"""What a person does about a delivery that did not arrive: send it again, choose another way, call by phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import Act, check, scope
from servicedesk.domain.errors import AnswerUnderWay, InvalidForm, NotFound, WrongState
from servicedesk.domain.model import Actor, DeliveryId, Event, State, Ticket
from servicedesk.domain.sending import NOTICES, Rung
from servicedesk.store import citizens, deliveries, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import delivery
from servicedesk.usecases.answering import wake_outbox
from servicedesk.usecases.finding import ticket_seen

LATE = timedelta(minutes=2)  # what is owed for longer is worth a look
WORDS_LIMIT = 500
PAGE = 50
# What a person may choose, in the order of the ladder.
CHOICES = (Rung.CUSTOMER_MESSAGE, *NOTICES, Rung.PASSIVE_REPLY)


@dataclass(frozen=True)
class Stuck:
    """What did not arrive at the first try, how much of each state there is, and the key of the next page."""

    rows: list[View]
    counts: dict[str, int]
    next_key: int | None


async def stuck(conn: Conn, actor: Actor, *, after: int, now: datetime) -> Stuck:
    """The page of what is owed, oldest first; staff see their department's. Raises NotPermitted."""
    check_page(actor, Page.OWED)
    late = now - LATE
    rows = await deliveries.stuck(conn, actor.account_id, scope(actor), late=late, after=after, size=PAGE + 1)
    counts = await deliveries.stuck_counts(conn, actor.account_id, scope(actor), late=late)
    return Stuck(rows[:PAGE], counts, rows[PAGE - 1]["delivery_id"] if len(rows) > PAGE else None)


async def put_on_rung(
    conn: Conn, actor: Actor, number: str, delivery_id: int, rung: str, *, now: datetime, wall: datetime
) -> Ticket:
    """Try it by this rung, and by those below if it refuses; the passive reply: hold it. Raises InvalidForm."""
    if rung not in CHOICES:
        raise InvalidForm("rung", "unknown")
    ticket, found = await _found(conn, actor, number, delivery_id, wall)
    chosen = Rung(rung)
    held = chosen is Rung.PASSIVE_REPLY
    await deliveries.put_on_rung(
        conn, ticket.account_id, DeliveryId(found["delivery_id"]), state="held" if held else "owed", rung=chosen,
        tried=CHOICES[: CHOICES.index(chosen)], next_try_at=None if held else now,
    )  # fmt: skip
    await tickets.add_event(conn, ticket, Event("rung_chosen", {"rung": rung}), now=now, staff_id=actor.staff_id)
    await wake_outbox(conn)
    return ticket


async def resend(conn: Conn, actor: Actor, number: str, delivery_id: int, *, now: datetime, wall: datetime) -> Ticket:
    """From the top of the ladder. Raises NotFound, AnswerUnderWay, WrongState."""
    ticket, found = await _found(conn, actor, number, delivery_id, wall)
    await deliveries.put_on_rung(
        conn, ticket.account_id, DeliveryId(found["delivery_id"]), state="owed", rung=Rung.CUSTOMER_MESSAGE, tried=(),
        next_try_at=now,
    )  # fmt: skip
    await tickets.add_event(conn, ticket, Event("sent_again"), now=now, staff_id=actor.staff_id)
    await wake_outbox(conn)
    return ticket


async def record_call(
    conn: Conn, actor: Actor, number: str, delivery_id: int, words: str, *, reached: bool, now: datetime, wall: datetime
) -> Ticket:
    """A call by phone. Reached, the citizen has the answer; not reached, it stays owed as it was. Raises InvalidForm."""
    if not words.strip():
        raise InvalidForm("words", "missing")
    if len(words) > WORDS_LIMIT:
        raise InvalidForm("words", "too_long", limit=str(WORDS_LIMIT))
    ticket, found = await _found(conn, actor, number, delivery_id, wall)
    which = DeliveryId(found["delivery_id"])
    call = delivery.PhoneCall(actor.staff_id, words.strip())
    if reached:
        if found["state"] == "failed":
            await deliveries.put_on_rung(
                conn, ticket.account_id, which, state="held", rung=Rung.PHONE_CALL, tried=(), next_try_at=None
            )
        await delivery.accepted(conn, ticket.account_id, which, rung=Rung.PHONE_CALL, now=now, call=call)
    else:
        await deliveries.add_attempt(
            conn, ticket.account_id, which, rung=Rung.PHONE_CALL, outcome="refused", errcode=None, now=now,
            staff_id=call.by, words=call.words,
        )  # fmt: skip
    facts = {"reached": reached, "words": call.words}
    await tickets.add_event(conn, ticket, Event("called", facts), now=now, staff_id=actor.staff_id)
    return ticket


async def _found(conn: Conn, actor: Actor, number: str, delivery_id: int, wall: datetime) -> tuple[Ticket, View]:
    """The delivery, and that another try makes sense: an answer that failed is given only while no other took its place."""
    seen = await ticket_seen(conn, actor, number)
    check(actor, Act.RESEND, seen)
    citizen_id = await deliveries.citizen_of(conn, actor.account_id, DeliveryId(delivery_id))
    if citizen_id is None:
        raise NotFound
    await citizens.lock(conn, actor.account_id, citizen_id)
    found = await deliveries.lock_stuck(conn, seen, delivery_id, wall=wall)
    if found is None:
        raise NotFound
    ticket = await tickets.lock(conn, actor.account_id, seen.id)
    check(actor, Act.RESEND, ticket)
    if found["state"] == "failed" and found["ticket_id"] == ticket.id and found["purpose"] == "answer":
        if ticket.state is not State.ANSWERING:
            raise WrongState
        if await deliveries.answer_under_way(conn, ticket):
            raise AnswerUnderWay
    return ticket, found


def rungs_to_choose(templates: Sequence[str]) -> tuple[Rung, ...]:
    """What the page offers an account: notices only where it has named a template."""
    return tuple(rung for rung in CHOICES if rung not in NOTICES or rung in templates)

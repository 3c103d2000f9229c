"""More time for an answer: asked with a reason and decided by a supervisor, or given unasked; told to the citizen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AskedAlready, InvalidForm, NothingAsked
from servicedesk.domain.model import Account, Actor, Event, Ticket
from servicedesk.store import accounts, clocks, deliveries, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import dating
from servicedesk.usecases.answering import wake_outbox
from servicedesk.usecases.finding import ticket_for

REASON_LIMIT = 500
MOST = 60
# Renders "your answer will take until DATE, because ..." from an account and facts.
Words = Callable[[Account, dict[str, str]], str]


async def ask(conn: Conn, actor: Actor, number: str, amount: str, reason: str, *, now: datetime) -> Ticket:
    """Ask for more time, in the unit of the target. Raises InvalidForm, AskedAlready."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.ASK_EXTENSION, ticket)
    if not await clocks.ask_extension(conn, ticket, _amount(amount), _reason(reason), actor.staff_id, now=now):
        raise AskedAlready
    event = Event("extension_asked", {"amount": _amount(amount), "reason": _reason(reason)})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    return ticket


@dataclass(frozen=True)
class Decision:
    """What a supervisor wrote: granted or not, another amount than was asked (empty: as asked), and words."""

    granted: bool
    amount: str = ""
    reason: str = ""


async def decide(conn: Conn, actor: Actor, number: str, decision: Decision, words: Words, *, now: datetime) -> Ticket:
    """Grant (as asked, or another amount) or refuse with a reason. Raises InvalidForm, NothingAsked."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.DECIDE_EXTENSION, ticket)
    said, granted = decision.reason.strip()[:REASON_LIMIT], decision.granted
    if not granted and not said:
        raise InvalidForm("reason", "missing")
    changed = _amount(decision.amount) if granted and decision.amount.strip() else None
    decided = await clocks.decide_extension(
        conn, ticket, granted=granted, amount=changed, words=said, by=actor.staff_id, now=now
    )
    if decided is None:
        raise NothingAsked
    if granted:
        await _extended(conn, actor, ticket, decided, words, now=now)
    else:
        event = Event("extension_refused", {"reason": said})
        await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    return ticket


@dataclass(frozen=True)
class More:
    """What a supervisor gives unasked: how much, in the unit of the target, and why."""

    amount: str
    reason: str


async def extend(conn: Conn, actor: Actor, number: str, more: More, words: Words, *, now: datetime) -> Ticket:
    """Give more time that nobody had asked for. Raises InvalidForm, AskedAlready where a request waits for a decision."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.EXTEND, ticket)
    amount, reason = _amount(more.amount), _reason(more.reason)
    if any(each["granted"] is None for each in await clocks.extensions_of(conn, ticket)):
        raise AskedAlready
    granted = await clocks.grant_extension(conn, ticket, amount, reason, actor.staff_id, now=now)
    await _extended(conn, actor, ticket, granted, words, now=now)
    return ticket


async def _extended(conn: Conn, actor: Actor, ticket: Ticket, granted: View, words: Words, *, now: datetime) -> None:
    """Reckon the new date, tell the citizen, and record it."""
    account = await accounts.by_id(conn, actor.account_id)
    due = await dating.recount(conn, account, ticket, now=now)
    amount, reason = granted["amount"], granted["reason"]
    facts = {"number": ticket.number, "until": due.astimezone(account.zone).date().isoformat(), "reason": reason}
    await deliveries.owe(conn, ticket, purpose="notice", body=words(account, facts), answer_id=None, by=None, now=now)
    event = Event("extended", {"amount": amount, "reason": reason, "due_at": due.isoformat()})
    await tickets.add_event(conn, ticket, event, now=now, staff_id=actor.staff_id)
    await wake_outbox(conn)


def _amount(value: str) -> int:
    if not (value.strip().isascii() and value.strip().isdecimal() and 1 <= int(value.strip()[:4]) <= MOST):
        raise InvalidForm("amount", "out_of_range", least="1", most=str(MOST))
    return int(value.strip())


def _reason(value: str) -> str:
    if not value.strip():
        raise InvalidForm("reason", "missing")
    if len(value) > REASON_LIMIT:
        raise InvalidForm("reason", "too_long", limit=str(REASON_LIMIT))
    return value.strip()

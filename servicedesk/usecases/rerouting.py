"""A ticket that no person has touched is routed anew: by a later word of its citizen, or where the first look was hurried."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from servicedesk.domain.model import Account, AccountId, Event, Priority, State, Ticket, TicketId
from servicedesk.domain.routing import Choice, follow
from servicedesk.store import routing as routing_rows
from servicedesk.store import taking_in, tickets
from servicedesk.store.db import Conn
from servicedesk.store.taking_in import Joinable
from servicedesk.usecases import dating, routing
from servicedesk.usecases.books import Book, Books
from servicedesk.usecases.routing import ToRoute

# What routing chose by itself and later words may change; what a rule decided stays.
MOVABLE = ("duty_list", "learned", "follow_up")


def may_move(account: Account, ticket: Ticket, joinable: Joinable, *, now: datetime) -> bool:
    """Whether no person has touched the ticket, and its department has hardly seen it."""
    quiet = now - ticket.opened_at <= timedelta(seconds=account.quiet_s)
    untouched = ticket.state is State.TRIAGE or (ticket.state is State.ASSIGNED and quiet)
    return untouched and not joinable.given_by_person and not ticket.returns and ticket.routing.get("by") in MOVABLE


def is_better(choice: Choice | None, ticket: Ticket) -> bool:
    """Whether a choice names a department, and another one than the ticket has."""
    return choice is not None and choice.department_id is not None and choice.department_id != ticket.department_id


async def move(conn: Conn, account: Account, ticket: Ticket, choice: Choice, *, now: datetime) -> Ticket:
    """Keep the newer choice; where it names another department the ticket goes there, and its dates with it."""
    rerouted = await tickets.reroute(conn, ticket, choice, now=now) or ticket
    if not is_better(choice, ticket) or choice.department_id is None:
        return rerouted
    assigned = await tickets.assign(conn, rerouted, choice.department_id, now=now)
    await dating.promise(conn, account, assigned or rerouted)
    if assigned is None:
        return rerouted
    await tickets.add_assignment(conn, assigned, choice.department_id, by=None, reason=choice.by, now=now)
    await tickets.add_event(conn, assigned, Event("assigned", {"routing": choice.as_facts()}), now=now)
    return assigned


async def raise_priority(conn: Conn, account: Account, ticket: Ticket, words: Sequence[str], *, now: datetime) -> Ticket:
    """Urgent words make the ticket urgent, and its dates are set anew from the citizen's first word."""
    if not words or ticket.priority is Priority.URGENT:
        return ticket
    raised = await tickets.reclassify(conn, ticket, ticket.kind, Priority.URGENT, now=now)
    await dating.promise(conn, account, raised)
    due = await dating.recount(conn, account, raised, now=now)
    await tickets.add_event(conn, raised, Event("raised", {"words": list(words), "due_at": due.isoformat()}), now=now)
    return raised


async def route_owed(conn: Conn, books: Books, account_ids: Sequence[AccountId], *, now: datetime, size: int) -> int:
    """Look again at tickets that were routed in a hurry; returns how many were owed that."""
    owed = await routing_rows.take_owed(conn, account_ids, size=size)
    known = await books.current(conn, {account_id for account_id, _ in owed})
    for account_id, ticket_id in sorted(owed):
        await _look_again(conn, known[account_id], ticket_id, now)
    return len(owed)


async def _look_again(conn: Conn, book: Book, ticket_id: TicketId, now: datetime) -> None:
    key = (book.account.id, ticket_id)
    ticket, joinable = (await taking_in.lock_tickets(conn, [key]))[key]
    if not may_move(book.account, ticket, joinable, now=now):
        return
    (choice,) = await routing.choose_all(conn, [ToRoute(book.ways, joinable.words)])
    former = await tickets.by_id(conn, ticket.account_id, ticket.follows_id) if ticket.follows_id else None
    if former is not None:
        choice = follow(choice, former.department_id)
    moved = await move(conn, book.account, ticket, choice, now=now)
    await raise_priority(conn, book.account, moved, choice.urgent, now=now)

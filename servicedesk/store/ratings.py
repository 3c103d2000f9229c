"""Citizens' verdicts on answers."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.model import Ticket
from servicedesk.store.db import Conn, View, queries, view

SATISFIED = 3  # a score from here on is not unhappy


async def add(conn: Conn, ticket: Ticket, *, solved: bool | None, score: int | None, words: str, now: datetime) -> None:
    """One more verdict; the newest of a ticket counts."""
    await queries.add_rating(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, solved=solved, score=score, words=words, now=now
    )


async def of_ticket(conn: Conn, ticket: Ticket) -> View | None:
    """The verdict that counts."""
    return view(await queries.rating_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))

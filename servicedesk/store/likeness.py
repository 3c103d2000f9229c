"""The index of published questions by what they are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from servicedesk.domain.model import AccountId, DepartmentId, Ticket, TicketId
from servicedesk.store.db import Conn, View, queries, views
from servicedesk.store.publications import as_query


async def take_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> list[View]:
    """Publications that are not in the index yet; locked and ticked off until the transaction ends."""
    return views(await queries.take_likeness_owed(conn, account_ids=account_ids, size=size))


async def add(conn: Conn, account_id: AccountId, postings: Sequence[tuple[str, int]], counts: Mapping[str, int]) -> None:
    """Grow the index: which publications have which pairs, and in how many more texts each token stands."""
    await queries.add_likeness_postings(
        conn, account_id=account_id, tokens=[token for token, _ in postings], publication_ids=[key for _, key in postings]
    )
    await queries.count_likeness_tokens(conn, account_id=account_id, tokens=list(counts), counts=list(counts.values()))


async def candidates(
    conn: Conn, account_id: AccountId, pairs: Collection[str], *, tokens_most: int, postings_most: int, size: int
) -> list[View]:
    """The publications that share the most and rarest pairs."""
    return views(
        await queries.likeness_candidates(
            conn, account_id=account_id, pairs=list(pairs), tokens_most=tokens_most, postings_most=postings_most, size=size
        )
    )


async def counts(conn: Conn, account_id: AccountId, tokens: Collection[str]) -> dict[str, int]:
    """In how many published questions each token stands; '' is their number."""
    rows = await queries.likeness_counts(conn, account_id=account_id, tokens=["", *tokens])
    return {row["token"]: row["texts"] for row in rows}


async def take_inquiries_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> list[View]:
    """Tickets whose inquiry is not in the index yet; locked and ticked off until the transaction ends."""
    return views(await queries.take_inquiry_likeness_owed(conn, account_ids=account_ids, size=size))


async def add_inquiry(conn: Conn, account_id: AccountId, ticket_id: TicketId, pairs: Collection[str]) -> None:
    """What a ticket's inquiry is about."""
    await queries.add_inquiry_likeness(conn, account_id=account_id, ticket_id=ticket_id, pairs=sorted(pairs))


async def tickets_sharing(
    conn: Conn, ticket: Ticket, pairs: Collection[str], *, department_id: DepartmentId | None, size: int
) -> list[View]:
    """The newest other tickets that share one of the pairs, of one department or of all, with the answer that was given."""
    rows = await queries.tickets_sharing_pairs(
        conn,
        account_id=ticket.account_id,
        query=as_query(sorted(pairs), " | "),
        department_id=department_id,
        besides=ticket.id,
        size=size,
    )
    return views(rows)


async def offer_joining(conn: Conn, ticket: Ticket, into: TicketId, *, now: datetime) -> None:
    """Remember that the citizen was offered to wait with others."""
    await queries.add_joining_offer(conn, account_id=ticket.account_id, ticket_id=ticket.id, into_ticket_id=into, now=now)


async def offered(conn: Conn, ticket: Ticket) -> TicketId | None:
    """The ticket that the citizen was offered to join."""
    found = await queries.joining_offer(conn, account_id=ticket.account_id, ticket_id=ticket.id)
    return None if found is None else TicketId(found)

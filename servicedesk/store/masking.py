"""How an account masks: its strength, its officials; and what is known of a citizen's identifiers."""

from __future__ import annotations

from collections.abc import Sequence

from servicedesk.domain.model import AccountId, Ticket
from servicedesk.language.guessed_names import Strength
from servicedesk.language.officials import Official
from servicedesk.store.db import Conn, queries


async def strength_of(conn: Conn, account_id: AccountId) -> Strength:
    """The account's choice."""
    return Strength(await queries.masking_of(conn, account_id=account_id))


async def set_strength(conn: Conn, account_id: AccountId, strength: Strength) -> None:
    """For what is published from now on."""
    await queries.set_masking(conn, account_id=account_id, masking=strength.value)


async def officials(conn: Conn, account_id: AccountId) -> list[Official]:
    """The account's list."""
    rows = await queries.officials(conn, account_id=account_id)
    return [Official(row["name"], row["post"], row["organisation"]) for row in rows]


async def set_officials(conn: Conn, account_id: AccountId, listed: Sequence[Official]) -> None:
    """The whole list anew."""
    await queries.drop_officials(conn, account_id=account_id)
    for each in listed:
        await queries.add_official(conn, account_id=account_id, name=each.name, post=each.post, organisation=each.organisation)


async def words_of_citizen(conn: Conn, ticket: Ticket, *, size: int) -> list[str]:
    """What the citizen of a ticket has written in all their tickets, newest first."""
    rows = await queries.words_of_citizen(conn, account_id=ticket.account_id, citizen_id=ticket.citizen_id, size=size)
    return [row["body"] for row in rows]


async def words_of_notes(conn: Conn, ticket: Ticket) -> list[str]:
    """What staff noted on a ticket."""
    return [row["body"] for row in await queries.words_of_notes(conn, account_id=ticket.account_id, ticket_id=ticket.id)]

"""The ticket of a number, for a person who may see it."""

from __future__ import annotations

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import NotFound
from servicedesk.domain.model import Actor, Ticket
from servicedesk.store import tickets
from servicedesk.store.db import Conn


async def ticket_for(conn: Conn, actor: Actor, number: str) -> Ticket:
    """The ticket, its row locked until the transaction ends. Raises NotFound, or NotPermitted where it is not theirs."""
    found = await tickets.by_number(conn, actor.account_id, number)
    if found is None:
        raise NotFound
    check(actor, Act.SEE, found)
    return await tickets.lock(conn, actor.account_id, found.id)


async def ticket_seen(conn: Conn, actor: Actor, number: str) -> Ticket:
    """The ticket, to be read only. Raises as ticket_for."""
    found = await tickets.by_number(conn, actor.account_id, number)
    if found is None:
        raise NotFound
    check(actor, Act.SEE, found)
    return found

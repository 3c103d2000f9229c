"""What a person at the desk is to know of the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from servicedesk.domain.model import AccountId, Actor, Ticket
from servicedesk.store.db import Conn, View, queries, views


async def of_person(conn: Conn, actor: Actor, *, before: int, size: int) -> list[View]:
    """A person's own notices, the newest first, older than the one of an id."""
    rows = await queries.notices_of(conn, account_id=actor.account_id, staff_id=actor.staff_id, before=before, size=size)
    return views(rows)


async def add_unsolved(conn: Conn, ticket: Ticket, *, now: datetime) -> None:
    """The citizen says that the answer did not solve it."""
    await queries.notice_unsolved(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, department_id=ticket.department_id, now=now
    )


async def read(conn: Conn, actor: Actor, notice_id: int, *, now: datetime) -> str | None:
    """Their notice of an id is read; the path of what it is about, or None where they have no such notice."""
    path: str | None = await queries.read_notice(
        conn, account_id=actor.account_id, staff_id=actor.staff_id, notice_id=notice_id, now=now
    )
    return path


async def read_all(conn: Conn, actor: Actor, *, up_to: int, now: datetime) -> None:
    """All of their notices up to an id are read."""
    await queries.read_notices(conn, account_id=actor.account_id, staff_id=actor.staff_id, up_to=up_to, now=now)


async def settle(conn: Conn, account_id: AccountId, *, read_before: datetime) -> None:
    """Nobody is to be told of what is untold, and what is older than this counts as read: a history made at once."""
    await queries.settle_notices(conn, account_id=account_id, read_before=read_before)


async def forget(conn: Conn, account_ids: Sequence[AccountId], *, before: datetime, size: int) -> int:
    """Remove notices older than this, at most so many of each person; how many went."""
    return int(await queries.forget_notices(conn, account_ids=account_ids, before=before, size=size))

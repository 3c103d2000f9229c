"""What is looked after from time to time: windows about to close, citizens who left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from servicedesk.domain.model import AccountId, CitizenId, TicketId
from servicedesk.store.db import Conn, queries


async def tickets_before_closing(
    conn: Conn,
    account_ids: Sequence[AccountId],
    *,
    now: datetime,
    until: datetime,
    heard_after: datetime,
    heard_before: datetime,
) -> list[tuple[AccountId, TicketId]]:
    """Open tickets whose citizen's window closes before `until`, and who have been sent nothing in that window."""
    rows = await queries.tickets_before_closing(
        conn, account_ids=account_ids, now=now, until=until, heard_after=heard_after, heard_before=heard_before
    )
    return [(AccountId(row["account_id"]), TicketId(row["ticket_id"])) for row in rows]


async def to_ask_again(
    conn: Conn, account_ids: Sequence[AccountId], *, since: datetime, until: datetime, size: int
) -> list[tuple[AccountId, TicketId]]:
    """Tickets answered in that span whose citizens have given no verdict and were not asked again; locked."""
    rows = await queries.tickets_to_ask_again(conn, account_ids=account_ids, since=since, until=until, size=size)
    return [(AccountId(row["account_id"]), TicketId(row["ticket_id"])) for row in rows]


async def asked_again(conn: Conn, account_id: AccountId, ticket_id: TicketId, *, now: datetime) -> None:
    """They have been asked now."""
    await queries.asked_again(conn, account_id=account_id, ticket_id=ticket_id, now=now)


async def citizens_to_forget(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int
) -> list[tuple[AccountId, CitizenId, str]]:
    """Citizens who left longer ago than their account keeps them, with nothing open; locked."""
    rows = await queries.citizens_to_forget(conn, account_ids=account_ids, now=now, size=size)
    return [(AccountId(row["account_id"]), CitizenId(row["citizen_id"]), row["openid"]) for row in rows]


async def forget(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, openid: str, now: datetime) -> None:
    """Put another openid in the place of the citizen's own."""
    await queries.forget_citizen(conn, account_id=account_id, citizen_id=citizen_id, openid=openid, now=now)


async def forget_calls(conn: Conn, forgotten: Sequence[tuple[AccountId, str, str]]) -> None:
    """Put other openids in the place of the former ones in what the platform called with, and drop what it said."""
    account_ids, formers, openids = zip(*forgotten, strict=True)
    await queries.forget_calls(conn, account_ids=account_ids, formers=formers, openids=openids)

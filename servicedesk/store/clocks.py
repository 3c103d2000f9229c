"""Pauses and extensions of a ticket's clock, and the names of days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from servicedesk.domain.model import AccountId, CitizenId, StaffId, Ticket, TicketId
from servicedesk.domain.sla import DeadlineKind, Step
from servicedesk.store.db import Conn, View, queries, view, views


async def pauses_of(conn: Conn, ticket: Ticket) -> list[View]:
    """Every pause of a ticket, oldest first."""
    return views(await queries.pauses_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def add_pause(conn: Conn, ticket: Ticket, question: str, by: StaffId, *, ends_by: datetime, now: datetime) -> bool:
    """The clock stands still; False where it does already."""
    made = await queries.add_pause(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, question=question, staff_id=by, now=now, ends_by=ends_by
    )
    return made is not None


async def end_pause(conn: Conn, ticket: Ticket, resumed_by: str, *, now: datetime) -> bool:
    """The clock goes on, never later than the bound; False where it ran."""
    ended = await queries.end_pause(conn, account_id=ticket.account_id, ticket_id=ticket.id, now=now, resumed_by=resumed_by)
    return ended is not None


async def at_their_bound(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, size: int
) -> list[tuple[AccountId, TicketId, CitizenId]]:
    """Tickets whose pause has lasted as long as it may."""
    rows = await queries.pauses_at_their_bound(conn, account_ids=account_ids, now=now, size=size)
    return [(AccountId(row["account_id"]), TicketId(row["ticket_id"]), CitizenId(row["citizen_id"])) for row in rows]


async def paused_count(conn: Conn, account_id: AccountId) -> int:
    """How many clocks stand still, waiting for their citizens."""
    return int(await queries.paused_count(conn, account_id=account_id))


async def extensions_of(conn: Conn, ticket: Ticket) -> list[View]:
    """Every extension asked for, oldest first; granted is None where nobody has decided."""
    return views(await queries.extensions_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def ask_extension(conn: Conn, ticket: Ticket, amount: int, reason: str, by: StaffId, *, now: datetime) -> bool:
    """Ask for more time; False where a request waits already."""
    made = await queries.ask_extension(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, amount=amount, reason=reason, staff_id=by, now=now
    )
    return made is not None


async def decide_extension(
    conn: Conn, ticket: Ticket, *, granted: bool, amount: int | None, words: str, by: StaffId, now: datetime
) -> View | None:
    """Grant (another amount, if one is given) or refuse; None where nothing was asked."""
    return view(
        await queries.decide_extension(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, granted=granted, amount=amount, words=words,
            staff_id=by, now=now,
        )
    )  # fmt: skip


async def grant_extension(conn: Conn, ticket: Ticket, amount: int, reason: str, by: StaffId, *, now: datetime) -> View:
    """More time that nobody had asked for."""
    return dict(
        await queries.grant_extension(
            conn, account_id=ticket.account_id, ticket_id=ticket.id, amount=amount, reason=reason, staff_id=by, now=now
        )
    )


async def drop_asked(conn: Conn, ticket: Ticket) -> None:
    """The ticket ended, or went to another department: nobody needs to decide any more."""
    await queries.drop_extension_asked(conn, account_id=ticket.account_id, ticket_id=ticket.id)


async def undecided(conn: Conn, account_id: AccountId, *, size: int) -> list[View]:
    """Requests that wait for a supervisor, oldest first."""
    return views(await queries.extensions_undecided(conn, account_id=account_id, size=size))


async def pause_settings(conn: Conn, account_id: AccountId) -> tuple[int, int]:
    """How long a pause may last (working days), and how many a ticket may have."""
    row = await queries.pause_settings(conn, account_id=account_id)
    return row["pause_days"], row["pauses_most"]


async def day_names(conn: Conn, account_id: AccountId, since: date, until: date) -> dict[date, str]:
    """The names of holidays and make-up workdays."""
    return {row["day"]: row["name"] for row in await queries.day_names(conn, account_id=account_id, since=since, until=until)}


async def set_deadline(
    conn: Conn, ticket: Ticket, kind: DeadlineKind, *, due_at: datetime, next_step: Step | None, next_step_at: datetime | None
) -> None:
    """What was reckoned; a deadline that has ended stays as it was."""
    await queries.set_deadline(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, kind=kind, due_at=due_at, next_step=next_step,
        next_step_at=next_step_at,
    )  # fmt: skip

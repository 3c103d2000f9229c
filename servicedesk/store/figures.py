"""Measures of tickets, and their rollups by day, department and kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from servicedesk.domain.figures import EDGES, SATISFIED_FROM
from servicedesk.domain.model import AccountId, TicketId
from servicedesk.store.db import Conn, View, queries, view, views


async def take_turn(conn: Conn, account_id: AccountId) -> bool:
    """Whether this transaction alone works on the account's figures."""
    return bool(await queries.take_figures_turn(conn, account_id=account_id))


async def mark(conn: Conn, account_id: AccountId) -> View | None:
    """Up to which event the figures have looked."""
    rows = await queries.figure_marks(conn, account_ids=[account_id])
    return view(rows[0]) if rows else None


async def put_mark(conn: Conn, account_id: AccountId, *, event_id: int, seen_event_id: int, seen_at: datetime) -> None:
    """Remember it."""
    await queries.put_figure_mark(conn, account_id=account_id, event_id=event_id, seen_event_id=seen_event_id, seen_at=seen_at)


async def to_measure(conn: Conn, account_ids: Sequence[AccountId], *, settled: datetime) -> list[AccountId]:
    """The accounts with events after their mark; what was seen before `settled` counts as looked at."""
    return [
        AccountId(row["account_id"])
        for row in await queries.accounts_to_measure(conn, account_ids=account_ids, settled=settled)
    ]


async def newest_event(conn: Conn, account_id: AccountId) -> int:
    """The id of the account's newest event."""
    return int(await queries.newest_event(conn, account_id=account_id))


async def touched(conn: Conn, account_id: AccountId, *, after: int, until: int, size: int) -> tuple[set[TicketId], int | None]:
    """Tickets of the next events, and the last event looked at; None where there were none."""
    rows = await queries.tickets_touched(conn, account_id=account_id, after=after, until=until, size=size)
    return {TicketId(row["ticket_id"]) for row in rows}, rows[-1]["event_id"] if rows else None


async def ticket_ids(conn: Conn, account_id: AccountId, *, after: int, size: int) -> list[TicketId]:
    """The account's tickets, in the order of their ids."""
    return [TicketId(row["ticket_id"]) for row in await queries.ticket_ids_after(
        conn, account_id=account_id, after=after, size=size)]  # fmt: skip


@dataclass(frozen=True)
class Happened:
    """What happened to some tickets: their own rows, their pauses, through whose hands they went."""

    tickets: list[View]
    pauses: list[View]
    assignments: list[View]


async def happened(conn: Conn, account_id: AccountId, tickets: Sequence[TicketId]) -> Happened:
    """What there is to measure."""
    chosen = {"account_id": account_id, "ticket_ids": list(tickets)}
    return Happened(
        views(await queries.moments_of(conn, **chosen)),
        views(await queries.pauses_of_tickets(conn, **chosen)),
        views(await queries.assignments_of_tickets(conn, **chosen)),
    )


async def put(
    conn: Conn, account_id: AccountId, measures: Sequence[Mapping[str, Any]], hands: Sequence[Mapping[str, Any]]
) -> None:
    """Write what tickets measure, in place of what they measured before."""
    await queries.put_measures(conn, rows=measures)
    await queries.drop_hands(conn, account_id=account_id, ticket_ids=[each["ticket_id"] for each in measures])
    await queries.put_hands(conn, rows=hands)


async def roll_up(
    conn: Conn, account_id: AccountId, days: Sequence[date], begins: Sequence[datetime], ends: Sequence[datetime]
) -> None:
    """Reckon the rollups of these days anew; each day lasts from its beginning to its end."""
    chosen = {"account_id": account_id, "days": list(days)}
    await queries.drop_figures(conn, **chosen)
    await queries.roll_up_days(conn, **chosen, satisfied_from=SATISFIED_FROM)
    # width_bucket counts the edges that are not above its operand: of minutes - 1 those that are below the minutes.
    await queries.roll_up_buckets(conn, **chosen, edges=list(EDGES))
    await queries.count_inquiries(conn, **chosen, begins=list(begins), ends=list(ends))


async def measured_days(conn: Conn, account_id: AccountId) -> list[date]:
    """The days on which measured tickets were opened."""
    return [row["opened_on"] for row in await queries.measured_days(conn, account_id=account_id)]


async def balance(conn: Conn, account_id: AccountId) -> dict[str, int]:
    """received, answered, open, merged, withdrawn as of the last rollup: inquiries on one side, tickets on the other."""
    return dict(await queries.balance_rolled(conn, account_id=account_id))


@dataclass(frozen=True)
class Span:
    """Which cells a figure is made of: departments (0: all), kinds ('': all), days from and to; by: '' for one part, else
    department, kind, day, week or month."""

    departments: tuple[int, ...]
    kinds: tuple[str, ...]
    since: date
    until: date
    by: str = ""


async def sums(conn: Conn, account_id: AccountId, span: Span) -> list[View]:
    """Counts over a span, a row for each part."""
    return _parts(
        await queries.figure_sums(
            conn, account_id=account_id, department_ids=span.departments, kinds=span.kinds, since=span.since,
            until=span.until, by=span.by,
        )
    )  # fmt: skip


async def buckets(conn: Conn, account_id: AccountId, span: Span, names: Sequence[str]) -> list[View]:
    """How many took how long: rows of part, name, and buckets with their numbers of tickets."""
    return _parts(
        await queries.figure_buckets(
            conn, account_id=account_id, department_ids=span.departments, kinds=span.kinds, names=names, since=span.since,
            until=span.until, by=span.by,
        )
    )  # fmt: skip


async def tickets_behind(conn: Conn, account_id: AccountId, **chosen: Any) -> list[View]:
    """The tickets behind a figure, newest first. chosen: department_id, kind, since, until, which, ticket_before, size."""
    return views(await queries.measured_tickets(conn, account_id=account_id, **chosen))


def _parts(rows: Sequence[Any]) -> list[View]:
    """The rows with what they are part of: a department's id, a kind, an ISO day, or nothing."""
    return [{**row, "part": str(row["of_department"] or row["of_kind"] or row["of_day"] or "")} for row in rows]

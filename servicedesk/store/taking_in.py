"""A batch of citizens' messages, set by set: the statements of sql/queries/taking_in.sql."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from servicedesk.domain.model import AccountId, CitizenId, Ticket, TicketId
from servicedesk.store.db import Conn, queries
from servicedesk.store.tickets import as_ticket

Person = tuple[AccountId, str]  # an account and an openid
Window = tuple[datetime | None, int]  # until when, and how many messages


@dataclass(frozen=True)
class Ids:
    """The ids of the rows that one message makes."""

    inbound: int
    inquiry: int
    ticket: TicketId
    message: int


@dataclass(frozen=True)
class Looked:
    """What is known of a call before it is taken in."""

    ids: Ids
    kept: bool
    reply: Mapping[str, Any] | None


@dataclass(frozen=True)
class Joinable:
    """What decides whether and how a message joins an open ticket; `words` is what the citizen wrote to it so far."""

    resolution_due_at: datetime
    answer_under_way: bool
    words: str
    waits: bool = False  # the clock stands still until the citizen writes
    given_by_person: bool = False


async def lock_citizens(
    conn: Conn, people: Mapping[Person, Window], *, now: datetime
) -> tuple[dict[Person, CitizenId], set[Person]]:
    """The citizens, made known with a window if new, their rows locked until the transaction ends; and who is new."""
    wanted = sorted(people)
    made = await queries.add_new_citizens(
        conn, account_ids=[account_id for account_id, _ in wanted], openids=[openid for _, openid in wanted],
        window_closes_ats=[people[person][0] for person in wanted], window_messages=[people[person][1] for person in wanted],
        now=now,
    )  # fmt: skip
    known = {(row["account_id"], row["openid"]): CitizenId(row["citizen_id"]) for row in made}
    new = set(known)
    if len(known) < len(wanted):
        rest = [person for person in wanted if person not in known]
        rows = await queries.lock_citizens(
            conn, account_ids=[account_id for account_id, _ in rest], openids=[openid for _, openid in rest]
        )
        known |= {(row["account_id"], row["openid"]): CitizenId(row["citizen_id"]) for row in rows}
    return known, new


async def look_at_calls(conn: Conn, keys: Sequence[tuple[AccountId, str]]) -> list[Looked]:
    """For each call, by its key: ids for what it will make, and whether it has been kept before.

    Ask only once the citizens are locked: then a row that another process has just committed is seen.
    """
    rows = await queries.look_at_calls(
        conn, account_ids=[account_id for account_id, _ in keys], dedupe_keys=[key for _, key in keys]
    )
    return [
        Looked(
            Ids(row["new_inbound_id"], row["inquiry_id"], TicketId(row["ticket_id"]), row["message_id"]), row["kept"],
            row["reply"],
        )
        for row in rows
    ]  # fmt: skip


async def newest_tickets(
    conn: Conn, citizens: Sequence[tuple[AccountId, CitizenId]]
) -> dict[tuple[AccountId, CitizenId], tuple[TicketId | None, bool]]:
    """Each citizen's newest ticket that was neither merged nor withdrawn, and whether theirs is a special case: something is
    held for them, or an older ticket of theirs is open, too."""
    rows = await queries.newest_tickets(
        conn, account_ids=[account_id for account_id, _ in citizens], citizen_ids=[citizen_id for _, citizen_id in citizens]
    )
    return {(row["account_id"], row["citizen_id"]): (row["ticket_id"], row["special"]) for row in rows}


async def lock_tickets(
    conn: Conn, keys: Sequence[tuple[AccountId, TicketId]]
) -> dict[tuple[AccountId, TicketId], tuple[Ticket, Joinable]]:
    """Tickets, locked, and what was true of them once they were."""
    columns = {"account_ids": [account_id for account_id, _ in keys], "ticket_ids": [ticket_id for _, ticket_id in keys]}
    locked = {(row["account_id"], row["ticket_id"]): as_ticket(row) for row in await queries.lock_tickets(conn, **columns)}
    return {
        (row["account_id"], row["ticket_id"]): (
            locked[row["account_id"], row["ticket_id"]],
            Joinable(
                row["resolution_due_at"], row["answer_under_way"], row["words"] or "", row["waits"], row["given_by_person"]
            ),
        )
        for row in await queries.joinable_tickets(conn, **columns)
    }


async def take_numbers(conn: Conn, account_id: AccountId, day: date, count: int) -> int:
    """The first of `count` running numbers of a day; the counter's row stays locked until the transaction ends."""
    last: int = await queries.take_numbers(conn, account_id=account_id, day=day, count=count)
    return last - count + 1


async def take_numbers_ahead(conn: Conn, account_id: AccountId, day: date, count: int) -> int:
    """As take_numbers, committed at once on a connection of its own, so that no batch waits for another's commit.

    A batch that fails leaves a gap; no number is ever given twice.
    """
    last: int = await queries.take_numbers_ahead(conn, account_id=account_id, day=day, count=count)
    return last - count + 1


async def take_in(conn: Conn, rows: Sequence[Mapping[str, Any]]) -> None:
    """The calls as they came, their messages, events, media, and the reply windows they open; and for those that open a
    ticket the inquiry, the ticket, its assignment and deadlines. The fields are those of the statement."""
    await queries.take_in(conn, rows=rows)

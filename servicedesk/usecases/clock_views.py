"""A ticket's clocks, each explaining itself: in lines for the page, and as JSON for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from servicedesk.domain.ledger import Ledger, explain
from servicedesk.domain.model import Account, Actor, Ticket
from servicedesk.store import accounts, clocks, deadlines
from servicedesk.store.db import Conn, View
from servicedesk.usecases.dating import stands_still, terms_of
from servicedesk.usecases.finding import ticket_seen


@dataclass(frozen=True)
class Explained:
    """A deadline as it is stored, and the ledger that gives the same date."""

    row: View
    ledger: Ledger
    stands_still: bool


async def explained(conn: Conn, account: Account, ticket: Ticket) -> list[Explained]:
    """Every deadline of the ticket with its ledger."""
    calendar, found = await accounts.calendar(conn, account), []
    for row in await deadlines.of_ticket(conn, ticket):
        terms = await terms_of(conn, ticket, row)
        since, until = row["started_at"].date(), row["due_at"].date() + timedelta(days=1)
        names = await clocks.day_names(conn, account.id, since, until)
        found.append(Explained(row, explain(calendar, terms, names), stands_still(terms)))
    return found


async def page(conn: Conn, actor: Actor, number: str) -> tuple[Ticket, list[Explained]]:
    """For whoever sees the ticket. Raises NotFound, NotPermitted."""
    ticket = await ticket_seen(conn, actor, number)
    return ticket, await explained(conn, await accounts.by_id(conn, actor.account_id), ticket)


def as_facts(each: Explained) -> dict[str, object]:
    """One clock as JSON."""
    row = each.row
    return {
        "kind": row["kind"], "started_at": row["started_at"].isoformat(), "amount": row["amount"], "unit": row["unit"],
        "source": row["source"], "version": row["policy_version"], "department": row["whose"],
        "due_at": each.ledger.due_at.isoformat(),
        "met_at": row["met_at"] and row["met_at"].isoformat(), "stands_still": each.stands_still,
        "lines": [line.as_facts() for line in each.ledger.lines],
    }  # fmt: skip

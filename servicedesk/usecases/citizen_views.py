"""What a citizen reads of their own case, through a link that was sent to them."""

from __future__ import annotations

from dataclasses import dataclass

from servicedesk.domain.errors import NotFound
from servicedesk.domain.model import Account, Ticket
from servicedesk.domain.sla import DeadlineKind
from servicedesk.store import accounts, answers, messages, ratings, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import clock_views, ending
from servicedesk.usecases.clock_views import Explained


@dataclass(frozen=True)
class Case:
    """A case as its citizen sees it: no notes, no names of staff, nothing of anybody else."""

    ticket: Ticket
    department: str | None
    promised_on: str
    asked: list[View]
    given: list[View]
    files: list[View]
    rating: View | None
    clock: Explained


async def case(conn: Conn, account: Account, number: str) -> Case:
    """The case of a number. Raises NotFound.

    What was sent as a notice is read here, so a text that is still on its way is shown too.
    """
    ticket = await tickets.by_number(conn, account.id, number)
    if ticket is None:
        raise NotFound
    departments = {each.id: each.name for each in await accounts.departments(conn, account.id)}
    said = await messages.of_ticket(conn, ticket)
    return Case(
        ticket=ticket,
        department=departments.get(ticket.department_id) if ticket.department_id else None,
        promised_on=await ending.resolution_due(conn, account, ticket),
        asked=[row for row in said if row["direction"] == "in"],
        given=await answers.written_to(conn, ticket),
        files=await answers.attachments_sent(conn, ticket),
        rating=await ratings.of_ticket(conn, ticket),
        clock=next(
            each for each in await clock_views.explained(conn, account, ticket) if each.row["kind"] == DeadlineKind.RESOLUTION
        ),
    )

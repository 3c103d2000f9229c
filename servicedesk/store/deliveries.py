"""Drafts, answers, and what is owed to citizens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, CitizenId, Delivery, DeliveryId, StaffId, Ticket, TicketId
from servicedesk.store.db import Conn, View, queries, view, views


async def put_draft(conn: Conn, ticket: Ticket, body: str, by: StaffId, *, now: datetime) -> None:
    """The text being written; the last one counts."""
    await queries.put_draft(conn, account_id=ticket.account_id, ticket_id=ticket.id, body=body, staff_id=by, now=now)


async def draft_of(conn: Conn, ticket: Ticket) -> View | None:
    """The text being written."""
    return view(await queries.draft_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def drop_draft(conn: Conn, ticket: Ticket) -> None:
    """The draft became an answer."""
    await queries.drop_draft(conn, account_id=ticket.account_id, ticket_id=ticket.id)


async def add_answer(conn: Conn, ticket: Ticket, body: str, by: StaffId, *, now: datetime) -> int:
    """An answer; returns its id."""
    made: int = await queries.add_answer(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, body=body, staff_id=by, now=now
    )
    return made


async def answer_given(conn: Conn, ticket: Ticket) -> View | None:
    """The newest answer of a ticket."""
    return view(await queries.answer_given(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def owe(
    conn: Conn, ticket: Ticket, *, purpose: str, body: str, answer_id: int | None, by: StaffId | None, now: datetime
) -> DeliveryId:
    """One thing owed to the ticket's citizen, to be sent as soon as may be."""
    return DeliveryId(
        await queries.owe_delivery(
            conn, account_id=ticket.account_id, citizen_id=ticket.citizen_id, ticket_id=ticket.id, answer_id=answer_id,
            purpose=purpose, body=body, staff_id=by, now=now,
        )
    )  # fmt: skip


async def answer_under_way(conn: Conn, ticket: Ticket) -> bool:
    """Whether an answer is owed or held."""
    return bool(await queries.answer_under_way(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def claim(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, lease_until: datetime, size: int
) -> list[Delivery]:
    """Deliveries to send now, leased to this worker: to each citizen the oldest, and none of an account that waits."""
    rows = await queries.claim_deliveries(conn, account_ids=account_ids, now=now, wall=wall, lease_until=lease_until, size=size)
    return [_delivery(row) for row in rows]


async def held_for(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, wall: datetime) -> list[Delivery]:
    """What waits for the citizen's next contact."""
    rows = await queries.held_deliveries(conn, account_id=account_id, citizen_id=citizen_id, wall=wall)
    return [_delivery(row) for row in rows]


async def citizen_of(conn: Conn, account_id: AccountId, delivery_id: DeliveryId) -> CitizenId:
    """Whom a delivery is owed to."""
    return CitizenId(await queries.delivery_citizen(conn, account_id=account_id, delivery_id=delivery_id))


async def accepted(conn: Conn, account_id: AccountId, delivery_id: DeliveryId, *, rung: str, now: datetime) -> View | None:
    """The channel took it; None where that was known before."""
    return view(await queries.delivery_accepted(conn, account_id=account_id, delivery_id=delivery_id, rung=rung, now=now))


async def part_sent(conn: Conn, delivery: Delivery, sent_chars: int, *, lease_until: datetime) -> None:
    """One more piece of a long text has gone; the lease begins anew."""
    await queries.part_sent(
        conn, account_id=delivery.account_id, delivery_id=delivery.id, sent_chars=sent_chars, lease_until=lease_until
    )


async def part_given(conn: Conn, account_id: AccountId, delivery_id: DeliveryId, sent_chars: int) -> bool:
    """A piece of a held text went with a passive reply; whether all of it has gone now."""
    return bool(await queries.part_given(conn, account_id=account_id, delivery_id=delivery_id, sent_chars=sent_chars))


async def hold(conn: Conn, delivery: Delivery) -> None:
    """Wait for the citizen's next contact."""
    await queries.hold_delivery(conn, account_id=delivery.account_id, delivery_id=delivery.id)


async def owe_again(conn: Conn, delivery: Delivery, *, now: datetime) -> None:
    """The citizen wrote, so it can be sent."""
    await queries.owe_again(conn, account_id=delivery.account_id, delivery_id=delivery.id, now=now)


async def owe_held(conn: Conn, account_id: AccountId, delivery_id: DeliveryId, *, now: datetime) -> None:
    """What was held can be tried now."""
    await queries.owe_again(conn, account_id=account_id, delivery_id=delivery_id, now=now)


async def put_off(conn: Conn, delivery: Delivery, *, until: datetime) -> None:
    """Try again later."""
    await queries.put_off_delivery(conn, account_id=delivery.account_id, delivery_id=delivery.id, next_try_at=until)


async def fail(conn: Conn, delivery: Delivery) -> None:
    """Given up, for a person to look at."""
    await queries.fail_delivery(conn, account_id=delivery.account_id, delivery_id=delivery.id)


async def add_attempt(
    conn: Conn,
    account_id: AccountId,
    delivery_id: DeliveryId,
    *,
    rung: str,
    outcome: str,
    errcode: int | None,
    now: datetime,
) -> None:
    """Record a try."""
    await queries.add_attempt(
        conn, account_id=account_id, delivery_id=delivery_id, rung=rung, now=now, outcome=outcome, errcode=errcode
    )


async def failed(conn: Conn, ticket: Ticket, delivery_id: int) -> View | None:
    """A delivery of the ticket, or of one merged into it, that was given up."""
    return view(await queries.failed_delivery(conn, account_id=ticket.account_id, ticket_id=ticket.id, delivery_id=delivery_id))


async def owe_failed(conn: Conn, account_id: AccountId, delivery_id: int, *, now: datetime) -> None:
    """A person wants it tried again."""
    await queries.owe_failed(conn, account_id=account_id, delivery_id=delivery_id, now=now)


async def of_ticket(conn: Conn, ticket: Ticket) -> list[View]:
    """A ticket's deliveries with the last error of each."""
    return views(await queries.deliveries_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def attempts_of(conn: Conn, ticket: Ticket) -> list[View]:
    """Every try to deliver something of a ticket."""
    return views(await queries.attempts_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def owed_counts(conn: Conn, account_ids: Sequence[AccountId]) -> list[View]:
    """How much is owed, held and failed, and since when."""
    return views(await queries.owed_counts(conn, account_ids=account_ids))


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=DeliveryId(row["delivery_id"]),
        account_id=AccountId(row["account_id"]),
        ticket_id=TicketId(row["ticket_id"]),
        citizen_id=CitizenId(row["citizen_id"]),
        openid=row["openid"],
        number=row["number"],
        department=row["department"],
        purpose=row["purpose"],
        body=row["body"],
        sent_chars=row["sent_chars"],
        attempts=row["attempts"],
        window_closes_at=row["window_closes_at"],
        window_left=row["window_left"],
        has_right=row["has_right"],
    )

"""What is owed to citizens, and every try to give it to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import (
    AccountId,
    CitizenId,
    Delivery,
    DeliveryId,
    DepartmentId,
    StaffId,
    Ticket,
    TicketId,
)
from servicedesk.domain.sending import Means, Rung
from servicedesk.store.db import Conn, View, queries, view, views


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
    """Deliveries to send now, leased to this worker: to each citizen the oldest, and of no account more than its budget.

    Accounts that were served longest ago come first and share the round, so that nobody's flood delays another's answer.
    """
    turns = await queries.take_turns(conn, account_ids=account_ids, now=now, wall=wall, size=size)
    share = max(1, size // max(1, len(turns)))
    allowances = {row["account_id"]: min(share, int(row["sends_left"])) for row in turns if row["sends_left"] >= 1}
    if not allowances:
        return []
    rows = await queries.claim_deliveries(
        conn, account_ids=list(allowances), allowances=list(allowances.values()), now=now, wall=wall, lease_until=lease_until
    )
    taken = Counter(row["account_id"] for row in rows)
    for row in turns:
        if row["account_id"] in allowances:
            left = row["sends_left"] - taken[row["account_id"]]
            await queries.spend_budget(conn, account_id=row["account_id"], sends_left=left, wall=wall)
    return [_delivery(row) for row in rows]


async def held_for(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, wall: datetime) -> list[Delivery]:
    """What waits for the citizen's next contact."""
    rows = await queries.held_deliveries(conn, account_id=account_id, citizen_id=citizen_id, wall=wall)
    return [_delivery(row) for row in rows]


async def citizen_of(conn: Conn, account_id: AccountId, delivery_id: DeliveryId) -> CitizenId | None:
    """Whom a delivery is owed to, if there is such a delivery."""
    found = await queries.delivery_citizen(conn, account_id=account_id, delivery_id=delivery_id)
    return None if found is None else CitizenId(found)


async def accepted(conn: Conn, account_id: AccountId, delivery_id: DeliveryId, *, rung: str, now: datetime) -> View | None:
    """The channel took it; None where that was known before."""
    return view(await queries.delivery_accepted(conn, account_id=account_id, delivery_id=delivery_id, rung=rung, now=now))


async def hold_claim(conn: Conn, delivery: Delivery, *, lease_until: datetime) -> bool:
    """Renew the lease and lock the row; False where the claim was lost: another worker has it, or it is done."""
    return bool(
        await queries.hold_claim(
            conn, account_id=delivery.account_id, delivery_id=delivery.id, claims=delivery.claims, lease_until=lease_until
        )
    )


async def part_sent(conn: Conn, delivery: Delivery, sent_chars: int) -> None:
    """One more piece of a long text has gone."""
    await queries.part_sent(conn, account_id=delivery.account_id, delivery_id=delivery.id, sent_chars=sent_chars)


async def spend_message(conn: Conn, account_id: AccountId) -> None:
    """One more message has gone than the claim counted."""
    await queries.spend_message(conn, account_id=account_id)


async def count_interruption(conn: Conn, delivery: Delivery) -> int:
    """One more try without an outcome; how many there were."""
    return int(await queries.count_interruption(conn, account_id=delivery.account_id, delivery_id=delivery.id))


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


async def begin_anew(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, now: datetime) -> None:
    """The citizen is there: what waits on a lower rung may go by a higher one."""
    await queries.begin_anew(conn, account_id=account_id, citizen_id=citizen_id, now=now)


async def owe_held_answers(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, now: datetime) -> None:
    """Another way has opened for what people wrote and waits for the citizen."""
    await queries.owe_held_answers(conn, account_id=account_id, citizen_id=citizen_id, now=now)


async def descend(conn: Conn, delivery: Delivery, refused: Rung, rung: Rung, *, now: datetime) -> None:
    """A rung refused it for good: try the next at once."""
    await queries.descend_delivery(
        conn, account_id=delivery.account_id, delivery_id=delivery.id, refused=refused, rung=rung, now=now
    )


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
    staff_id: StaffId | None = None,
    words: str | None = None,
) -> None:
    """Record a try; one by phone with who called and what was said."""
    await queries.add_attempt(
        conn, account_id=account_id, delivery_id=delivery_id, rung=rung, now=now, outcome=outcome, errcode=errcode,
        staff_id=staff_id, words=words,
    )  # fmt: skip


async def lock_stuck(conn: Conn, ticket: Ticket, delivery_id: int, *, wall: datetime) -> View | None:
    """What a person may decide about: of the ticket or of one merged into it, not given yet, in no worker's hands."""
    return view(
        await queries.lock_stuck(conn, account_id=ticket.account_id, ticket_id=ticket.id, delivery_id=delivery_id, wall=wall)
    )


async def put_on_rung(
    conn: Conn, account_id: AccountId, delivery_id: DeliveryId, *, state: str, rung: Rung, tried: Sequence[Rung],
    next_try_at: datetime | None,
) -> None:  # fmt: skip
    """A person chose the way: owed by this rung at once, or held."""
    await queries.put_on_rung(
        conn, account_id=account_id, delivery_id=delivery_id, state=state, rung=rung, tried=list(tried), next_try_at=next_try_at
    )


async def stuck(
    conn: Conn, account_id: AccountId, department_id: DepartmentId | None, *, late: datetime, after: int, size: int
) -> list[View]:
    """What did not arrive at the first try: held, failed, put off, or owed since before `late`; oldest first."""
    rows = await queries.stuck_deliveries(
        conn, account_id=account_id, department_id=department_id, late=late, after=after, size=size
    )
    return views(rows)


async def stuck_counts(
    conn: Conn, account_id: AccountId, department_id: DepartmentId | None, *, late: datetime
) -> dict[str, int]:
    """How many of those are held, failed and owed."""
    rows = await queries.stuck_counts(conn, account_id=account_id, department_id=department_id, late=late)
    return {row["state"]: row["deliveries"] for row in rows}


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
        claims=row["claims"],
        interruptions=row["interruptions"],
        window_closes_at=row["window_closes_at"],
        window_left=row["window_left"],
        means=Means(*(frozenset(row[name]) for name in ("resting", "templates", "granted", "tried"))),
        has_files=row["has_files"],
        together=tuple(row["together"]),
    )

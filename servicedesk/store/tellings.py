"""What is owed to a person, or to an account's webhook, through one means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, Actor, CitizenId, StaffId
from servicedesk.domain.sla import DeadlineKind, Step
from servicedesk.domain.telling import Item, Means
from servicedesk.store.db import Conn, View, queries, views


@dataclass(frozen=True)
class Person:
    """Somebody with untold notices, and the means there are."""

    account_id: AccountId
    staff_id: StaffId
    means: tuple[Means, ...]


@dataclass(frozen=True)
class Telling:
    """One thing owed through one means, as a worker claimed it. attempts: this try among them."""

    id: int
    account_id: AccountId
    means: Means
    facts: Mapping[str, Any]
    attempts: int
    claims: int
    made_at: datetime
    mail: str | None = field(repr=False)
    citizen_id: CitizenId | None
    openid: str | None = field(repr=False)
    window_closes_at: datetime | None
    window_left: int
    following: bool
    at_work: bool
    resting: bool
    webhook_url: str | None
    webhook_secret: bytes | None = field(repr=False)


async def catching_up(conn: Conn, account_ids: Sequence[AccountId], *, before: datetime, since: datetime) -> bool:
    """Whether a step ought to have been taken before this instant, and any was taken since the other."""
    return bool(await queries.catching_up(conn, account_ids=account_ids, before=before, since=since))


async def people_to_tell(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> list[Person]:
    """People with untold notices, locked for this transaction; another worker takes others meanwhile."""
    return [
        Person(AccountId(row["account_id"]), StaffId(row["staff_id"]), _means(row))
        for row in await queries.people_to_tell(conn, account_ids=account_ids, size=size)
    ]


async def supervisors(conn: Conn, account_id: AccountId) -> list[Person]:
    """Who is told of topics."""
    return [
        Person(account_id, StaffId(row["staff_id"]), _means(row))
        for row in await queries.supervisors_to_tell(conn, account_id=account_id)
    ]


async def take_untold(conn: Conn, person: Person, *, now: datetime) -> list[Item]:
    """What the person has not been told yet; from now on they have been."""
    rows = await queries.take_untold(conn, account_id=person.account_id, staff_id=person.staff_id, now=now)
    return [
        Item(
            row["number"], Step(row["facts"]["step"]), DeadlineKind(row["facts"]["deadline"]), row["department"],
            datetime.fromisoformat(row["facts"]["due_at"]),
        )
        for row in rows
    ]  # fmt: skip


async def take_webhook_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> list[tuple[AccountId, Item]]:
    """Steps that webhooks have not been given yet, in order; from now on they have been."""
    return [
        (AccountId(row["account_id"]), _item(row))
        for row in await queries.take_webhook_owed(conn, account_ids=account_ids, size=size)
    ]


async def owe(
    conn: Conn, account_id: AccountId, means: Means, staff_id: StaffId | None, facts: Mapping[str, Any], *, now: datetime
) -> None:
    """One more thing to send."""
    await queries.owe_telling(conn, account_id=account_id, means=means, staff_id=staff_id, facts=dict(facts), now=now)


async def claim(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, lease_until: datetime, size: int
) -> list[Telling]:
    """What is to be sent now, this worker's until the lease ends (true time)."""
    rows = await queries.claim_tellings(conn, account_ids=account_ids, now=now, wall=wall, lease_until=lease_until, size=size)
    return [_telling(row) for row in rows]


async def end(
    conn: Conn, telling: Telling, state: str, *, reason: str | None = None, code: int | None = None,
    sent_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Sent, failed or skipped; False where the claim was lost and somebody else decides."""
    return await queries.end_telling(
        conn, account_id=telling.account_id, telling_id=telling.id, claims=telling.claims, state=state, reason=reason,
        code=code, sent_at=sent_at,
    ) is not None  # fmt: skip


async def put_off(conn: Conn, telling: Telling, *, reason: str, code: int | None, until: datetime) -> bool:
    """Try again later; False as with `end`."""
    return await queries.put_off_telling(
        conn, account_id=telling.account_id, telling_id=telling.id, claims=telling.claims, reason=reason, code=code,
        next_try_at=until,
    ) is not None  # fmt: skip


async def of_person(conn: Conn, actor: Actor, *, size: int) -> list[View]:
    """The newest of what was sent, or was to be sent, to a person."""
    return views(await queries.tellings_of(conn, account_id=actor.account_id, staff_id=actor.staff_id, size=size))


async def undone(conn: Conn, account_id: AccountId, *, since: datetime, size: int) -> list[View]:
    """What did not arrive, or not at the first try; the newest first."""
    return views(await queries.tellings_undone(conn, account_id=account_id, since=since, size=size))


async def forget(conn: Conn, account_ids: Sequence[AccountId], *, before: datetime, size: int) -> int:
    """Remove what was sent, or given up, before this, at most so many of each account; how many went."""
    return int(await queries.forget_tellings(conn, account_ids=account_ids, before=before, size=size))


def _means(row: Any) -> tuple[Means, ...]:
    if row["disabled_at"] is not None:
        return ()
    has = {Means.MAIL: row["mail"] is not None, Means.WECHAT: row["citizen_id"] is not None}
    return tuple(means for means in has if has[means] and means in row["tell_by"])


def _item(row: Any) -> Item:
    return Item(row["number"], Step(row["step"]), DeadlineKind(row["deadline"]), row["department"], row["due_at"])


def _telling(row: Any) -> Telling:
    citizen_id = row["citizen_id"]
    return Telling(
        id=row["telling_id"],
        account_id=AccountId(row["account_id"]),
        means=Means(row["means"]),
        facts=row["facts"],
        attempts=row["attempts"],
        claims=row["claims"],
        made_at=row["made_at"],
        mail=row["mail"],
        citizen_id=None if citizen_id is None else CitizenId(citizen_id),
        openid=row["openid"],
        window_closes_at=row["window_closes_at"],
        window_left=row["window_left"] or 0,
        following=bool(row["following"]),
        at_work=row["at_work"] or row["means"] == Means.WEBHOOK,
        resting=row["resting"],
        webhook_url=row["webhook_url"] if row["webhook_off_at"] is None else None,
        webhook_secret=row["webhook_secret"],
    )

"""Citizens, their reply window, and what the platform called us with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, CitizenId, InboundMessage
from servicedesk.store.db import Conn, queries


@dataclass(frozen=True)
class Citizen:
    """A person as one account knows them."""

    id: CitizenId
    openid: str
    following: bool
    window_closes_at: datetime | None
    window_left: int


async def meet(conn: Conn, account_id: AccountId, openid: str, *, now: datetime) -> Citizen:
    """The citizen, made known if new; their row stays locked until the transaction ends."""
    return _citizen(await queries.meet_citizen(conn, account_id=account_id, openid=openid, now=now))


async def by_id(conn: Conn, account_id: AccountId, citizen_id: CitizenId) -> Citizen:
    """The citizen of an id that is known to exist."""
    return _citizen(await queries.citizen_by_id(conn, account_id=account_id, citizen_id=citizen_id))


async def lock(conn: Conn, account_id: AccountId, citizen_id: CitizenId) -> Citizen:
    """The citizen, their row locked until the transaction ends: always before their tickets, so that nobody deadlocks."""
    return _citizen(await queries.lock_citizen(conn, account_id=account_id, citizen_id=citizen_id))


async def open_window(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, closes_at: datetime, messages: int) -> None:
    """The platform lets us send again."""
    await queries.open_window(conn, account_id=account_id, citizen_id=citizen_id, closes_at=closes_at, messages=messages)


async def use_window(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, messages: int = 1) -> None:
    """Messages of the window are used up."""
    await queries.use_window(conn, account_id=account_id, citizen_id=citizen_id, messages=messages)


async def close_window(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, seen: datetime | None) -> bool:
    """The platform said that nothing more may be sent in the window that was seen; False where it is another by now."""
    closed = await queries.close_window(conn, account_id=account_id, citizen_id=citizen_id, seen=seen)
    return closed is not None


async def set_following(conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, following: bool, now: datetime) -> None:
    """The citizen followed or left."""
    await queries.set_following(
        conn,
        account_id=account_id,
        citizen_id=citizen_id,
        following=following,
        unfollowed_at=None if following else now,
    )


async def keep_inbound(conn: Conn, account_id: AccountId, inbound: InboundMessage, *, now: datetime) -> int | None:
    """Keep a call of the platform; None where it has been kept before."""
    made: int | None = await queries.keep_inbound(
        conn, account_id=account_id, dedupe_key=inbound.dedupe_key, openid=inbound.openid, kind=inbound.kind,
        received_at=now, sent_at=inbound.sent_at, payload=inbound.payload or None,
    )  # fmt: skip
    return made


async def reply_to(conn: Conn, account_id: AccountId, dedupe_key: str) -> Mapping[str, Any] | None:
    """What an earlier delivery of the same call was answered."""
    row = await queries.inbound_reply(conn, account_id=account_id, dedupe_key=dedupe_key)
    return None if row is None else row["reply"]


async def set_reply(conn: Conn, account_id: AccountId, dedupe_key: str, reply: Mapping[str, Any]) -> None:
    """Remember the answer to a call."""
    await queries.set_inbound_reply(conn, account_id=account_id, dedupe_key=dedupe_key, reply=reply)


async def mark_noticed(conn: Conn, account_id: AccountId, dedupe_key: str) -> bool:
    """Whether this is the first time that a late reply to the call is owed."""
    return await queries.mark_noticed(conn, account_id=account_id, dedupe_key=dedupe_key) is not None


def _citizen(row: Any) -> Citizen:
    return Citizen(CitizenId(row["citizen_id"]), row["openid"], row["following"], row["window_closes_at"], row["window_left"])

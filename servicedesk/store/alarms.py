"""Alarms, and what they are found by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId
from servicedesk.store.db import Conn, View, queries, views

_TURN = 0x5D41  # any number that no other advisory lock here has


async def take_turn(conn: Conn) -> bool:
    """Whether this worker looks now; until the transaction ends."""
    return bool(await conn.fetchval("SELECT pg_try_advisory_xact_lock($1)", _TURN))


async def standing(conn: Conn, account_ids: Sequence[AccountId]) -> list[View]:
    """Alarms that are not over."""
    return views(await queries.standing_alarms(conn, account_ids=account_ids))


async def raise_(conn: Conn, account_id: AccountId, name: str, *, facts: Mapping[str, Any], now: datetime) -> None:
    """It has begun."""
    await queries.raise_alarm(conn, account_id=account_id, name=name, facts=dict(facts), now=now)


async def clear(conn: Conn, account_id: AccountId, name: str, *, now: datetime) -> None:
    """It is over."""
    await queries.clear_alarm(conn, account_id=account_id, name=name, now=now)


async def late_deliveries(conn: Conn, account_ids: Sequence[AccountId], *, before: datetime) -> list[View]:
    """Accounts with deliveries that ought to have gone before this instant."""
    return views(await queries.late_deliveries(conn, account_ids=account_ids, before=before))


async def dying_media(conn: Conn, account_ids: Sequence[AccountId], *, before: datetime) -> list[View]:
    """Accounts with files that the platform forgets before this instant."""
    return views(await queries.dying_media(conn, account_ids=account_ids, before=before))


async def silences(conn: Conn, account_ids: Sequence[AccountId], *, since: datetime) -> list[View]:
    """Of each account that was called since: how often, when last, and the longest silence between two calls."""
    return views(await queries.silences(conn, account_ids=account_ids, since=since))

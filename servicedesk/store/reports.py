"""What supervisors read."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.model import AccountId
from servicedesk.store.db import Conn, View, queries, views


async def replies_since(conn: Conn, account_id: AccountId, *, since: datetime) -> list[View]:
    """Each deadline that began since then, with when it was met."""
    return views(await queries.replies_since(conn, account_id=account_id, since=since))


async def department_loads(conn: Conn, account_id: AccountId, *, now: datetime) -> list[View]:
    """Each department with its open and overdue tickets."""
    return views(await queries.department_loads(conn, account_id=account_id, now=now))


async def returns_since(conn: Conn, account_id: AccountId, *, since: datetime) -> dict[int, int]:
    """How often each department returned a ticket."""
    rows = await queries.returns_since(conn, account_id=account_id, since=since)
    return {row["department_id"]: row["returns"] for row in rows}

"""What supervisors read."""

from __future__ import annotations

from datetime import datetime

from servicedesk.domain.model import AccountId
from servicedesk.store.db import Conn, View, queries, views


async def department_loads(conn: Conn, account_id: AccountId, *, now: datetime) -> list[View]:
    """Each department with its open and overdue tickets."""
    return views(await queries.department_loads(conn, account_id=account_id, now=now))

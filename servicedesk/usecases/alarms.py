"""What ought not to be so: nothing comes in any more, what is owed does not go out, files are about to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain.model import AccountId
from servicedesk.domain.silence import LOOK_BACK, is_unusual
from servicedesk.store import alarms
from servicedesk.store.db import Conn

OLDEST_OWED = timedelta(minutes=15)
LAST_DAY = timedelta(days=1)


async def look(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, at_silences: bool = True) -> tuple[int, int]:
    """Raise and clear; how many were raised and cleared. Two workers that look at once agree by a lock.

    Silences are found by four weeks of calls, so they are not looked at every time; what stands of them stands on.
    """
    if not await alarms.take_turn(conn):
        return 0, 0
    found = await _silent(conn, account_ids, now) if at_silences else {}
    for row in await alarms.late_deliveries(conn, account_ids, before=now - OLDEST_OWED):
        found[AccountId(row["account_id"]), "delivery_late"] = {
            "count": row["deliveries"],
            "since": row["oldest_at"].isoformat(),
        }
    for row in await alarms.dying_media(conn, account_ids, before=now + LAST_DAY):
        found[AccountId(row["account_id"]), "media_dying"] = {
            "count": row["files"],
            "dies_at": row["first_dies_at"].isoformat(),
        }
    standing = {(AccountId(row["account_id"]), row["name"]) for row in await alarms.standing(conn, account_ids)}
    if not at_silences:
        standing = {key for key in standing if key[1] != "intake_silent"}
    for key in found.keys() - standing:
        await alarms.raise_(conn, *key, facts=found[key], now=now)
    for key in standing - found.keys():
        await alarms.clear(conn, *key, now=now)
    return len(found.keys() - standing), len(standing - found.keys())


async def _silent(conn: Conn, account_ids: Sequence[AccountId], now: datetime) -> dict[tuple[AccountId, str], dict[str, Any]]:
    """Accounts that have heard nothing for longer than is usual with them."""
    return {
        (AccountId(row["account_id"]), "intake_silent"): {"since": row["last_at"].isoformat()}
        for row in await alarms.silences(conn, account_ids, since=now - LOOK_BACK)
        if is_unusual(now - row["last_at"], longest=row["longest"], calls=row["calls"])
    }

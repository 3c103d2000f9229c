"""What ought not to be so: nothing comes in any more, what is owed does not go out, files are about to be forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain.model import AccountId
from servicedesk.domain.silence import LOOK_BACK, is_unusual
from servicedesk.store import alarms, tickets
from servicedesk.store.db import Conn

OLDEST_OWED = timedelta(minutes=15)
LAST_DAY = timedelta(days=1)
SILENT = "intake_silent"

Key = tuple[AccountId, str]  # whose alarm, and its name
Facts = Mapping[str, Any]


async def look(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, at_silences: bool = True) -> tuple[int, int]:
    """Raise and clear; how many were raised and cleared. Two workers that look at once agree by a lock.

    Silences are found by four weeks of calls, so they are not looked at every time; what stands of them stands on.
    """
    if not await alarms.take_turn(conn):
        return 0, 0
    found: dict[Key, Facts]
    standing = {(AccountId(row["account_id"]), row["name"]): row["facts"] for row in await alarms.standing(conn, account_ids)}
    if at_silences:
        found = await _silent(conn, account_ids, standing, now)
    else:
        found = {key: facts for key, facts in standing.items() if key[1] == SILENT}
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
    in_limbo = Counter(AccountId(row["account_id"]) for row in await tickets.limbo(conn, account_ids))
    found |= {(account_id, "limbo"): {"count": count} for account_id, count in in_limbo.items()}
    for key in found.keys() - standing.keys():
        await alarms.raise_(conn, *key, facts=found[key], now=now)
    for key in standing.keys() - found.keys():
        await alarms.clear(conn, *key, now=now)
    return len(found.keys() - standing.keys()), len(standing.keys() - found.keys())


async def _silent(
    conn: Conn, account_ids: Sequence[AccountId], standing: Mapping[Key, Facts], now: datetime
) -> dict[Key, Facts]:
    """Accounts that have heard nothing for longer than is usual; once that is said, it stands until somebody calls."""
    rows = {AccountId(row["account_id"]): row for row in await alarms.silences(conn, account_ids, since=now - LOOK_BACK)}
    still = {
        key: facts
        for key, facts in standing.items()
        if key[1] == SILENT and (key[0] not in rows or rows[key[0]]["last_at"].isoformat() == facts["since"])
    }
    return still | {
        (account_id, SILENT): {"since": row["last_at"].isoformat()}
        for account_id, row in rows.items()
        if is_unusual(now - row["last_at"], longest=row["longest"], calls=row["calls"])
    }

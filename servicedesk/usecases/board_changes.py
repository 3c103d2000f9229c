"""Find out that something has happened in an account, and tell who watches its board."""

from __future__ import annotations

from servicedesk.domain.model import AccountId
from servicedesk.store import accounts, board
from servicedesk.store.db import Conn

Seen = dict[AccountId, tuple[int, ...]]


async def announce(conn: Conn, seen: Seen) -> list[AccountId]:
    """Tell of the accounts in which something happened since `seen`, which is brought up to date; those told of.

    Intake itself tells nobody: every commit with a NOTIFY in it waits for the one before.
    """
    newest = await board.newest_events(conn, await accounts.every_id(conn))
    changed = [account_id for account_id, events in newest.items() if seen.get(account_id) != events]
    if changed:
        await board.announce(conn, changed)
    seen.clear()
    seen.update(newest)
    return changed

"""Media that citizens sent: owed by the platform until they are ours, or lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import NotFound
from servicedesk.domain.model import AccountId, Actor
from servicedesk.domain.sending import Refusal, backoff
from servicedesk.store import messages, tickets
from servicedesk.store.db import Conn, View

LEASE = timedelta(seconds=90)


async def claim(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime) -> list[View]:
    """Media to fetch now; this worker's until the lease ends."""
    return await messages.claim_media(conn, account_ids, now=now, wall=wall, lease_until=wall + LEASE, size=8)


async def stored(
    conn: Conn, owed: View, *, sha256: str, content_type: str, size: int, preview_sha256: str | None, preview_type: str | None
) -> None:
    """The file is ours, under the name of its content, and its preview if there is one."""
    await messages.store_media(
        conn, owed["account_id"], owed["media_id"], sha256=sha256, content_type=content_type, size=size,
        preview_sha256=preview_sha256, preview_type=preview_type,
    )  # fmt: skip


async def refused(conn: Conn, owed: View, refusal: Refusal, *, now: datetime) -> None:
    """Again later, until the platform has forgotten it."""
    if refusal is Refusal.MEDIA_GONE or now >= owed["dies_at"]:
        await messages.lose_media(conn, owed["account_id"], owed["media_id"])
    else:
        await messages.put_off_media(conn, owed["account_id"], owed["media_id"], until=now + backoff(owed["attempts"]))


async def file_for(conn: Conn, actor: Actor, media_id: int) -> View:
    """A stored file of a ticket that the actor may see. Raises NotFound, NotPermitted."""
    found = await messages.media(conn, actor.account_id, media_id)
    if found is None or found["state"] != "stored":
        raise NotFound
    check(actor, Act.SEE, await tickets.by_id(conn, actor.account_id, found["ticket_id"]))
    return found

"""The daily push: which publications go to followers, and what the platform made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import NotFound
from servicedesk.domain.model import Account, AccountId, Actor, DigestId
from servicedesk.domain.push_policy import pieces_for, slot_on
from servicedesk.domain.sending import Next, Refusal, after_refusal
from servicedesk.store import accounts, publications
from servicedesk.store.db import Conn, View

LEASE = timedelta(minutes=2)
# A push that missed its slot by more than this waits for the next day: followers are not woken in the evening.
LATEST = timedelta(hours=2)


@dataclass(frozen=True)
class Plan:
    """The next push as the editor sees it."""

    slot: datetime | None
    waiting: list[View]
    going: int
    digests: list[View]


async def plan(conn: Conn, account: Account, *, now: datetime) -> bool:
    """Make the day's digest when its slot has come; False where there is nothing to do."""
    calendar = await accounts.calendar(conn, account)
    today = now.astimezone(account.zone).date()
    slot = slot_on(calendar, today, account.push_at)
    if slot is None or not slot <= now <= slot + LATEST:
        return False
    waiting = await publications.waiting_pieces(conn, account.id)
    count = pieces_for(len(waiting), account.pieces_aimed)
    if count == 0 or await publications.digest_on(conn, account.id, today) is not None:
        return False
    digest_id = await publications.add_digest(
        conn, account.id, day=today, push_at=slot, client_msg_id=f"{account.code}-{today:%Y%m%d}", now=now
    )
    if digest_id is None:
        return False
    for position, piece in enumerate(waiting[:count], start=1):
        await publications.add_digest_piece(
            conn, account.id, digest_id, position=position, publication_id=piece["publication_id"]
        )
    return True


async def next_push(conn: Conn, actor: Actor, *, now: datetime) -> Plan:
    """The next slot, what waits for it, and the last pushes."""
    check_page(actor, Page.EDITING)
    account = await accounts.by_id(conn, actor.account_id)
    waiting = await publications.waiting_pieces(conn, account.id)
    return Plan(
        await _next_slot(conn, account, now),
        waiting,
        pieces_for(len(waiting), account.pieces_aimed),
        await publications.recent_digests(conn, account.id),
    )


async def drop_piece(conn: Conn, actor: Actor, publication_id: int) -> None:
    """Take a publication from the coming push; it stays on the portal. Raises NotFound."""
    check_page(actor, Page.EDITING)
    if not await publications.drop_piece(conn, actor.account_id, publication_id):
        raise NotFound


async def claim(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> list[View]:
    """Digests to send now; this worker's until the lease ends."""
    return await publications.claim_digests(conn, account_ids, now=now, lease_until=now + LEASE, size=4)


async def drafted(conn: Conn, account_id: AccountId, digest_id: DigestId, media_id: str) -> None:
    """The platform has the draft; it is not made again."""
    await publications.keep_draft_media(conn, account_id, digest_id, media_id)


async def submitted(conn: Conn, account_id: AccountId, digest_id: DigestId, msg_id: str) -> None:
    """The platform took the mass send."""
    await publications.digest_submitted(conn, account_id, digest_id, msg_id)


async def refused(
    conn: Conn, account_id: AccountId, digest: View, refusal: Refusal, *, errcode: int | None, now: datetime
) -> None:
    """The platform said no: again later, or for the editor to look at."""
    digest_id = DigestId(digest["digest_id"])
    if refusal is Refusal.NO_RIGHT:
        await accounts.set_capability(conn, account_id, "mass_send", available=False, errcode=errcode, now=now)
    verdict = after_refusal(refusal, digest["attempts"], now)
    if verdict.next is Next.PUT_OFF and verdict.at is not None:
        await publications.put_off_digest(conn, account_id, digest_id, until=verdict.at, errcode=errcode)
    else:
        await publications.fail_digest(conn, account_id, digest_id, errcode=errcode)


async def sent(conn: Conn, account: Account, report: Mapping[str, Any], *, now: datetime) -> None:
    """The platform's MASSSENDJOBFINISH report of a finished mass send."""
    msg_id = str(report.get("MsgID") or report.get("MsgId") or "")
    count = str(report.get("SentCount") or "0")
    if msg_id:
        await publications.digest_sent(
            conn, account.id, msg_id, sent_count=int(count) if count.isdecimal() and len(count) < 10 else 0, now=now
        )


async def _next_slot(conn: Conn, account: Account, now: datetime) -> datetime | None:
    calendar = await accounts.calendar(conn, account)
    today = now.astimezone(account.zone).date()
    done_today = await publications.digest_on(conn, account.id, today) is not None
    for offset in range(30):
        slot = slot_on(calendar, today + timedelta(days=offset), account.push_at)
        if slot is not None and (slot + LATEST > now) and not (offset == 0 and done_today):
            return slot
    return None

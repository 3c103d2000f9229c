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
from servicedesk.domain.sending import RIGHT_ASKED_AGAIN, Next, Refusal, after_refusal
from servicedesk.store import accounts, publications
from servicedesk.store.db import Conn, View

LEASE = timedelta(minutes=2)
# A push that missed its slot by more than this waits for the next day: followers are not woken in the evening.
LATEST = timedelta(hours=2)
MASS_SEND = "mass_send"
MISSED = "missed"


@dataclass(frozen=True)
class Plan:
    """The next push as the editor sees it."""

    slot: datetime | None
    waiting: list[View]
    going: int
    digests: list[View]


async def plan(conn: Conn, account: Account, *, now: datetime, wall: datetime) -> bool:
    """Make the day's digest when its slot has come; False where there is nothing to do, or the account may not push."""
    calendar = await accounts.calendar(conn, account)
    today = now.astimezone(account.zone).date()
    slot = slot_on(calendar, today, account.push_at)
    if slot is None or not slot <= now <= slot + LATEST:
        return False
    rights = {row["name"]: row["retry_at"] for row in await accounts.capabilities(conn, account.id)}
    if (asked_again := rights.get(MASS_SEND)) is not None and asked_again > wall:
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


async def claim(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime) -> list[View]:
    """Digests to send now; this worker's until the lease ends."""
    return await publications.claim_digests(conn, account_ids, now=now, wall=wall, lease_until=wall + LEASE, size=4)


def too_late(digest: View, *, now: datetime) -> bool:
    """Whether the slot has passed by more than followers should bear."""
    return bool(now > digest["push_at"] + LATEST)


async def drafted(conn: Conn, account_id: AccountId, digest_id: DigestId, media_id: str) -> None:
    """The platform has the draft; it is not made again."""
    await publications.keep_draft_media(conn, account_id, digest_id, media_id)


async def submitted(conn: Conn, account_id: AccountId, digest_id: DigestId, msg_id: str) -> None:
    """The platform took the mass send; its report may have come already."""
    await publications.digest_submitted(conn, account_id, digest_id, msg_id)
    await _apply_report(conn, account_id, msg_id)


async def refused(
    conn: Conn, account_id: AccountId, digest: View, refusal: Refusal, *, errcode: int | None, now: datetime, wall: datetime
) -> None:
    """The platform said no: again within the slot, or tomorrow with the same pieces, or for the editor to look at.

    Pieces of a try whose outcome is not known are not released: followers may have them.
    """
    digest_id, unsure = DigestId(digest["digest_id"]), digest["unsure"] or refusal is Refusal.UNKNOWN
    if refusal is Refusal.NO_RIGHT:
        retry_at = wall + RIGHT_ASKED_AGAIN
        await accounts.refuse_capability(conn, account_id, MASS_SEND, errcode=errcode, wall=wall, retry_at=retry_at)
    verdict = after_refusal(refusal, digest["attempts"], now)
    if verdict.next is Next.PUT_OFF and verdict.at is not None:
        if not too_late(digest, now=verdict.at):
            await publications.put_off_digest(conn, account_id, digest_id, until=verdict.at, errcode=errcode, unsure=unsure)
            return
        await missed(conn, account_id, {**digest, "unsure": unsure}, errcode=errcode)
        return
    await publications.fail_digest(conn, account_id, digest_id, errcode=errcode, refusal=None)
    if refusal is Refusal.NO_RIGHT and not unsure:
        await publications.release_pieces(conn, account_id, digest_id)


async def missed(conn: Conn, account_id: AccountId, digest: View, *, errcode: int | None) -> None:
    """The slot passed without a push: the pieces wait for the next one, unless they may have gone."""
    digest_id = DigestId(digest["digest_id"])
    await publications.fail_digest(conn, account_id, digest_id, errcode=errcode, refusal=MISSED)
    if not digest["unsure"]:
        await publications.release_pieces(conn, account_id, digest_id)


async def release(conn: Conn, actor: Actor, digest_id: int) -> None:
    """An editor lets the pieces of a failed push wait for the next one. Raises NotFound."""
    check_page(actor, Page.EDITING)
    if not await publications.release_pieces(conn, actor.account_id, DigestId(digest_id)):
        raise NotFound


async def sent(conn: Conn, account: Account, report: Mapping[str, Any], *, now: datetime) -> None:
    """The platform's MASSSENDJOBFINISH report of a finished mass send."""
    msg_id = str(report.get("MsgID") or report.get("MsgId") or "")[:64]
    count = str(report.get("SentCount") or "0")
    if not msg_id:
        return
    await publications.keep_report(
        conn, account.id, msg_id, status=str(report.get("Status") or "")[:100], now=now,
        sent_count=int(count) if count.isascii() and count.isdecimal() and len(count) < 10 else 0,
    )  # fmt: skip
    await _apply_report(conn, account.id, msg_id)


async def _apply_report(conn: Conn, account_id: AccountId, msg_id: str) -> None:
    report = await publications.report(conn, account_id, msg_id)
    if report is None:
        return
    if report["status"].replace(" ", "").lower() == "sendsuccess":
        await publications.digest_sent(conn, account_id, msg_id, sent_count=report["sent_count"], now=report["reported_at"])
    else:
        await publications.digest_not_sent(conn, account_id, msg_id, refusal=report["status"])


async def _next_slot(conn: Conn, account: Account, now: datetime) -> datetime | None:
    calendar = await accounts.calendar(conn, account)
    today = now.astimezone(account.zone).date()
    done_today = await publications.digest_on(conn, account.id, today) is not None
    for offset in range(30):
        slot = slot_on(calendar, today + timedelta(days=offset), account.push_at)
        if slot is not None and (slot + LATEST > now) and not (offset == 0 and done_today):
            return slot
    return None

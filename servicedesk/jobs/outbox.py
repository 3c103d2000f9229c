"""Send what is owed to citizens: claim, send outside any transaction, record."""

from __future__ import annotations

import asyncio

import structlog

from servicedesk import metrics
from servicedesk.channels.base import ChannelError
from servicedesk.domain.model import Account, Delivery
from servicedesk.domain.sending import MESSAGE_LIMIT_BYTES, PIECE_ROOM_BYTES, Refusal, Rung, next_piece, pieces_left
from servicedesk.jobs import notices, pictures
from servicedesk.jobs.pictures import ClaimLost
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import View, transaction
from servicedesk.usecases import delivery as deliveries

log = structlog.get_logger(__name__)
BATCH = 32
_LOOK_S = 0.25
VERDICTS = ("SOLVED", "UNSOLVED", "SATISFIED", "UNSATISFIED")


async def send_owed(place: Place) -> bool:
    """One round; True where there may be more: each citizen's next delivery is claimed once the one before has gone.

    The round ends when nothing is under way; meanwhile more is claimed beside what is slow, which holds up its citizen only.
    """
    sending: set[asyncio.Task[None]] = set()
    began = 0
    try:
        while (started := await _start(place, sending)) or sending:
            began += started
            _, sending = await asyncio.wait(sending, timeout=_LOOK_S)
    except asyncio.CancelledError:
        for task in sending:
            task.cancel()
        raise
    finally:
        await asyncio.gather(*sending, return_exceptions=True)
    return began > 0


async def _start(place: Place, sending: set[asyncio.Task[None]]) -> int:
    """Claim as much as there is room for beside what is under way, and begin; how many."""
    if len(sending) >= BATCH:
        return 0
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        now, wall = place.clock.now(), place.clock.wall()
        claimed = await deliveries.claim(conn, ids, now=now, wall=wall, size=BATCH - len(sending))
        owners = {each: await accounts.by_id(conn, each) for each in {owed.account_id for owed in claimed}}
    sending.update(asyncio.create_task(_send_one(place, owners[owed.account_id], owed)) for owed in claimed)
    return len(claimed)


async def _send_one(place: Place, account: Account, owed: Delivery) -> None:
    """What nobody foresaw about one delivery must not hold the others up, nor try itself without end."""
    try:
        await _send(place, account, owed)
    except Exception:
        metrics.JOB_ERRORS.labels("outbox").inc()
        log.exception("delivery_broke", delivery=owed.id)
        async with transaction(place.pool) as conn:
            await deliveries.broke(conn, owed, now=place.clock.now(), wall=place.clock.wall())


async def _send(place: Place, account: Account, owed: Delivery) -> None:
    if deliveries.is_worn_out(owed):
        async with transaction(place.pool) as conn:
            await deliveries.give_up(conn, owed, now=place.clock.now(), wall=place.clock.wall())
        metrics.DELIVERIES.labels("failed").inc()
        return
    rung = deliveries.rung_of(owed, now=place.clock.now())
    if rung is Rung.PASSIVE_REPLY:
        async with transaction(place.pool) as conn:
            await deliveries.hold_unsent(conn, owed, now=place.clock.now(), wall=place.clock.wall())
        metrics.DELIVERIES.labels("held").inc()
        return
    try:
        if rung is Rung.CUSTOMER_MESSAGE:
            await _send_messages(place, account, owed)
        else:
            await _send_notice(place, account, owed, rung)
    except ChannelError as error:
        await _refused(place, owed, rung, error)
        return
    except ClaimLost:
        log.warning("claim_lost", delivery=owed.id)
        return
    metrics.DELIVERIES.labels("accepted").inc()


async def _send_messages(place: Place, account: Account, owed: Delivery) -> None:
    """The words, piece by piece, then each picture; what has gone is recorded before the next one goes.

    Pictures that the window has no message for any more are given as a link, with the files that the chat cannot show.
    """
    files = await pictures.files_of(place, owed)
    room = _room(place, account, owed)
    fits = max(0, owed.window_left - pieces_left(owed.body, owed.sent_chars, room))
    waiting = [file for file in files if pictures.goes_alone(file) and file["sent_at"] is None]
    alone = waiting[:fits]
    as_link = len(waiting) > fits or any(not pictures.goes_alone(file) for file in files)
    gone = owed.sent_chars
    while gone < len(owed.body):
        gone = await _send_piece(place, account, owed, gone, room=room, as_link=as_link, is_last=not alone)
    for file in alone:
        await pictures.send(place, account, owed, file)
        async with transaction(place.pool) as conn:
            held = await deliveries.picture_sent(
                conn, owed, file["attachment_id"], now=place.clock.now(), wall=place.clock.wall()
            )
        if not held:
            raise ClaimLost
    if alone or owed.sent_chars >= len(owed.body):
        async with transaction(place.pool) as conn:
            await deliveries.sent(conn, owed, now=place.clock.now(), wall=place.clock.wall(), uses_window=False)


def _room(place: Place, account: Account, owed: Delivery) -> int:
    """What a piece may take: the platform counts its head, its foot and the link too."""
    frame = _text(place, account, owed, "", first=True, last=True, as_link=owed.has_files)
    return max(300, min(PIECE_ROOM_BYTES, MESSAGE_LIMIT_BYTES - len(frame.encode())))


async def _send_piece(
    place: Place, account: Account, owed: Delivery, gone: int, *, room: int, as_link: bool, is_last: bool
) -> int:
    """Send the next piece and record it; how many characters have gone after it."""
    piece, after = next_piece(owed.body, gone, room)
    ends = after == len(owed.body)
    channel = place.channel(account)
    text = _text(place, account, owed, piece, first=gone == 0, last=ends, as_link=as_link)
    if ends and owed.purpose == "answer":
        await _send_with_verdicts(place, account, owed, text)
    else:
        await with_token(place, account, lambda token: channel.send_text(token, owed.openid, text))
    async with transaction(place.pool) as conn:
        if ends and is_last:
            await deliveries.sent(conn, owed, now=place.clock.now(), wall=place.clock.wall())
            return after
        held = await deliveries.part_sent(conn, owed, after, wall=place.clock.wall())
    if not held:
        raise ClaimLost
    return after


async def _send_with_verdicts(place: Place, account: Account, owed: Delivery, text: str) -> None:
    """The end of an answer with a tap for each verdict; where the platform takes no such message, the words alone."""
    channel, words = place.channel(account), place.pages.words()
    choices = [(f"{name} {owed.number}", str(words.verdict(name))) for name in VERDICTS]
    try:
        await with_token(place, account, lambda token: channel.send_choices(token, owed.openid, text, choices))
    except ChannelError as error:
        if error.refusal is not Refusal.REJECTED:
            raise
        await with_token(place, account, lambda token: channel.send_text(token, owed.openid, text))


async def _send_notice(place: Place, account: Account, owed: Delivery, rung: Rung) -> None:
    notice = await notices.notice_for(place, account, owed, rung)
    if notice is None:
        raise ChannelError(Refusal.UNREACHABLE)  # the leave was used, or the template taken away, since the claim
    channel = place.channel(account)
    await with_token(place, account, lambda token: channel.send_notice(token, owed.openid, rung, notice))
    async with transaction(place.pool) as conn:
        await deliveries.sent(conn, owed, now=place.clock.now(), wall=place.clock.wall(), rung=rung)


async def _refused(place: Place, owed: Delivery, rung: Rung, error: ChannelError) -> None:
    async with transaction(place.pool) as conn:
        await deliveries.refused(
            conn, owed, error.refusal, errcode=error.code, now=place.clock.now(), wall=place.clock.wall(), rung=rung
        )
    metrics.DELIVERIES.labels(str(error.refusal)).inc()
    log.warning("delivery_refused", delivery=owed.id, reason=error.refusal, errcode=error.code)


def _text(place: Place, account: Account, owed: Delivery, piece: str, *, first: bool, last: bool, as_link: bool) -> str:
    facts: View = {
        "account": account, "number": owed.number, "department": owed.department, "together": owed.together, "body": piece,
        "first": first, "last": last, "base_url": place.base_url,
        "link": place.links.case(account.code, owed.number) if as_link and last else None,
    }  # fmt: skip
    return place.pages.text(f"deliveries/{owed.purpose}.txt", facts)

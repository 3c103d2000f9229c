"""The daily push: planned at the slot, drafted, sent to all followers once."""

from __future__ import annotations

import asyncio
from importlib import resources

import structlog

from servicedesk.channels.base import Article, ChannelError
from servicedesk.domain.model import Account, AccountId, DigestId
from servicedesk.jobs import article_pictures
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts, publications
from servicedesk.store.db import View, transaction
from servicedesk.usecases import digesting

log = structlog.get_logger(__name__)
SUMMARY_LIMIT = 100


async def push(place: Place) -> bool:
    """One round for every account."""
    async with transaction(place.pool) as conn:
        every = await accounts.every(conn)
    for account in every:
        async with transaction(place.pool) as conn:
            await digesting.plan(conn, account, now=place.clock.now(), wall=place.clock.wall())
    async with transaction(place.pool) as conn:
        ids = [account.id for account in every]
        claimed = await digesting.claim(conn, ids, now=place.clock.now(), wall=place.clock.wall())
    for digest in claimed:
        await _send(place, digest)
    return False


async def _send(place: Place, digest: View) -> None:
    async with place.pool.acquire() as conn:
        account = await accounts.by_id(conn, AccountId(digest["account_id"]))
    if digesting.too_late(digest, now=place.clock.now()):
        async with transaction(place.pool) as conn:
            await digesting.missed(conn, account.id, digest, errcode=None)
        return
    try:
        draft_id = digest["draft_media_id"] or await _draft(place, account, digest)
        channel = place.channel(account)
        msg_id = await with_token(place, account, lambda token: channel.mass_send(token, draft_id, digest["client_msg_id"]))
    except ChannelError as error:
        async with transaction(place.pool) as conn:
            await digesting.refused(
                conn, account.id, digest, error.refusal, errcode=error.code, now=place.clock.now(), wall=place.clock.wall()
            )
        log.warning("digest_refused", digest=digest["digest_id"], reason=error.refusal, errcode=error.code)
        return
    async with transaction(place.pool) as conn:
        await digesting.submitted(conn, account.id, DigestId(digest["digest_id"]), msg_id)


async def _draft(place: Place, account: Account, digest: View) -> str:
    channel, cover_id = place.channel(account), await _cover(place, account)
    async with place.pool.acquire() as conn:
        pieces = await publications.digest_pieces(conn, account.id, DigestId(digest["digest_id"]))
    pictures = await article_pictures.addresses(place, account, [piece["publication_id"] for piece in pieces])
    articles = [_article(place, account, piece, pictures.get(piece["publication_id"], [])) for piece in pieces]
    draft_id = await with_token(place, account, lambda token: channel.add_draft(token, articles, cover_id))
    async with transaction(place.pool) as conn:
        await digesting.drafted(conn, account.id, DigestId(digest["digest_id"]), draft_id)
    return draft_id


async def _cover(place: Place, account: Account) -> str:
    if account.cover_media_id is not None:
        return account.cover_media_id
    file = resources.files("servicedesk.web").joinpath("static/cover.png")
    picture = await asyncio.to_thread(file.read_bytes)
    channel = place.channel(account)
    cover_id = await with_token(place, account, lambda token: channel.upload_cover(token, picture))
    async with transaction(place.pool) as conn:
        await accounts.set_cover(conn, account.id, cover_id)
    return cover_id


def _article(place: Place, account: Account, piece: View, pictures: list[str]) -> Article:
    return Article(
        title=piece["title"],
        summary=piece["answer"][:SUMMARY_LIMIT],
        html=place.pages.html("deliveries/article.html", piece=piece, account=account, pictures=pictures),
        url=f"{place.base_url}/portal/{account.code}/answers/{piece['publication_id']}",
    )

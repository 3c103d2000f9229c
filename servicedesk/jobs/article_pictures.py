"""Covered pictures in the articles of a digest: uploaded once each, as the platform takes no pictures from elsewhere."""

from __future__ import annotations

import asyncio

import structlog

from servicedesk.channels.base import ChannelError
from servicedesk.domain.covering import is_bare
from servicedesk.domain.model import Account
from servicedesk.domain.sending import Refusal
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import pictures
from servicedesk.store.db import View, transaction
from servicedesk.store.files import FileMissing, FilesAway

log = structlog.get_logger(__name__)
LEFT_OUT = frozenset({Refusal.REJECTED, Refusal.NO_RIGHT, Refusal.QUOTA})


async def addresses(place: Place, account: Account, publication_ids: list[int]) -> dict[int, list[str]]:
    """The platform's addresses of the public pictures of publications.

    A picture that is gone, or that the platform will not have, is left out: the push goes on without it. Raises ChannelError
    for what may go better later.
    """
    async with place.pool.acquire() as conn:
        found = await pictures.of_publications(conn, account.id, publication_ids)
    made: dict[int, list[str]] = {}
    for publication_id, rows in found.items():
        made[publication_id] = [url for row in rows if (url := await _address(place, account, row)) is not None]
    return made


async def _address(place: Place, account: Account, row: View) -> str | None:
    if row["channel_url"] is not None:
        return str(row["channel_url"])
    try:
        content = await _bare_copy(place, row["sha256"])
        channel = place.channel(account)
        url = await with_token(place, account, lambda token: channel.upload_article_picture(token, content))
    except FilesAway:
        raise ChannelError(Refusal.AGAIN) from None
    except (FileMissing, ChannelError) as error:
        if isinstance(error, ChannelError) and error.refusal not in LEFT_OUT:
            raise
        log.warning("article_picture_left_out", picture=row["picture_id"])
        return None
    async with transaction(place.pool) as conn:
        await pictures.uploaded(conn, account.id, row["picture_id"], url)
    return url


async def _bare_copy(place: Place, sha256: str) -> bytes:
    content = await place.files.get(sha256)
    if not await asyncio.to_thread(is_bare, content):
        raise FileMissing(sha256)
    return content

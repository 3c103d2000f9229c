"""Fetch what citizens sent before the platform forgets it, into a folder by content."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path

import structlog

from servicedesk.channels.base import ChannelError
from servicedesk.domain.model import AccountId
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import View, transaction
from servicedesk.usecases import fetching

log = structlog.get_logger(__name__)
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (4, b"ftyp", "video/mp4"),
)


async def fetch_owed(place: Place) -> bool:
    """One round; True where there was something."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        claimed = await fetching.claim(conn, ids, now=place.clock.now(), wall=place.clock.wall())
    for owed in claimed:
        await _fetch(place, owed)
    return bool(claimed)


async def _fetch(place: Place, owed: View) -> None:
    async with place.pool.acquire() as conn:
        account = await accounts.by_id(conn, AccountId(owed["account_id"]))
    channel = place.channel(account)
    try:
        file = await with_token(place, account, lambda token: channel.fetch_media(token, owed["channel_media_id"]))
    except ChannelError as error:
        async with transaction(place.pool) as conn:
            await fetching.refused(conn, owed, error.refusal, now=place.clock.now())
        log.warning("media_refused", media=owed["media_id"], reason=error.refusal, errcode=error.code)
        return
    digest = await asyncio.to_thread(keep_file, place.home / "media", file.content)
    async with transaction(place.pool) as conn:
        await fetching.stored(conn, owed, sha256=digest, content_type=sniffed(file.content), size=len(file.content))


def keep_file(folder: Path, content: bytes) -> str:
    """Put a file under the name of its SHA-256, whole or not at all; returns the name."""
    digest = hashlib.sha256(content).hexdigest()
    target = folder / digest[:2] / digest
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as stream:
            stream.write(content)
        Path(stream.name).replace(target)
    return digest


def sniffed(content: bytes) -> str:
    """The type by the file's first bytes; nobody's word for it is taken."""
    for offset, sign, content_type in _SIGNS:
        if content[offset : offset + len(sign)] == sign:
            return content_type
    return "application/octet-stream"

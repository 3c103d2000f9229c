"""Pictures of a publication: none is public unless an editor covered what must be covered, and confirmed the copy they saw."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from servicedesk.domain.covering import PICTURES_AT_MOST, Covering, Rectangle, Source, is_bare, sides_of
from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AlreadyPublished, InvalidForm, NotFound, Unreadable
from servicedesk.domain.model import Account, Actor, Ticket
from servicedesk.store import pictures, publications
from servicedesk.store.db import Conn, View
from servicedesk.store.files import FileMissing, Files
from servicedesk.store.pictures import Copy
from servicedesk.usecases.finding import ticket_for, ticket_seen


class Coverer(Protocol):
    """What makes copies; it runs where a harmful picture harms nothing."""

    async def copy(self, content: bytes, covering: Covering | None) -> bytes | None:
        """A bare JPEG, covered; without a covering as an editor looks at it. None where the picture cannot be read."""


@dataclass(frozen=True)
class Picture:
    """A picture of a ticket, and the copy of it that is or will be public, if there is one."""

    source: Source
    original_sha256: str
    from_citizen: bool
    picture_id: int | None
    rectangles: tuple[Rectangle, ...]
    sha256: str | None
    covered_by: str | None
    covered_at: datetime | None
    published: bool


@dataclass(frozen=True)
class Gallery:
    """The pictures of a ticket. `seal` is of the copies that will be public, for the confirmation."""

    ticket: Ticket
    pictures: tuple[Picture, ...]
    seal: str

    @property
    def chosen(self) -> tuple[Picture, ...]:
        """Those that will be public."""
        return tuple(each for each in self.pictures if each.picture_id is not None)


@dataclass(frozen=True)
class Checked:
    """The seal of copies that were read once more and carry nothing but their pixels. Made by checked."""

    seal: str


async def of_ticket(conn: Conn, actor: Actor, number: str) -> Gallery:
    """The pictures of an answered ticket. Raises NotFound, NotPermitted."""
    ticket = await ticket_seen(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    return await _gallery(conn, ticket)


async def one(conn: Conn, actor: Actor, number: str, source: Source) -> tuple[Ticket, Picture]:
    """One of them. Raises NotFound, NotPermitted."""
    gallery = await of_ticket(conn, actor, number)
    return gallery.ticket, _find(gallery, source)


async def upright(files: Files, coverer: Coverer, picture: Picture) -> bytes:
    """The picture as an editor looks at it. Raises Unreadable."""
    return await _made(files, coverer, picture, None)


async def covered(files: Files, coverer: Coverer, picture: Picture, covering: Covering) -> Copy:
    """Make the copy and keep it in the store of files; no transaction may be open. Raises Unreadable."""
    made = await _made(files, coverer, picture, covering)
    try:
        width, height = await asyncio.to_thread(sides_of, made)
    except ValueError:
        raise Unreadable from None
    return Copy(await files.put(made), len(made), width, height)


async def choose(
    conn: Conn, actor: Actor, number: str, source: Source, *, covering: Covering, copy: Copy, now: datetime
) -> int:
    """The copy will be public with the answer, in place of the one before; returns its id.

    Raises AlreadyPublished: what is public does not change, it can only be taken off.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    if await publications.of_ticket(conn, ticket) is not None:
        raise AlreadyPublished
    gallery = await _gallery(conn, ticket)
    picture = _find(gallery, source)
    if picture.picture_id is not None:
        await pictures.remove(conn, ticket, picture.picture_id, actor.staff_id, now=now)
    elif len(gallery.chosen) >= PICTURES_AT_MOST:
        raise InvalidForm("pictures", "too_many", limit=str(PICTURES_AT_MOST))
    return await pictures.add(
        conn, ticket, source, original_sha256=picture.original_sha256, covering=covering, copy=copy, by=actor.staff_id, now=now
    )


async def take_off(conn: Conn, actor: Actor, number: str, source: Source, *, now: datetime) -> None:
    """The picture will not be public; or is so no more, where it was already. Raises NotFound where it has no copy."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    picture = _find(await _gallery(conn, ticket), source)
    if picture.picture_id is None or not await pictures.remove(conn, ticket, picture.picture_id, actor.staff_id, now=now):
        raise NotFound


async def checked(files: Files, gallery: Gallery) -> Checked:
    """Read every copy that will be public once more; no transaction may be open.

    Raises InvalidForm where one is gone, is not what was confirmed, or carries anything besides its pixels.
    """
    for each in gallery.chosen:
        try:
            content = await files.get(each.sha256 or "")
        except FileMissing:
            raise InvalidForm("pictures", "missing") from None
        if not await asyncio.to_thread(_is_that_copy, content, each.sha256):
            raise InvalidForm("pictures", "leak")
    return Checked(gallery.seal)


async def seen_and_checked(conn: Conn, ticket: Ticket, seal: str, were_checked: Checked) -> tuple[int, ...]:
    """The ids of the copies to publish. Raises InvalidForm where they are not those that were seen and checked."""
    gallery = await _gallery(conn, ticket)
    if not (hmac.compare_digest(seal, gallery.seal) and hmac.compare_digest(were_checked.seal, gallery.seal)):
        raise InvalidForm("pictures", "changed")
    return tuple(each.picture_id for each in gallery.chosen if each.picture_id is not None)


async def public_one(conn: Conn, account: Account, picture_id: int) -> View:
    """A copy that is public now. Raises NotFound."""
    found = await pictures.public(conn, account.id, picture_id)
    if found is None:
        raise NotFound
    return found


async def public_of(conn: Conn, account: Account, rows: list[View]) -> dict[int, list[View]]:
    """The public copies of publications, by publication_id."""
    return await pictures.of_publications(conn, account.id, [row["publication_id"] for row in rows])


def seal_of(chosen: list[str]) -> str:
    """A seal of copies by their SHA-256, in their order on the page."""
    return hashlib.sha256("\0".join(chosen).encode()).hexdigest()


NO_PICTURES = Checked(seal_of([]))


async def _gallery(conn: Conn, ticket: Ticket) -> Gallery:
    found = tuple(_picture(row) for row in await pictures.of_ticket(conn, ticket))
    return Gallery(ticket, found, seal_of([f"{each.picture_id} {each.sha256}" for each in found if each.sha256 is not None]))


def _picture(row: View) -> Picture:
    return Picture(
        Source(row["source"], row["id"]), row["original_sha256"], row["source"] == "media", row["picture_id"],
        tuple(Rectangle(*each) for each in row["rectangles"] or ()), row["sha256"], row["covered_by"], row["covered_at"],
        row["publication_id"] is not None,
    )  # fmt: skip


def _find(gallery: Gallery, source: Source) -> Picture:
    found = next((each for each in gallery.pictures if each.source == source), None)
    if found is None:
        raise NotFound
    return found


async def _made(files: Files, coverer: Coverer, picture: Picture, covering: Covering | None) -> bytes:
    try:
        content = await files.get(picture.original_sha256)
    except FileMissing:
        raise Unreadable from None
    made = await coverer.copy(content, covering)
    if made is None:
        raise Unreadable
    return made


def _is_that_copy(content: bytes, sha256: str | None) -> bool:
    return hashlib.sha256(content).hexdigest() == sha256 and is_bare(content)

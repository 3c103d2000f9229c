"""Covered copies of pictures, and the pictures that they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.covering import COVERABLE, Covering, Source
from servicedesk.domain.model import AccountId, StaffId, Ticket
from servicedesk.store.db import Conn, View, queries, view, views


@dataclass(frozen=True)
class Copy:
    """A covered copy that lies in the store of files: its SHA-256, bytes, and sides in pixels."""

    sha256: str
    size: int
    width: int
    height: int


async def of_ticket(conn: Conn, ticket: Ticket) -> list[View]:
    """The pictures of a ticket, the citizen's first, each with its copy in force (picture_id is None where it has none)."""
    return views(
        await queries.pictures_of_ticket(conn, account_id=ticket.account_id, ticket_id=ticket.id, kinds=sorted(COVERABLE))
    )


async def add(
    conn: Conn,
    ticket: Ticket,
    source: Source,
    *,
    original_sha256: str,
    covering: Covering,
    copy: Copy,
    by: StaffId,
    now: datetime,
) -> int:
    """A copy in force; returns its id. The one before must have been removed."""
    made: int = await queries.add_covered_picture(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, media_id=source.id if source.kind == "media" else None,
        attachment_id=source.id if source.kind == "attachment" else None, original_sha256=original_sha256,
        rectangles=covering.as_rows(), nothing_to_cover=covering.nothing_to_cover, sha256=copy.sha256, size=copy.size,
        width=copy.width, height=copy.height, staff_id=by, now=now,
    )  # fmt: skip
    return made


async def remove(conn: Conn, ticket: Ticket, picture_id: int, by: StaffId, *, now: datetime) -> bool:
    """A copy is not public any more, or never will be; False where it was removed already."""
    removed = await queries.remove_covered_picture(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, picture_id=picture_id, staff_id=by, now=now
    )
    return removed is not None


async def publish(conn: Conn, ticket: Ticket, picture_ids: Sequence[int], publication_id: int) -> None:
    """These copies are public from now on."""
    await queries.publish_covered_pictures(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, picture_ids=picture_ids, publication_id=publication_id
    )


async def public(conn: Conn, account_id: AccountId, picture_id: int) -> View | None:
    """A copy that is public now."""
    return view(await queries.public_picture(conn, account_id=account_id, picture_id=picture_id))


async def of_publications(conn: Conn, account_id: AccountId, publication_ids: Sequence[int]) -> dict[int, list[View]]:
    """The public copies of publications; those without pictures are left out."""
    found: dict[int, list[View]] = {}
    for row in views(await queries.public_pictures(conn, account_id=account_id, publication_ids=publication_ids)):
        found.setdefault(row["publication_id"], []).append(row)
    return found


async def uploaded(conn: Conn, account_id: AccountId, picture_id: int, url: str) -> None:
    """The platform has a copy for its articles, at this address."""
    await queries.picture_uploaded(conn, account_id=account_id, picture_id=picture_id, channel_url=url)

"""Messages of a ticket, staff notes, and the media that messages carry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from servicedesk.domain.model import AccountId, DeliveryId, StaffId, Ticket
from servicedesk.store.db import Conn, View, queries, view, views


async def add(
    conn: Conn,
    ticket: Ticket,
    *,
    direction: str,
    kind: str,
    body: str,
    now: datetime,
    inbound_id: int | None = None,
    staff_id: StaffId | None = None,
    delivery_id: DeliveryId | None = None,
) -> int:
    """One utterance, in or out; returns its id."""
    made: int = await queries.add_message(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, direction=direction, kind=kind, body=body, sent_at=now,
        inbound_id=inbound_id, staff_id=staff_id, delivery_id=delivery_id,
    )  # fmt: skip
    return made


async def of_ticket(conn: Conn, ticket: Ticket) -> list[View]:
    """The conversation, with the media of each message."""
    return views(await queries.messages_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def citizens_words(conn: Conn, ticket: Ticket) -> str:
    """Everything the citizen wrote to a ticket, a line each."""
    rows = await queries.citizens_words(conn, account_id=ticket.account_id, ticket_id=ticket.id)
    return "\n".join(row["body"] for row in rows)


async def add_note(conn: Conn, ticket: Ticket, by: StaffId, body: str, *, instruction: bool, now: datetime) -> None:
    """A note that only staff see; an instruction is a supervisor's."""
    await queries.add_note(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, staff_id=by, body=body, instruction=instruction, now=now
    )


async def notes_of(conn: Conn, ticket: Ticket) -> list[View]:
    """The notes of a ticket, instructions first."""
    return views(await queries.notes_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def owe_media(
    conn: Conn, ticket: Ticket, message_id: int, *, media_id: str, kind: str, dies_at: datetime, now: datetime
) -> None:
    """A picture, voice or film to fetch before the platform forgets it."""
    await queries.add_media(
        conn, account_id=ticket.account_id, message_id=message_id, channel_media_id=media_id, kind=kind, dies_at=dies_at,
        now=now,
    )  # fmt: skip


async def claim_media(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, lease_until: datetime, size: int
) -> list[View]:
    """Media to fetch now, leased to this worker."""
    return views(
        await queries.claim_media(conn, account_ids=account_ids, now=now, wall=wall, lease_until=lease_until, size=size)
    )


async def media_owed(conn: Conn, account_ids: Sequence[AccountId]) -> View:
    """How many media are still to be fetched, when the platform forgets the first of them, and how many it has forgotten."""
    return dict(await queries.media_owed(conn, account_ids=account_ids))


async def store_media(
    conn: Conn, account_id: AccountId, media_id: int, *, sha256: str, content_type: str, size: int,
    preview_sha256: str | None, preview_type: str | None,
) -> None:  # fmt: skip
    """The file is ours, and its preview if one was made."""
    await queries.store_media(
        conn, account_id=account_id, media_id=media_id, sha256=sha256, content_type=content_type, size=size,
        preview_sha256=preview_sha256, preview_type=preview_type,
    )  # fmt: skip


async def put_off_media(conn: Conn, account_id: AccountId, media_id: int, *, until: datetime) -> None:
    """Try again later."""
    await queries.put_off_media(conn, account_id=account_id, media_id=media_id, next_try_at=until)


async def lose_media(conn: Conn, account_id: AccountId, media_id: int) -> None:
    """The platform no longer has it."""
    await queries.lose_media(conn, account_id=account_id, media_id=media_id)


async def media(conn: Conn, account_id: AccountId, media_id: int) -> View | None:
    """A file and the ticket it belongs to."""
    return view(await queries.media_with_ticket(conn, account_id=account_id, media_id=media_id))

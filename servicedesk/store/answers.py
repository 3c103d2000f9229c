"""Drafts, answers, and the files that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from servicedesk.domain.model import AccountId, Delivery, DeliveryId, StaffId, Ticket
from servicedesk.store.db import Conn, View, queries, view, views


async def put_draft(conn: Conn, ticket: Ticket, body: str, by: StaffId, *, now: datetime) -> None:
    """The text being written; the last one counts."""
    await queries.put_draft(conn, account_id=ticket.account_id, ticket_id=ticket.id, body=body, staff_id=by, now=now)


async def draft_of(conn: Conn, ticket: Ticket) -> View | None:
    """The text being written."""
    return view(await queries.draft_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def drop_draft(conn: Conn, ticket: Ticket) -> None:
    """The draft became an answer."""
    await queries.drop_draft(conn, account_id=ticket.account_id, ticket_id=ticket.id)


async def add_answer(conn: Conn, ticket: Ticket, body: str, by: StaffId, *, now: datetime) -> int:
    """An answer; returns its id."""
    made: int = await queries.add_answer(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, body=body, staff_id=by, now=now
    )
    return made


async def answer_given(conn: Conn, ticket: Ticket) -> View | None:
    """The newest answer of a ticket."""
    return view(await queries.answer_given(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def add_attachment(
    conn: Conn, ticket: Ticket, *, name: str, content_type: str, sha256: str, size: int, by: StaffId, now: datetime
) -> int:
    """A file for the next answer or reply; returns its id."""
    made: int = await queries.add_attachment(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, name=name, content_type=content_type, sha256=sha256,
        size=size, staff_id=by, now=now,
    )  # fmt: skip
    return made


async def waiting_attachments(conn: Conn, ticket: Ticket) -> list[View]:
    """Files that went with nothing yet."""
    return views(await queries.waiting_attachments(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def drop_attachment(conn: Conn, ticket: Ticket, attachment_id: int) -> bool:
    """Take a file back; False where it has gone with something."""
    dropped = await queries.drop_attachment(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, attachment_id=attachment_id
    )
    return dropped is not None


async def send_with(conn: Conn, account_id: AccountId, delivery_id: DeliveryId, attachment_ids: Sequence[int]) -> None:
    """These files go with a delivery."""
    await queries.send_with(conn, account_id=account_id, delivery_id=delivery_id, attachment_ids=attachment_ids)


async def attachments_of_delivery(conn: Conn, account_id: AccountId, delivery_id: DeliveryId) -> list[View]:
    """What goes with a delivery, and when each went as a message of its own."""
    return views(await queries.attachments_of_delivery(conn, account_id=account_id, delivery_id=delivery_id))


async def attachments_sent(conn: Conn, ticket: Ticket) -> list[View]:
    """What went with the deliveries of a ticket."""
    return views(await queries.attachments_sent(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def attachment(conn: Conn, account_id: AccountId, attachment_id: int) -> View | None:
    """One file."""
    return view(await queries.attachment(conn, account_id=account_id, attachment_id=attachment_id))


async def attachment_uploaded(
    conn: Conn, account_id: AccountId, attachment_id: int, channel_media_id: str | None, until: datetime | None
) -> None:
    """The platform's name of a picture, and until when it knows it; None: it has forgotten."""
    await queries.attachment_uploaded(
        conn, account_id=account_id, attachment_id=attachment_id, channel_media_id=channel_media_id, until=until
    )


async def attachment_sent(conn: Conn, delivery: Delivery, attachment_id: int, *, now: datetime) -> None:
    """A picture has gone and must not go again."""
    await queries.attachment_sent(
        conn, account_id=delivery.account_id, delivery_id=delivery.id, attachment_id=attachment_id, now=now
    )


async def written_to(conn: Conn, ticket: Ticket) -> list[View]:
    """What people wrote to the ticket's citizen and was not given up, oldest first."""
    return views(await queries.written_to(conn, account_id=ticket.account_id, ticket_id=ticket.id))

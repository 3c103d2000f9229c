"""Files that staff send with an answer or a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.files import ATTACHMENT_LIMIT_BYTES, ATTACHMENTS_AT_ONCE, attachment_type, safe_name
from servicedesk.domain.model import AccountId, Actor, Ticket
from servicedesk.store import answers, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases.finding import ticket_for, ticket_seen

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class NewFile:
    """A file that lies in the store already, under its SHA-256."""

    name: str
    content_type: str
    sha256: str
    size: int


async def may_attach(conn: Conn, actor: Actor, number: str) -> None:
    """Before anything is stored: whether the actor may write to this citizen now. Raises as ticket_seen and check."""
    check(actor, Act.REPLY, await ticket_seen(conn, actor, number))


def type_of(name: str, content: bytes) -> str:
    """What a file is. Raises InvalidForm for what is too large or of a kind that is not sent."""
    if len(content) > ATTACHMENT_LIMIT_BYTES:
        raise InvalidForm("files", "too_large", name=safe_name(name), limit=str(ATTACHMENT_LIMIT_BYTES // MEGABYTE))
    found = attachment_type(name, content)
    if found is None:
        raise InvalidForm("files", "not_sent", name=safe_name(name))
    return found


async def attach(conn: Conn, actor: Actor, number: str, files: Sequence[NewFile], *, now: datetime) -> Ticket:
    """They go with the next answer or reply. Raises InvalidForm where there are too many."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.REPLY, ticket)
    if len(await answers.waiting_attachments(conn, ticket)) + len(files) > ATTACHMENTS_AT_ONCE:
        raise InvalidForm("files", "too_many", limit=str(ATTACHMENTS_AT_ONCE))
    for file in files:
        await answers.add_attachment(
            conn, ticket, name=safe_name(file.name), content_type=file.content_type, sha256=file.sha256, size=file.size,
            by=actor.staff_id, now=now,
        )  # fmt: skip
    return ticket


async def take_back(conn: Conn, actor: Actor, number: str, attachment_id: int) -> Ticket:
    """A file that has gone with nothing yet. Raises NotFound."""
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.REPLY, ticket)
    if not await answers.drop_attachment(conn, ticket, attachment_id):
        raise NotFound
    return ticket


async def file_for(conn: Conn, actor: Actor, attachment_id: int) -> View:
    """A file of a ticket that the actor may see. Raises NotFound, NotPermitted."""
    found = await answers.attachment(conn, actor.account_id, attachment_id)
    if found is None:
        raise NotFound
    check(actor, Act.SEE, await tickets.by_id(conn, actor.account_id, found["ticket_id"]))
    return found


async def file_of_case(conn: Conn, account_id: AccountId, number: str, attachment_id: int) -> View:
    """A file that was sent to the citizen of a case. Raises NotFound."""
    ticket = await tickets.by_number(conn, account_id, number)
    sent = [] if ticket is None else await answers.attachments_sent(conn, ticket)
    found = next((each for each in sent if each["attachment_id"] == attachment_id), None)
    if found is None:
        raise NotFound
    return found

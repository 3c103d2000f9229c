"""Publications, their search, and digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from servicedesk.domain.model import AccountId, DepartmentId, DigestId, StaffId, Ticket
from servicedesk.domain.publication import PublicText
from servicedesk.language.guessed_names import Strength
from servicedesk.store.db import Conn, View, queries, view, views


async def to_publish(conn: Conn, account_id: AccountId, *, size: int) -> list[View]:
    """Answered tickets that are not public yet, newest first."""
    return views(await queries.to_publish(conn, account_id=account_id, size=size))


async def add(
    conn: Conn,
    ticket: Ticket,
    department_id: DepartmentId,
    text: PublicText,
    *,
    masked_also: Sequence[str],
    kept: Sequence[str],
    masking: Strength,
    for_digest: bool,
    by: StaffId,
    words: Sequence[str],
    now: datetime,
) -> int | None:
    """A confirmed publication, or None where the ticket has one."""
    made: int | None = await queries.add_publication(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, department_id=department_id, title=text.title,
        question=text.question, answer=text.answer, masked_also=masked_also, kept=kept,
        masking=masking.value, for_digest=for_digest, staff_id=by, now=now, words=sorted(set(words)),
    )  # fmt: skip
    return made


async def of_ticket(conn: Conn, ticket: Ticket) -> View | None:
    """The ticket's publication."""
    return view(await queries.publication_of(conn, account_id=ticket.account_id, ticket_id=ticket.id))


async def by_id(conn: Conn, account_id: AccountId, publication_id: int) -> View | None:
    """One publication."""
    return view(await queries.publication_by_id(conn, account_id=account_id, publication_id=publication_id))


async def newest(conn: Conn, account_id: AccountId, *, department: str | None, before: int, size: int) -> list[View]:
    """A page of publications, newest first, before an id."""
    return views(
        await queries.newest_publications(conn, account_id=account_id, department=department, id_before=before, size=size)
    )


async def search(conn: Conn, account_id: AccountId, query: str, *, size: int) -> list[View]:
    """The newest publications that a tsquery finds."""
    return views(await queries.search_publications(conn, account_id=account_id, query=query, size=size))


async def waiting_pieces(conn: Conn, account_id: AccountId) -> list[View]:
    """Publications that wait for a digest, the longest waiting first."""
    return views(await queries.waiting_pieces(conn, account_id=account_id))


async def drop_piece(conn: Conn, account_id: AccountId, publication_id: int) -> bool:
    """Take a publication from the list of those that wait."""
    return await queries.drop_piece(conn, account_id=account_id, publication_id=publication_id) is not None


async def digest_on(conn: Conn, account_id: AccountId, day: date) -> View | None:
    """The digest of a day."""
    return view(await queries.digest_on(conn, account_id=account_id, day=day))


async def add_digest(
    conn: Conn, account_id: AccountId, *, day: date, push_at: datetime, client_msg_id: str, now: datetime
) -> DigestId | None:
    """The day's digest, or None where it has one."""
    made = await queries.add_digest(
        conn, account_id=account_id, push_on=day, push_at=push_at, client_msg_id=client_msg_id, now=now
    )
    return None if made is None else DigestId(made)


async def add_digest_piece(
    conn: Conn, account_id: AccountId, digest_id: DigestId, *, position: int, publication_id: int
) -> None:
    """One piece of a digest."""
    await queries.add_digest_piece(
        conn, account_id=account_id, digest_id=digest_id, position=position, publication_id=publication_id
    )


async def digest_pieces(conn: Conn, account_id: AccountId, digest_id: DigestId) -> list[View]:
    """The pieces of a digest in their order."""
    return views(await queries.digest_pieces(conn, account_id=account_id, digest_id=digest_id))


async def recent_digests(conn: Conn, account_id: AccountId) -> list[View]:
    """The last ten digests."""
    return views(await queries.recent_digests(conn, account_id=account_id))


async def claim_digests(
    conn: Conn, account_ids: Sequence[AccountId], *, now: datetime, wall: datetime, lease_until: datetime, size: int
) -> list[View]:
    """Digests to send now, leased to this worker."""
    return views(
        await queries.claim_digests(conn, account_ids=account_ids, now=now, wall=wall, lease_until=lease_until, size=size)
    )


async def keep_draft_media(conn: Conn, account_id: AccountId, digest_id: DigestId, media_id: str) -> None:
    """The platform has the draft."""
    await queries.keep_draft_media(conn, account_id=account_id, digest_id=digest_id, media_id=media_id)


async def digest_submitted(conn: Conn, account_id: AccountId, digest_id: DigestId, msg_id: str) -> None:
    """The platform took the mass send and will report."""
    await queries.digest_submitted(conn, account_id=account_id, digest_id=digest_id, msg_id=msg_id)


async def put_off_digest(
    conn: Conn, account_id: AccountId, digest_id: DigestId, *, until: datetime, errcode: int | None, unsure: bool
) -> None:
    """Try again later; `unsure` where a try may have gone through."""
    await queries.put_off_digest(
        conn, account_id=account_id, digest_id=digest_id, next_try_at=until, errcode=errcode, unsure=unsure
    )


async def fail_digest(
    conn: Conn, account_id: AccountId, digest_id: DigestId, *, errcode: int | None, refusal: str | None
) -> None:
    """Given up, for a person to look at."""
    await queries.fail_digest(conn, account_id=account_id, digest_id=digest_id, errcode=errcode, refusal=refusal)


async def release_pieces(conn: Conn, account_id: AccountId, digest_id: DigestId) -> int:
    """Let the pieces of a failed digest wait for another; how many they are."""
    return len(await queries.release_pieces(conn, account_id=account_id, digest_id=digest_id))


async def keep_report(conn: Conn, account_id: AccountId, msg_id: str, *, status: str, sent_count: int, now: datetime) -> None:
    """What the platform reported of a mass send."""
    await queries.keep_report(conn, account_id=account_id, msg_id=msg_id, status=status, sent_count=sent_count, now=now)


async def report(conn: Conn, account_id: AccountId, msg_id: str) -> View | None:
    """The platform's report of a mass send, if it has come."""
    return view(await queries.mass_send_report(conn, account_id=account_id, msg_id=msg_id))


async def digest_sent(conn: Conn, account_id: AccountId, msg_id: str, *, sent_count: int, now: datetime) -> None:
    """The platform finished the mass send."""
    await queries.digest_sent(conn, account_id=account_id, msg_id=msg_id, sent_count=sent_count, now=now)


async def digest_not_sent(conn: Conn, account_id: AccountId, msg_id: str, *, refusal: str) -> None:
    """The platform took the mass send and then did not send it."""
    await queries.digest_not_sent(conn, account_id=account_id, msg_id=msg_id, refusal=refusal)


def as_query(words: Sequence[str], joint: str) -> str:
    """Words as a tsquery; each is quoted, so that nothing a person types is an operator."""
    return joint.join("'" + word.replace("\\", "\\\\").replace("'", "''") + "'" for word in words)

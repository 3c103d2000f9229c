"""What inquiries speak of, the topics found in it, and what was published on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from servicedesk.domain.bursts import Burst
from servicedesk.domain.model import AccountId, StaffId, TicketId
from servicedesk.store.db import Conn, View, queries, view, views


async def add_words(conn: Conn, account_id: AccountId, ticket_id: TicketId, words: Sequence[str], place: str | None) -> None:
    """What a ticket's inquiry speaks of."""
    await queries.add_inquiry_words(conn, account_id=account_id, ticket_id=ticket_id, words=list(words), place=place)


async def forget_words(conn: Conn, account_ids: Sequence[AccountId], *, before: date) -> None:
    """Of days before this."""
    await queries.forget_inquiry_words(conn, account_ids=account_ids, before=before)


async def with_new_words(conn: Conn, account_ids: Sequence[AccountId], *, looked_before: datetime) -> list[AccountId]:
    """The accounts in which something has been said since the last look, where that is long enough ago (true time)."""
    rows = await queries.accounts_with_new_words(conn, account_ids=account_ids, looked_before=looked_before)
    return [AccountId(row["account_id"]) for row in rows]


async def looked(conn: Conn, account_id: AccountId, *, wall: datetime) -> None:
    """Everything that is known now has been looked at."""
    await queries.put_topic_mark(conn, account_id=account_id, wall=wall)


async def count_days(conn: Conn, account_id: AccountId, *, until: date) -> None:
    """Count the words of the days before this that are not yet counted, or have got further words since."""
    await queries.uncount_word_days(conn, account_id=account_id)
    await queries.count_word_days(conn, account_id=account_id, until=until)
    await queries.put_counted_until(conn, account_id=account_id, until=until)


async def counts(
    conn: Conn, account_id: AccountId, *, since: date, today: date, base_days: Sequence[date], least: int, times: float
) -> list[View]:
    """Words used since then, everywhere and by place, by so many citizens and so many times as many as on the base days.

    word, place, citizens (each once a day), before; tried: of how many words these are. The days before today must be counted.
    """
    return views(await queries.word_counts(
        conn, account_id=account_id, since=since, today=today, base_days=list(base_days), least=least, times=times,
    ))  # fmt: skip


async def tickets_of(conn: Conn, account_id: AccountId, words: Sequence[str], *, since: date, until: date) -> list[View]:
    """Which tickets say these words (word, ticket_id, citizen_id, place)."""
    return views(await queries.word_tickets(conn, account_id=account_id, since=since, until=until, words=list(words)))


async def first_day(conn: Conn, account_id: AccountId) -> date | None:
    """The first day of which words are kept."""
    found: date | None = await queries.first_word_day(conn, account_id=account_id)
    return found


async def lasting(conn: Conn, account_id: AccountId, *, since: date) -> list[View]:
    """Topics that were seen since then."""
    return views(await queries.lasting_topics(conn, account_id=account_id, since=since))


async def add(
    conn: Conn, account_id: AccountId, burst: Burst, *, place: str | None, kind: str, since: date, until: date, usual: float,
    now: datetime,
) -> int:  # fmt: skip
    """A new topic with its tickets; its id."""
    made: int = await queries.add_topic(
        conn, account_id=account_id, words=list(burst.words[:3]), place=place, kind=kind, first_on=since, last_on=until,
        peak=len(burst.citizens), usual=usual, now=now,
    )  # fmt: skip
    await queries.add_topic_tickets(conn, account_id=account_id, topic_id=made, ticket_ids=sorted(burst.tickets))
    return made


async def goes_on(conn: Conn, account_id: AccountId, topic_id: int, burst: Burst, *, place: str | None, until: date) -> None:
    """A topic that lasts, with its further tickets, in this place (None: everywhere)."""
    await queries.topic_goes_on(
        conn, account_id=account_id, topic_id=topic_id, place=place, last_on=until, peak=len(burst.citizens)
    )  # fmt: skip
    await queries.add_topic_tickets(conn, account_id=account_id, topic_id=topic_id, ticket_ids=sorted(burst.tickets))


async def tell(conn: Conn, account_id: AccountId, ticket_id: int, facts: dict[str, Any], *, now: datetime) -> None:
    """Every supervisor is to know."""
    await queries.notice_topic(conn, account_id=account_id, ticket_id=ticket_id, facts=facts, now=now)


async def newest(conn: Conn, account_id: AccountId, *, size: int) -> list[View]:
    """Topics that nobody has dismissed, the latest first."""
    return views(await queries.topics_of(conn, account_id=account_id, size=size))


async def by_id(conn: Conn, account_id: AccountId, topic_id: int) -> View | None:
    """One topic."""
    return view(await queries.topic_by_id(conn, account_id=account_id, topic_id=topic_id))


async def curve(conn: Conn, account_id: AccountId, topic_id: int, *, since: date, until: date) -> list[View]:
    """Its citizens day by day (day, citizens)."""
    return views(await queries.topic_curve(conn, account_id=account_id, topic_id=topic_id, since=since, until=until))


async def hours(
    conn: Conn, account_id: AccountId, topic_id: int, *, since: datetime, until: datetime, step: timedelta
) -> list[View]:
    """Its citizens in stretches of so many hours (at, citizens), from since to the one that begins at until."""
    return views(await queries.topic_hours(
        conn, account_id=account_id, topic_id=topic_id, since=since, until=until, step=step))  # fmt: skip


async def tickets(conn: Conn, account_id: AccountId, topic_id: int, *, size: int) -> list[View]:
    """The tickets behind it, newest first."""
    return views(await queries.topic_tickets(conn, account_id=account_id, topic_id=topic_id, size=size))


async def notices(conn: Conn, account_id: AccountId, topic_id: int, *, now: datetime) -> list[View]:
    """What was published on it, with how many wrote before and after."""
    return views(await queries.topic_notices(conn, account_id=account_id, topic_id=topic_id, now=now))


async def add_notice(
    conn: Conn,
    account_id: AccountId,
    topic_id: int,
    *,
    publication_id: int | None,
    title: str,
    published_at: datetime,
    by: StaffId,
) -> None:
    """Something was published on it."""
    await queries.add_topic_notice(
        conn, account_id=account_id, topic_id=topic_id, publication_id=publication_id, title=title, published_at=published_at,
        staff_id=by,
    )  # fmt: skip


async def dismiss(conn: Conn, account_id: AccountId, topic_id: int, *, by: StaffId) -> bool:
    """It is no topic; False where it is none already."""
    return await queries.dismiss_topic(conn, account_id=account_id, topic_id=topic_id, staff_id=by) is not None

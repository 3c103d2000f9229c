"""Topics 热点: shown with their curve and tickets, tied to what was published on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import InvalidForm, NotFound, NotPermitted
from servicedesk.domain.model import Account, Actor, Role
from servicedesk.store import accounts, publications
from servicedesk.store import topics as rows
from servicedesk.store.db import Conn, View

SHOWN, TICKETS_SHOWN, CURVE_DAYS = 40, 50, 30
HOURS, STRETCH = timedelta(hours=72), timedelta(hours=3)
TITLE_LIMIT = 100
TYING = frozenset({Role.SUPERVISOR, Role.EDITOR, Role.ADMIN})
DISMISSING = frozenset({Role.SUPERVISOR, Role.ADMIN})


@dataclass(frozen=True)
class TopicPage:
    """One topic: its curve by days and by stretches of three hours, the tickets behind it, and what was published on it."""

    topic: View
    days: list[View]
    hours: list[View]
    tickets: list[View]
    notices: list[View]
    published: list[View]
    may_tie: bool
    may_dismiss: bool


async def listed(conn: Conn, actor: Actor) -> list[View]:
    """Topics, the latest first. Raises NotPermitted."""
    check_page(actor, Page.TOPICS)
    return await rows.newest(conn, actor.account_id, size=SHOWN)


async def view(conn: Conn, actor: Actor, topic_id: int, *, now: datetime) -> TopicPage:
    """One topic. Raises NotPermitted, NotFound."""
    check_page(actor, Page.TOPICS)
    topic = await _topic(conn, actor, topic_id)
    account = await accounts.by_id(conn, actor.account_id)
    until = min(topic["last_on"] + timedelta(days=7), now.astimezone(account.zone).date())
    ends = min(now.astimezone(account.zone), datetime.combine(topic["last_on"] + timedelta(days=2), time(), account.zone))
    last = ends.replace(hour=ends.hour // 3 * 3, minute=0, second=0, microsecond=0)
    published = await publications.newest(conn, account.id, department=None, before=2**62, size=20)
    return TopicPage(
        topic,
        await rows.curve(conn, account.id, topic_id, since=until - timedelta(days=CURVE_DAYS - 1), until=until),
        await rows.hours(conn, account.id, topic_id, since=last - HOURS + STRETCH, until=last, step=STRETCH),
        await rows.tickets(conn, account.id, topic_id, size=TICKETS_SHOWN),
        await rows.notices(conn, account.id, topic_id, now=now),
        published,
        actor.role in TYING,
        actor.role in DISMISSING,
    )


async def tie(conn: Conn, actor: Actor, topic_id: int, form: Mapping[str, str], *, now: datetime) -> None:
    """Something was published on it: one of our publications, or a notice elsewhere with its title and time.

    Raises NotPermitted, NotFound, InvalidForm.
    """
    check_page(actor, Page.TOPICS)
    if actor.role not in TYING:
        raise NotPermitted
    await _topic(conn, actor, topic_id)
    account = await accounts.by_id(conn, actor.account_id)
    chosen = form.get("publication", "")
    if chosen:
        found = await publications.by_id(conn, account.id, int(chosen)) if chosen.isascii() and chosen.isdigit() else None
        if found is None:
            raise InvalidForm("publication", "unknown")
        title, at, publication_id = found["title"], found["published_at"], found["publication_id"]
    else:
        title, at, publication_id = form.get("notice_title", "").strip(), _time(form.get("at", ""), account), None
        if not title:
            raise InvalidForm("notice_title", "missing")
        if len(title) > TITLE_LIMIT:
            raise InvalidForm("notice_title", "too_long", limit=str(TITLE_LIMIT))
        if at > now:
            raise InvalidForm("at", "not_a_day")
    await rows.add_notice(
        conn, account.id, topic_id, publication_id=publication_id, title=title, published_at=at, by=actor.staff_id
    )


async def dismiss(conn: Conn, actor: Actor, topic_id: int) -> None:
    """不是热点. Raises NotPermitted, NotFound."""
    check_page(actor, Page.TOPICS)
    if actor.role not in DISMISSING:
        raise NotPermitted
    if not await rows.dismiss(conn, actor.account_id, topic_id, by=actor.staff_id):
        raise NotFound


async def _topic(conn: Conn, actor: Actor, topic_id: int) -> View:
    found = await rows.by_id(conn, actor.account_id, topic_id)
    if found is None:
        raise NotFound
    return found


def _time(given: str, account: Account) -> datetime:
    try:
        return datetime.fromisoformat(given).replace(tzinfo=account.zone)
    except ValueError:
        raise InvalidForm("at", "not_a_day") from None

"""What a person at the desk sees and sets of themselves: their notices, and how they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from servicedesk.domain.access import Page, pages_of
from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.model import AccountId, Actor
from servicedesk.domain.reporting import PERIODS
from servicedesk.domain.telling import PERSONAL, Means, is_mail
from servicedesk.store import notices, people, tellings
from servicedesk.store.db import Conn, View

NOTICES_SHOWN = 50
TELLINGS_SHOWN = 10
NEWEST = 2**62
NOTICE_LIFE = timedelta(days=180)
_FORGOTTEN_AT_ONCE = 100


@dataclass(frozen=True)
class NoticesPage:
    """A person's notices by day, the newest first; `older` begins the next page."""

    days: list[tuple[str, list[View]]]
    newest: int
    older: int | None


@dataclass(frozen=True)
class OwnPage:
    """How a person is told, and what was sent to them."""

    own: View
    window_open: bool
    tellings: list[View]


async def notices_of(conn: Conn, actor: Actor, zone: ZoneInfo, *, before: int = NEWEST) -> NoticesPage:
    """The person's own notices, older than the one of an id."""
    rows = await notices.of_person(conn, actor, before=before, size=NOTICES_SHOWN + 1)
    shown = rows[:NOTICES_SHOWN]
    days = groupby(shown, key=lambda row: row["made_at"].astimezone(zone).date().isoformat())
    older = shown[-1]["notice_id"] if len(rows) > NOTICES_SHOWN else None
    return NoticesPage([(day, list(of_day)) for day, of_day in days], shown[0]["notice_id"] if shown else 0, older)


async def read_notice(conn: Conn, actor: Actor, notice_id: int, *, now: datetime) -> str:
    """The notice is read; the path of its ticket or topic. Raises NotFound for somebody else's."""
    path = await notices.read(conn, actor, notice_id, now=now)
    if path is None:
        raise NotFound
    return path


async def read_notices(conn: Conn, actor: Actor, *, up_to: int, now: datetime) -> None:
    """All that the page showed, and what is older, is read; what has come since is not."""
    await notices.read_all(conn, actor, up_to=up_to, now=now)


async def forget_old(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> int:
    """Remove notices and tellings that nobody looks for any more; what happened stays with the ticket. How many went."""
    before = now - NOTICE_LIFE
    gone = await tellings.forget(conn, account_ids, before=before, size=_FORGOTTEN_AT_ONCE)
    return gone + await notices.forget(conn, account_ids, before=before, size=_FORGOTTEN_AT_ONCE)


async def view(conn: Conn, actor: Actor, *, now: datetime) -> OwnPage:
    """The person's own page."""
    own = await people.own(conn, actor)
    closes_at = own["window_closes_at"]
    window_open = bool(own["following"]) and closes_at is not None and closes_at > now and own["window_left"] > 0
    return OwnPage(own, window_open, await tellings.of_person(conn, actor, size=TELLINGS_SHOWN))


async def change(conn: Conn, actor: Actor, form: Mapping[str, str]) -> None:
    """The mail address and the means. Raises InvalidForm."""
    mail = form.get("mail", "").strip() or None
    if mail is not None and not is_mail(mail):
        raise InvalidForm("mail", "malformed")
    chosen = [means for means in PERSONAL if form.get(f"by_{means}") == "yes"]
    if mail is None and Means.MAIL in chosen:
        raise InvalidForm("mail", "missing")
    if (await people.own(conn, actor))["citizen_id"] is None:
        chosen = [means for means in chosen if means is not Means.WECHAT]
    wanted = [period for period in PERIODS if form.get(f"report_{period}") == "yes" and Page.FIGURES in pages_of(actor.role)]
    if mail is None and wanted:
        raise InvalidForm("mail", "missing")
    await people.set_means(conn, actor, mail, chosen, wanted)

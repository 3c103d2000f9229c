"""The clock's work: steps of the ladder, tickets that nobody contradicted, sessions that ran out."""

from __future__ import annotations

from functools import partial
from typing import Any

from servicedesk import metrics
from servicedesk.domain.model import Account
from servicedesk.jobs.place import Place
from servicedesk.store import accounts, people
from servicedesk.store.db import transaction
from servicedesk.usecases import ending, escalation, keeping, own_page, pausing

BATCH = 500


async def take_steps(place: Place) -> bool:
    """One round of the ladder; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        taken = await escalation.take_steps(conn, ids, now=place.clock.now(), size=BATCH, words=partial(_late, place))
    metrics.STEPS.inc(taken)
    return taken == BATCH


async def keep_house(place: Place) -> bool:
    """Close what was answered and not contradicted; a word before windows close; forget who left, and old sessions."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        closed = await ending.close_silent(conn, ids, now=place.clock.now())
        await people.end_old_sessions(conn, ids, now=place.clock.wall())
        told = await keeping.say_before_closing(conn, ids, partial(_still_on_it, place), now=place.clock.now())
        asked = await keeping.ask_again(conn, ids, partial(_ask_again, place), now=place.clock.now())
        ended = await pausing.end_bounded(conn, ids, partial(_going_on, place), now=place.clock.now())
        forgotten = await keeping.forget_who_left(conn, ids, now=place.clock.now())
        gone = await own_page.forget_old(conn, ids, now=place.clock.now())
    return closed + told + asked + ended + forgotten + gone > 0


def _late(place: Place, account: Account, facts: dict[str, str | None]) -> str:
    return place.pages.text("deliveries/late.txt", {**facts, "account": account, "zone": account.zone})


def _going_on(place: Place, account: Account, facts: dict[str, str]) -> str:
    return place.pages.text("deliveries/going_on.txt", {**facts, "account": account, "zone": account.zone})


def _ask_again(place: Place, account: Account, facts: dict[str, Any]) -> str:
    link = place.links.case(account.code, facts["number"])
    return place.pages.text("deliveries/ask_again.txt", {**facts, "link": link, "account": account, "zone": account.zone})


def _still_on_it(place: Place, account: Account, facts: dict[str, Any]) -> str:
    link = place.links.notice(account.code, facts["notify"]) if facts["notify"] else None
    return place.pages.text(
        "deliveries/still_on_it.txt", {**facts, "notify_link": link, "account": account, "zone": account.zone}
    )

"""The board: what stands in each list, its filters, where its figures lead, and the word that something changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from servicedesk.domain.desk import OPEN
from servicedesk.domain.errors import NotPermitted
from servicedesk.domain.model import Kind, State
from servicedesk.domain.sending import Rung
from servicedesk.store import board
from servicedesk.store.db import Conn
from servicedesk.usecases import answering, assigning, board_changes, board_views, delivery, desk_views, measuring
from servicedesk.usecases.desk_views import Narrow
from tests.desk import NOW, Desk, make_desk

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def look(desk: Desk, **filters: Any) -> dict[str, list[str]]:
    """The numbers in each list, which must be as many as the board says."""
    found = await board_views.view(desk.conn, desk.staff["duban"], now=filters.pop("now", NOW), **filters)
    for each in found.sections:
        assert len(each.rows) == min(each.count, board_views.SHOWN), each.name
    return {each.name: [row["number"] for row in each.rows] for each in found.sections}


async def test_each_list_shows_what_its_name_says_the_most_urgent_first(desk: Desk) -> None:
    first = await desk.asked(openid="a")
    second = await desk.asked(openid="b", now=NOW + MINUTE)
    taken = await desk.accepted(openid="c", now=NOW + 2 * MINUTE)
    returned = await desk.asked(openid="d", now=NOW + 3 * MINUTE)
    await assigning.give_back(desk.conn, desk.staff["zhujian"], returned, "1", "不是我们的事", now=NOW + 4 * MINUTE)
    found = await look(desk, now=NOW + 5 * MINUTE)
    assert found == {
        "due": [first, second, taken, returned], "overdue": [], "unaccepted": [first, second], "returned": [returned], "held": [],
        "unsolved": [],
    }  # fmt: skip
    late = await look(desk, now=NOW + 60 * DAY)
    assert (late["due"], late["overdue"]) == ([], [first, second, taken, returned])


async def test_who_has_waited_longest_for_acceptance_stands_first(desk: Desk) -> None:
    first = await desk.asked(openid="a")
    second = await desk.asked(openid="b", now=NOW + MINUTE)
    await assigning.assign(desk.conn, desk.staff["duban"], first, "jiaoyu", "改派", now=NOW + 2 * MINUTE)
    assert (await look(desk))["unaccepted"] == [second, first]


@pytest.mark.parametrize("end", ["held", "failed"])
async def test_answers_that_did_not_arrive_are_on_the_board(desk: Desk, end: str) -> None:
    number = await desk.accepted()
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    assert (await look(desk))["held"] == []
    (owed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=5)
    if end == "held":
        await desk.conn.execute("UPDATE delivery SET state = 'held', rung = 'passive_reply', next_try_at = NULL")
    else:
        await desk.conn.execute("UPDATE delivery SET state = 'failed', next_try_at = NULL")
    assert (await look(desk))["held"] == [number]
    assert (await look(desk, department="jiaoyu"))["held"] == []
    if end == "held":
        await delivery.accepted(desk.conn, desk.account.id, owed.id, rung=Rung.PASSIVE_REPLY, now=NOW)
        assert (await look(desk))["held"] == []


async def test_a_department_and_a_kind_narrow_every_list_and_figure(desk: Desk) -> None:
    heating = await desk.asked("家里暖气不热", openid="a")
    school = await desk.asked("孩子上学的招生范围怎么划？", openid="b")
    kinds = {(await desk.ticket(number)).kind for number in (heating, school)}
    assert kinds == {Kind.HELP, Kind.QUESTION}
    assert (await look(desk, department="zhujian"))["due"] == [heating]
    assert (await look(desk, kind="question"))["due"] == [school]
    assert (await look(desk, department="zhujian", kind="question"))["due"] == []
    await measuring.rebuild(desk.conn, desk.account.id, now=NOW)
    narrow = await board_views.view(desk.conn, desk.staff["duban"], "jiaoyu", "question", now=NOW)
    assert (narrow.counts["open"], narrow.counts["unaccepted"], narrow.balance["received"]) == (1, 1, 2)
    made_up = await board_views.view(desk.conn, desk.staff["duban"], "nowhere", "nothing", now=NOW)
    assert (made_up.department, made_up.kind, made_up.counts["open"]) == (None, None, 2)


async def test_no_list_is_longer_than_fits(desk: Desk) -> None:
    for who in range(board_views.SHOWN + 2):
        await desk.asked(openid=f"c{who}")
    assert len((await look(desk))["due"]) == board_views.SHOWN


async def test_every_figure_leads_to_the_tickets_that_it_counts(desk: Desk) -> None:
    for who in range(3):
        await desk.asked(openid=f"a{who}")
    number = await desk.asked(openid="b")
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "不是我们的事", now=NOW)
    await desk.says("说不清楚的事", openid="c")
    for now in (NOW, NOW + 2 * HOUR, NOW + 60 * DAY):
        counts = (await board_views.view(desk.conn, desk.staff["duban"], now=now)).counts
        midnight = board_views.end_of_day(desk.account, now)
        every, triage = list(OPEN), [State.NEW, State.TRIAGE]
        corners = {
            "due": (every, Narrow(since=now)), "overdue": (every, Narrow(until=now)), "triage": (triage, Narrow()),
            "due_today": (every, Narrow(since=now, until=midnight)), "returned": (triage, Narrow(returned=True)),
            "unaccepted": ([State.ASSIGNED], Narrow()), "open": (every, Narrow()),
        }  # fmt: skip
        for name, (states, narrow) in corners.items():
            rows = (await desk_views.queue(desk.conn, desk.staff["duban"], states, "", narrow)).rows
            assert len(rows) == counts[name], (name, now)


async def test_only_supervisors_and_administrators_see_the_board_and_only_their_own(desk: Desk) -> None:
    other = await make_desk(desk.conn, "lindeng")
    await desk.asked()
    for login in ("zhujian", "paidan", "bianji"):
        with pytest.raises(NotPermitted):
            await board_views.view(desk.conn, desk.staff[login], now=NOW)
    assert not any((await look(other)).values())


async def test_something_that_happened_is_told_once_and_to_its_account_alone(desk: Desk, conn: Conn, database: str) -> None:
    other = await make_desk(conn, "lindeng")
    seen: board_changes.Seen = {}
    assert await board_changes.announce(conn, seen) == [desk.account.id, other.account.id]
    assert await board_changes.announce(conn, seen) == []
    heard: list[str] = []
    listening = await asyncpg.connect(database)
    await listening.add_listener(board.CHANNEL, lambda *said: heard.append(str(said[-1])))
    number = await desk.asked()
    assert heard == []
    assert await board_changes.announce(conn, seen) == [desk.account.id]
    await assigning.accept(conn, desk.staff["zhujian"], number, now=NOW)
    assert await board_changes.announce(conn, seen) == [desk.account.id]
    assert await board_changes.announce(conn, seen) == []
    await listening.fetchval("SELECT 1")
    assert heard == [str(desk.account.id)] * 2
    await listening.close()


async def test_an_event_that_was_numbered_earlier_and_committed_later_is_told_too(desk: Desk, database: str) -> None:
    first, second = await desk.asked(openid="a"), await desk.asked(openid="b")
    slow = await asyncpg.connect(database)
    async with slow.transaction():
        await slow.execute(
            "INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at) SELECT account_id, ticket_id, 'accepted', $2"
            " FROM ticket WHERE number = $1",
            first, NOW,
        )  # fmt: skip
        await assigning.accept(desk.conn, desk.staff["zhujian"], second, now=NOW)
        seen: board_changes.Seen = {}
        await board_changes.announce(desk.conn, seen)
    assert await board_changes.announce(desk.conn, seen) == [desk.account.id]
    await slow.close()

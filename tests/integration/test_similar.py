"""What staff see beside a ticket: others that are alike, answers to use again, one citizen's repetitions."""

from __future__ import annotations

import pytest

from servicedesk.domain.errors import NotPermitted
from servicedesk.usecases import merging, similar
from tests.desk import NOW, Desk
from tests.integration.test_alike import publish

ASKED = "我家暖气不热，供暖温度不达标怎么办"


async def index(desk: Desk) -> None:
    while await similar.index_owed(desk.conn, [desk.account.id], size=50):
        pass


async def test_tickets_that_are_alike_and_the_answers_given_to_them_are_offered_the_likest_first(desk: Desk) -> None:
    old = await desk.answered(openid="first", body="请先排气，仍不热请打供热公司电话。")
    near = await desk.asked("暖气不热，供暖温度不达标", openid="second")
    await desk.asked("物业乱收小区车位费", openid="third")
    mine = await desk.asked(ASKED, openid="fourth")
    await publish(desk, "供暖温度不达标怎么办")
    await index(desk)
    view = await similar.similar(desk.conn, desk.staff["zhujian"], mine)
    assert [each["number"] for each in view.tickets] == [near, old]
    assert [each["answer"] for each in view.answers] == ["请先排气，仍不热请打供热公司电话。"]
    assert [each["title"] for each in view.published] == ["供暖温度不达标怎么办"]
    assert not view.tickets[0]["own"]


async def test_a_department_is_shown_nothing_of_anothers_and_nothing_of_a_ticket_that_it_may_not_see(desk: Desk) -> None:
    await desk.asked("孩子上学，学校里暖气不热，供暖温度不达标", openid="school")
    await desk.conn.execute("UPDATE ticket SET department_id = $1", desk.staff["jiaoyu"].department_id)
    mine = await desk.asked(ASKED, openid="b")
    await index(desk)
    assert (await similar.similar(desk.conn, desk.staff["zhujian"], mine)).tickets == []
    assert len((await similar.similar(desk.conn, desk.staff["paidan"], mine)).tickets) == 1
    with pytest.raises(NotPermitted):
        await similar.similar(desk.conn, desk.staff["jiaoyu"], mine)


async def test_a_dispatcher_sees_the_same_citizens_repetition_and_may_join_it(desk: Desk) -> None:
    first = await desk.accepted(ASKED, openid="again")
    await desk.conn.execute("UPDATE ticket SET opened_at = opened_at - interval '3 days'")
    second = await desk.asked("暖气不热，供暖温度不达标怎么办", openid="other")
    await desk.conn.execute("UPDATE ticket SET citizen_id = (SELECT min(citizen_id) FROM ticket)")
    await index(desk)
    view = await similar.similar(desk.conn, desk.staff["paidan"], second)
    assert [(each["number"], each["own"], each["open"]) for each in view.tickets] == [(first, True, True)]
    assert view.may_join
    await merging.merge(desk.conn, desk.staff["paidan"], second, first, now=NOW)
    await desk.balance()


async def test_an_inquiry_of_signs_alone_is_like_nothing(desk: Desk) -> None:
    number = await desk.asked("？？？😀", openid="a")
    await index(desk)
    assert (await similar.similar(desk.conn, desk.staff["paidan"], number)).tickets == []

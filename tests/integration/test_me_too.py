"""我也遇到: many who ask the same wait for one answer, each with a delivery of their own; and one citizen's repetitions."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain.model import State
from servicedesk.usecases import answering, assigning, similar
from servicedesk.usecases.calls import Reply
from tests.desk import NOW, Desk

ASKED = "东关小区停水了，物业说不知道，什么时候来水"


async def asks(desk: Desk, openid: str, text: str = ASKED) -> Reply:
    reply = await desk.says(text, openid=openid)
    assert reply is not None
    while await similar.index_owed(desk.conn, [desk.account.id], size=50):
        pass
    return reply


async def test_who_asks_what_others_ask_is_offered_to_wait_with_them_and_each_gets_the_answer(desk: Desk) -> None:
    first = str((await asks(desk, "one")).facts["number"])
    second = await asks(desk, "two", "您好，东关小区停水了，物业说不知道，几点来水呢")
    assert (first == second.facts["number"], second.facts["others"]) == (False, 1)
    joined = await asks(desk, "two", "同上。")
    assert (joined.template, joined.facts["others"]) == ("joined_others", 1)
    third = await asks(desk, "three")
    assert third.facts["others"] == 2
    assert (await asks(desk, "three", "我也遇到了")).facts["others"] == 2
    await desk.balance()
    await assigning.accept(desk.conn, desk.staff["zhujian"], first, now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], first, "管道抢修，今晚八点来水。", now=NOW)
    assert await desk.deliver() == 3
    bodies = await desk.conn.fetch("SELECT DISTINCT citizen_id FROM delivery WHERE purpose = 'answer' AND state = 'accepted'")
    assert len(bodies) == 3
    balance = await desk.balance()
    assert (balance["received"], balance["answered"], balance["merged"]) == (3, 1, 2)


async def test_where_nobody_asks_the_same_nothing_is_offered_and_the_words_are_a_message_like_any_other(desk: Desk) -> None:
    reply = await asks(desk, "one")
    assert reply.facts["others"] == 0
    said = await asks(desk, "one", "同上")
    assert (said.template, said.facts["number"]) == ("joined", reply.facts["number"])


async def test_an_offer_that_has_become_too_late_joins_nothing(desk: Desk) -> None:
    first = str((await asks(desk, "one")).facts["number"])
    second = await asks(desk, "two")
    await assigning.accept(desk.conn, desk.staff["zhujian"], first, now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], first, "已来水。", now=NOW)
    said = await asks(desk, "two", "同上")
    assert (said.template, said.facts["number"]) == ("joined", second.facts["number"])
    assert (await desk.ticket(str(second.facts["number"]))).state is not State.MERGED


async def test_what_was_asked_long_ago_or_at_another_department_is_not_offered(desk: Desk) -> None:
    await asks(desk, "one")
    await desk.conn.execute("UPDATE ticket SET opened_at = opened_at - interval '40 days'")
    assert (await asks(desk, "two")).facts["others"] == 0
    await desk.conn.execute("UPDATE ticket SET opened_at = now(), department_id = $1", desk.staff["jiaoyu"].department_id)
    assert (await asks(desk, "three")).facts["others"] == 0


async def test_a_question_asked_again_while_an_older_ticket_has_it_open_joins_that_ticket(desk: Desk) -> None:
    older = str((await asks(desk, "one")).facts["number"])
    await assigning.accept(desk.conn, desk.staff["zhujian"], older, now=NOW)
    await desk.conn.execute("UPDATE ticket SET opened_at = opened_at - interval '2 days'")
    newer = await desk.answered(openid="helper")
    await desk.conn.execute("UPDATE ticket SET citizen_id = (SELECT min(citizen_id) FROM ticket)")
    later = NOW + timedelta(minutes=5)
    again = await desk.says("请问东关小区停水了，物业说不知道，几点来水", openid="one", now=later)
    assert again is not None
    assert (again.template, again.facts["number"]) == ("joined", older)
    other = await desk.says("孩子上学报名带什么", openid="one", now=later)
    assert other is not None
    assert other.template == "received"
    assert newer not in (older, other.facts["number"])

"""Search over all that tickets say, and who finds what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.domain.errors import InvalidForm, NotPermitted
from servicedesk.domain.model import Event
from servicedesk.store import search as rows
from servicedesk.store import tickets
from servicedesk.usecases import answering, assigning, following, publishing, searching
from tests.desk import NOW, Desk, make_desk


async def index(desk: Desk) -> None:
    while await searching.follow(desk.conn, desk.account.id, wall=NOW):
        pass


async def finds(desk: Desk, login: str, question: str) -> list[str]:
    await index(desk)
    return [each["number"] for each in (await searching.search(desk.conn, desk.staff[login], question)).rows]


async def test_messages_notes_answers_and_publications_are_found_newest_first(desk: Desk) -> None:
    first = await desk.accepted("家里暖气不热，住在翠湖小区", openid="a")
    second = await desk.asked("暖气漏水了，翠湖小区三号楼", openid="b")
    assert await finds(desk, "paidan", "翠湖小区 暖气") == [second, first]
    assert await finds(desk, "paidan", "漏水") == [second]
    await desk.says("忘了说，阀门也锈死了", openid="b")
    assert await finds(desk, "paidan", "阀门") == [second]
    await assigning.note(desk.conn, desk.staff["paidan"], first, "已联系热力公司王经理", now=NOW)
    assert await finds(desk, "paidan", "王经理") == [first]
    await answering.answer(desk.conn, desk.staff["zhujian"], first, "换热站循环泵已更换。", now=NOW)
    assert await finds(desk, "duban", "循环泵") == [first]
    await desk.deliver()
    seal = (await publishing.propose(desk.conn, desk.staff["bianji"], first)).seal
    await publishing.publish(
        desk.conn, desk.staff["bianji"], first, title="供热温度标准答疑", seal=seal, for_digest=False, now=NOW
    )  # fmt: skip
    assert await finds(desk, "paidan", "答疑") == [first]


async def test_a_department_finds_its_own_and_no_longer_what_it_gave_back(desk: Desk) -> None:
    number = await desk.asked("家里暖气不热，物业不管", openid="a")
    assert await finds(desk, "zhujian", "暖气") == [number]
    assert await finds(desk, "jiaoyu", "暖气") == []
    await assigning.give_back(desk.conn, desk.staff["zhujian"], number, "1", "请教育局办理", now=NOW)
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW)
    assert await finds(desk, "zhujian", "暖气") == []
    assert await finds(desk, "jiaoyu", "暖气") == [number]
    with pytest.raises(NotPermitted):
        await searching.search(desk.conn, desk.staff["bianji"], "暖气")


async def test_another_accounts_tickets_are_never_found(desk: Desk) -> None:
    other = await make_desk(desk.conn, "lindeng")
    await other.asked("家里暖气不热", openid="a")
    await index(other)
    assert await finds(desk, "paidan", "暖气") == []


async def test_pages_follow_each_other_through_all_stretches_without_gap_or_repetition(desk: Desk) -> None:
    numbers = [await desk.asked(f"家里暖气不热，{place}", openid=f"c{place}") for place in range(45)]
    await index(desk)
    found, before = [], 2**62
    for _ in range(3):
        page = await searching.search(desk.conn, desk.staff["paidan"], "暖气", before=before)
        found += [each["number"] for each in page.rows]
        before = page.before or 0
    assert found == numbers[::-1]
    assert before == 0


async def test_a_rare_word_of_long_ago_is_found_behind_many_newer_tickets(desk: Desk) -> None:
    number = await desk.asked("骆驼走失了", openid="a")
    await index(desk)
    newest = await desk.asked("家里暖气不热", openid="b")
    await index(desk)
    # As if 100,000 tickets had come between them.
    await desk.conn.execute("SET session_replication_role = replica")
    await desk.conn.execute(
        "UPDATE search_document SET ticket_id = ticket_id + 100000 WHERE ticket_id = (SELECT max(ticket_id) FROM search_document)"
    )
    await desk.conn.execute("SET session_replication_role = origin")
    page = await searching.search(desk.conn, desk.staff["paidan"], "骆驼")
    assert [each["number"] for each in page.rows] == [number]
    assert newest != number


async def test_an_event_that_is_committed_late_is_not_missed(desk: Desk) -> None:
    number = await desk.asked("家里暖气不热", openid="a")
    await index(desk)
    ticket = await desk.ticket(number)
    await desk.conn.execute("DELETE FROM search_document")
    await tickets.add_event(desk.conn, ticket, Event("noted"), now=NOW)
    await desk.conn.execute(
        "UPDATE search_mark SET seen_event_id = (SELECT max(event_id) FROM ticket_event), seen_at = $1", NOW
    )
    await searching.follow(desk.conn, desk.account.id, wall=NOW + timedelta(seconds=1))
    assert await desk.conn.fetchval("SELECT count(*) FROM search_document") == 1
    later = NOW + following.SETTLED + timedelta(seconds=2)
    assert not await searching.follow(desk.conn, desk.account.id, wall=later)


async def test_the_accounts_own_words_and_their_synonyms_count_at_once(desk: Desk) -> None:
    number = await desk.asked("黑山头的水管裂了", openid="a")
    other = await desk.asked("孩子上学，黑山路头上没有车", openid="b")
    await index(desk)
    admin = desk.staff["admin"]
    await searching.set_own_words(desk.conn, admin, "黑山头 ＝ 黑山头村、老黑山\n\n驼城\n")
    assert await searching.own_words(desk.conn, admin) == {"驼城": [], "黑山头": ["黑山头村", "老黑山"]}
    found = await finds(desk, "paidan", "老黑山")
    assert number in found
    for wrong in (
        "村",
        "= 黑山头",
        "两个 词 = 三",
        "黑山头 = 一",
        "长" * 41,
        "词词 = " + " ".join(f"词{n}" for n in range(11)),
    ):
        with pytest.raises(InvalidForm):
            await searching.set_own_words(desk.conn, admin, wrong)
    with pytest.raises(NotPermitted):
        await searching.set_own_words(desk.conn, desk.staff["duban"], "")
    assert other
    assert await rows.own_words(desk.conn, desk.account.id)


async def test_nothing_to_look_for_finds_nothing(desk: Desk) -> None:
    await desk.asked()
    for nothing in ("", "   ", "，。！", "'; DROP TABLE x & | !", "\\"):
        assert (await searching.search(desk.conn, desk.staff["paidan"], nothing)).rows == [], nothing

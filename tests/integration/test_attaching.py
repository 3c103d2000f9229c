"""Files that go with answers: whose, how many, until when they can be taken back."""

from __future__ import annotations

import pytest

from servicedesk.domain.errors import InvalidForm, NotFound, NotPermitted
from servicedesk.store import answers, deliveries
from servicedesk.usecases import answering, attaching, citizen_views, delivery, merging
from servicedesk.usecases.attaching import NewFile
from tests.desk import NOW, Desk

PICTURE = NewFile("现场.png", "image/png", "a" * 64, 2048)
NOTICE = NewFile("通知.pdf", "application/pdf", "b" * 64, 4096)


async def attach(desk: Desk, number: str, *files: NewFile, login: str = "zhujian") -> None:
    await attaching.attach(desk.conn, desk.staff[login], number, files, now=NOW)


async def test_what_waits_goes_with_the_next_answer_and_only_with_it(desk: Desk) -> None:
    number = await desk.accepted()
    await attach(desk, number, PICTURE, NOTICE)
    await answering.reply(desk.conn, desk.staff["zhujian"], number, "先看图。", now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    ticket = await desk.ticket(number)
    assert await answers.waiting_attachments(desk.conn, ticket) == []
    sent = await answers.attachments_sent(desk.conn, ticket)
    (reply, _answer) = await deliveries.of_ticket(desk.conn, ticket)
    assert [(row["name"], row["delivery_id"]) for row in sent] == [(f.name, reply["delivery_id"]) for f in (PICTURE, NOTICE)]
    (claimed,) = await delivery.claim(desk.conn, [desk.account.id], now=NOW, wall=NOW, size=9)
    assert claimed.has_files


async def test_every_asker_of_a_merged_ticket_gets_the_files(desk: Desk) -> None:
    first, second = await desk.accepted(openid="c1"), await desk.accepted(openid="c2")
    await merging.merge(desk.conn, desk.staff["paidan"], second, first, now=NOW)
    await attach(desk, first, NOTICE)
    await answering.answer(desk.conn, desk.staff["zhujian"], first, "好了。", now=NOW)
    for number in (first, second):
        assert len(await answers.attachments_sent(desk.conn, await desk.ticket(number))) == 1
        case = await citizen_views.case(desk.conn, desk.account, number)
        assert [row["name"] for row in case.files] == ["通知.pdf"]


async def test_a_file_can_be_taken_back_until_it_has_gone(desk: Desk) -> None:
    number = await desk.accepted()
    await attach(desk, number, PICTURE, NOTICE)
    picture, notice = await answers.waiting_attachments(desk.conn, await desk.ticket(number))
    zhujian = desk.staff["zhujian"]
    await attaching.take_back(desk.conn, zhujian, number, picture["attachment_id"])
    await answering.answer(desk.conn, zhujian, number, "好了。", now=NOW)
    with pytest.raises(NotFound):
        await attaching.take_back(desk.conn, zhujian, number, notice["attachment_id"])


async def test_nine_files_at_once_and_no_more(desk: Desk) -> None:
    number = await desk.accepted()
    await attach(desk, number, *[PICTURE] * 9)
    with pytest.raises(InvalidForm):
        await attach(desk, number, NOTICE)


async def test_other_departments_neither_attach_nor_see(desk: Desk) -> None:
    number = await desk.accepted()
    with pytest.raises(NotPermitted):
        await attach(desk, number, PICTURE, login="jiaoyu")
    await attach(desk, number, PICTURE)
    (waiting,) = await answers.waiting_attachments(desk.conn, await desk.ticket(number))
    with pytest.raises(NotPermitted):
        await attaching.file_for(desk.conn, desk.staff["jiaoyu"], waiting["attachment_id"])


async def test_a_citizens_page_has_what_was_sent_to_them_and_nothing_else(desk: Desk) -> None:
    number, other = await desk.accepted(openid="c1"), await desk.accepted(openid="c2")
    await attach(desk, number, NOTICE)
    (waiting,) = await answers.waiting_attachments(desk.conn, await desk.ticket(number))
    which = waiting["attachment_id"]
    with pytest.raises(NotFound):
        await attaching.file_of_case(desk.conn, desk.account.id, number, which)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "好了。", now=NOW)
    assert (await attaching.file_of_case(desk.conn, desk.account.id, number, which))["name"] == "通知.pdf"
    with pytest.raises(NotFound):
        await attaching.file_of_case(desk.conn, desk.account.id, other, which)

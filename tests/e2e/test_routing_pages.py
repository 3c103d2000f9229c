"""Routing as its people see it: the triage page, 不予受理, and the administrator's rules, urgent words and versions."""

from __future__ import annotations

import pytest

from servicedesk.language import classifier
from servicedesk.language.classifier import reading
from servicedesk.store import routing as rows
from servicedesk.usecases import learning
from servicedesk.usecases.learning import Learned, Plan
from tests.desk import NOW
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import ALICE, number_in, sends, texts

RULE = {
    "rule_name": "校车",
    "any_of": "校车 班车",
    "all_of": "",
    "none_of": "广告",
    "outcome": "department",
    "department": "jiaoyu",
}


async def asks(product: Product, text: str, openid: str = ALICE) -> str:
    await sends(product, "text", openid, text=text)
    return await number_in(product, openid)


async def test_what_is_not_ours_is_declined_with_words_that_reach_the_citizen(product: Product) -> None:
    number = await asks(product, "外省的网店不退货，谁来管")
    _, page = await product.page("paidan", "/triage")
    assert "没有命中职责清单" in page
    status, page = await product.posts("paidan", f"/tickets/{number}/refusal", not_ours="elsewhere", words=" ")
    assert status == 422
    assert (await product.posts("paidan", f"/tickets/{number}/refusal", not_ours="nothing", words="x"))[0] == 422
    words = "网购纠纷请拨打 12315，或向网店所在地市场监管部门投诉。"
    assert (await product.posts("paidan", f"/tickets/{number}/refusal?from=triage", not_ours="elsewhere", words=words))[
        0
    ] == 303

    async def told() -> bool:
        return any(words in text for text in await texts(product))

    await eventually(told)
    _, page = await product.page("paidan", f"/tickets/{number}")
    assert "不予受理" in page
    assert number not in (await product.page("paidan", "/triage"))[1]


async def test_a_greeting_is_greeted_back_and_an_advertisement_gets_no_word(product: Product) -> None:
    greeting = await asks(product, "你好")
    assert (await product.posts("paidan", f"/tickets/{greeting}/refusal", not_ours="greeting", words=""))[0] == 303

    async def greeted() -> bool:
        return any("直接把事情发过来就行" in text for text in await texts(product))

    await eventually(greeted)
    spam = await asks(product, "低息贷款加我", "oSpam")
    before = len(await texts(product, "oSpam"))
    assert (await product.posts("paidan", f"/tickets/{spam}/refusal", not_ours="spam", words="不要再发"))[0] == 303
    owed = "SELECT count(*) FROM delivery WHERE purpose = 'reply' AND citizen_id = (SELECT citizen_id FROM ticket WHERE number = $1)"
    assert await product.desk.conn.fetchval(owed, spam) == 0
    assert len(await texts(product, "oSpam")) == before


async def test_departments_and_editors_decline_nothing(product: Product) -> None:
    number = await asks(product, "家里暖气不热")
    for login in ("zhujian", "bianji"):
        assert (await product.posts(login, f"/tickets/{number}/refusal", not_ours="spam", words=""))[0] == 403


async def test_a_rule_is_tried_on_last_months_tickets_before_it_is_switched_on_and_then_routes(product: Product) -> None:
    early = await asks(product, "校车今天没来，孩子迟到了")
    status, page = await product.posts("admin", "/settings/routing/rules", **RULE, act="try")
    assert status == 200
    assert "在近 31 天来信上试算" in page
    assert early in page
    assert "还没有规则" in page
    assert (await product.posts("admin", "/settings/routing/rules", **RULE, urgent="yes", act="keep"))[0] == 303
    (kept,) = await rows.rules(product.desk.conn, product.desk.account.id)
    assert not kept["active"]
    path = f"/settings/routing/rules/{kept['rule_id']}"
    assert early in (await product.posts("admin", path, act="try"))[1]
    assert (await product.posts("admin", path, act="on"))[0] == 303
    late = await asks(product, "校车又超载了", "oBob")
    _, page = await product.page("jiaoyu", f"/tickets/{late}")
    assert "规则“校车”" in page
    assert "紧急" in page
    assert (await product.posts("admin", path, act="off"))[0] == 303
    assert (await product.posts("admin", path, act="drop"))[0] == 303
    assert (await product.posts("admin", path, act="drop"))[0] == 404


async def test_a_rule_that_makes_no_sense_is_refused_in_plain_words_and_what_was_written_stays(product: Product) -> None:
    for changed, said in (
        ({"rule_name": " "}, "请给规则起个名字"),
        ({"rule_name": "长" * 61}, "最多 60 字"),
        ({"any_of": " "}, "请至少写一个词"),
        ({"any_of": "长" * 41}, "一个词最多 40 个字"),
        ({"any_of": " ".join(map(str, range(301)))}, "词太多，最多 300 个"),
        ({"outcome": "moon"}, "请选择去向"),
        ({"department": "moon"}, "请选择承办单位"),
    ):
        for act in ("try", "keep"):
            status, page = await product.posts("admin", "/settings/routing/rules", **{**RULE, **changed}, act=act)
            assert (status, said in page) == (422, True), (changed, act)
            assert "校车" in page


async def test_urgent_words_are_the_accounts_own_list(product: Product) -> None:
    _, page = await product.page("admin", "/settings/routing")
    assert "跳楼 -跳楼价" in page.splitlines()  # a line each, or saving them again would make one long word
    for wrong in ("-跳楼", "跳楼 跳楼价", "跳楼 -降价", "长" * 41):
        status, page = await product.posts("admin", "/settings/routing/urgent", urgent_words=f"着火\n{wrong}")
        assert status == 422
        assert "看不懂" in page
        assert f"着火\n{wrong}" in page
    status, page = await product.posts("admin", "/settings/routing/urgent", urgent_words="\n".join(map(str, range(301))))
    assert (status, "词太多" in page) == (422, True)
    assert (await product.posts("admin", "/settings/routing/urgent", urgent_words="大坝 -大坝社区\n\n决口 "))[0] == 303
    number = await asks(product, "大坝社区旁边的大坝渗水了")
    _, page = await product.page("paidan", f"/tickets/{number}")
    assert "紧急词“大坝”" in page


async def test_how_sure_routing_must_be_is_set_within_bounds(product: Product) -> None:
    for wrong in ("", "x", "79", "100", "-5"):
        status, page = await product.posts("admin", "/settings/routing", precision=wrong)
        assert (status, "应在 80 到 99 之间" in page) == (422, True)
    assert (await product.posts("admin", "/settings/routing", precision="90"))[0] == 303
    assert await rows.aims(product.desk.conn, product.desk.account.id) == (90, False)


async def test_an_earlier_version_is_one_click_away_and_then_newer_ones_wait(product: Product) -> None:
    conn, account_id = product.desk.conn, product.desk.account.id
    made = Plan(account_id, {}, (), (), 0, None, None, 0)  # type: ignore[arg-type]
    for accuracy in (0.8, 0.9):
        await learning.keep(conn, made, Learned(b"x", str(accuracy), 0.5, 1.0, (), accuracy, 0.7), now=NOW)
    newest, former = await rows.versions(conn, account_id, size=5)
    _, page = await product.page("admin", "/settings/routing")
    assert "90.0%" in page
    assert "换成这一版" in page
    version = str(former["version_id"])
    assert (await product.posts("admin", "/settings/routing/version", version=version))[0] == 303
    used = await rows.version_in_use(conn, account_id, reading=reading())
    assert used is not None
    assert used.id == former["version_id"]
    assert await rows.aims(conn, account_id) == (95, False)
    assert (await product.posts("admin", "/settings/routing/version", version="999"))[0] == 404
    assert (await rows.version_in_use(conn, account_id, reading=reading())) == used
    assert (await product.posts("admin", "/settings/routing/version", version=""))[0] == 303
    assert await rows.version_in_use(conn, account_id, reading=reading()) is None
    assert newest["version_id"] != former["version_id"]


async def test_a_version_that_was_learned_before_texts_were_read_otherwise_is_shown_and_cannot_be_used(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    conn, account_id = product.desk.conn, product.desk.account.id
    made = Plan(account_id, {}, (), (), 0, None, None, 0)  # type: ignore[arg-type]
    await learning.keep(conn, made, Learned(b"x", "x", 0.5, 1.0, (), 0.8, 0.7), now=NOW)
    (version,) = await rows.versions(conn, account_id, size=5)
    monkeypatch.setattr(classifier, "_READING", -1)
    _, page = await product.page("admin", "/settings/routing")
    assert "升级前学的，已不能用" in page
    assert "换成这一版" not in page
    status, _ = await product.posts("admin", "/settings/routing/version", version=str(version["version_id"]))
    assert status == 404


async def test_only_administrators_see_and_set_routing(product: Product) -> None:
    for login in ("zhujian", "paidan", "bianji", "duban"):
        assert (await product.page(login, "/settings/routing"))[0] == 403
        for path in ("", "/version", "/urgent", "/rules"):
            status, _ = await product.posts(login, f"/settings/routing{path}", **RULE, precision="90", version="", act="try")
            assert status == 403, path

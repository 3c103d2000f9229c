"""The clock at the browser and for programs: waiting for the citizen, more time, and how a date came about."""

from __future__ import annotations

from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_one_inquiry import number_in, sends, texts


async def accepted(product: Product) -> str:
    await sends(product, "text", text="我家暖气不热")
    number = await number_in(product)
    await product.posts("zhujian", f"/tickets/{number}/acceptance")
    return number


async def test_a_question_reaches_the_citizen_and_their_word_starts_the_clock_again(product: Product) -> None:
    number = await accepted(product)
    assert (await product.posts("zhujian", f"/tickets/{number}/pause", question_asked=""))[0] == 422
    assert (await product.posts("zhujian", f"/tickets/{number}/pause", question_asked="请问是几号楼？"))[0] == 303

    async def asked() -> str | None:
        return next((text for text in await texts(product) if "请问是几号楼？" in text), None)

    assert "办理时限暂停，最多等到" in await eventually(asked)
    _, page = await product.page("zhujian", f"/tickets/{number}")
    assert "暂停，等市民回复" in page
    _, page = await product.page("zhujian", f"/tickets/{number}/clock")
    assert "正在暂停，按最晚的日子算" in page
    (*_, resolution) = (await product.api(f"/api/v1/tickets/{number}/clock"))["clocks"]
    assert resolution["stands_still"]
    await sends(product, "text", text="三号楼二单元")
    (*_, resolution) = (await product.api(f"/api/v1/tickets/{number}/clock"))["clocks"]
    assert not resolution["stands_still"]
    assert [line["what"] for line in resolution["lines"]].count("paused") == 1
    _, page = await product.page("zhujian", f"/tickets/{number}")
    assert "市民已回复，时限接着计算" in page


async def test_an_extension_goes_from_the_department_over_the_supervisor_to_the_citizen(product: Product) -> None:
    number = await accepted(product)
    asked = {"amount": "3", "reason": "需要开挖路面"}
    assert (await product.posts("zhujian", f"/tickets/{number}/extensions", **asked))[0] == 303
    assert (await product.posts("zhujian", f"/tickets/{number}/extensions", **asked))[0] == 409
    _, board = await product.page("duban", "/board")
    assert "待审批的延期" in board
    assert "需要开挖路面" in board
    decision = f"/tickets/{number}/extensions/decision"
    assert (await product.posts("zhujian", decision, granted="yes"))[0] == 403
    assert (await product.posts("duban", decision, granted="yes"))[0] == 303

    async def told() -> str | None:
        return next((text for text in await texts(product) if "需要开挖路面" in text), None)

    assert "新的答复期限是" in await eventually(told)
    _, page = await product.page("zhujian", f"/tickets/{number}/clock")
    assert "批准延期：需要开挖路面" in page
    (*_, resolution) = (await product.api(f"/api/v1/tickets/{number}/clock"))["clocks"]
    assert [line["what"] for line in resolution["lines"]].count("counted") == 3 + 3

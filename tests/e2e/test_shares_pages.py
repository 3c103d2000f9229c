"""协办, 退单 and promises as people at the desk see them."""

from __future__ import annotations

from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually
from tests.e2e.test_clock_pages import accepted
from tests.e2e.test_one_inquiry import texts


async def test_a_supporting_department_sees_the_ticket_gives_its_share_and_the_citizen_reads_both_names(
    product: Product,
) -> None:
    number = await accepted(product)
    assert (await product.page("jiaoyu", f"/tickets/{number}"))[0] == 403
    late = {"department": "jiaoyu", "question_asked": "校内管道归谁管？", "days": "9"}
    status, page = await product.posts("zhujian", f"/tickets/{number}/supports", **late)
    assert status == 422
    assert "协办期限不能晚于给市民的答复期限" in page
    assert "校内管道归谁管？" in page
    assert (await product.posts("zhujian", f"/tickets/{number}/supports", **{**late, "days": "1"}))[0] == 303
    _, queue = await product.page("jiaoyu", "/tickets")
    assert "请本单位协办" in queue
    _, page = await product.page("jiaoyu", f"/tickets/{number}")
    assert "协办意见" in page
    assert "发送正式答复" not in page
    assert (await product.posts("jiaoyu", f"/tickets/{number}/answer", body="越权"))[0] == 403
    assert (await product.posts("jiaoyu", f"/tickets/{number}/share", share="校内管道由学校负责。"))[0] == 303
    _, page = await product.page("zhujian", f"/tickets/{number}")
    assert "校内管道由学校负责。" in page
    body = "校内由学校修，校外由我局修，三个工作日内修好。"
    assert (await product.posts("zhujian", f"/tickets/{number}/answer", body=body))[0] == 303

    async def told() -> str | None:
        return next((text for text in await texts(product) if body in text), None)

    assert "县住房和城乡建设局（会同县教育局）" in await eventually(told)

    async def offered() -> bool:
        return "答复里有一个承诺：“三个工作日内”" in (await product.page("zhujian", f"/tickets/{number}"))[1]

    await eventually(offered)


async def test_a_return_wants_a_clause_of_the_duty_list(product: Product) -> None:
    number = await accepted(product)
    status, page = await product.posts("zhujian", f"/tickets/{number}/return", clause="", reason="不归我们")
    assert status == 422
    assert "请选择本单位职责清单中的一条作为退单依据" in page
    assert (await product.posts("zhujian", f"/tickets/{number}/return", clause="1", reason="属于校内管道"))[0] == 303
    _, page = await product.page("paidan", f"/tickets/{number}")
    assert "退单（依据职责第 1 条“城镇供热管理”）：属于校内管道" in page
    form = {"kind": "complex", "priority": "urgent"}
    assert (await product.posts("paidan", f"/tickets/{number}/classification", **form))[0] == 303
    _, page = await product.page("paidan", f"/tickets/{number}")
    assert "改为疑难事项（紧急），时限重新核定" in page

"""What the account may do is asked of the platform at the start, and again when it was refused."""

from __future__ import annotations

from servicedesk.store import accounts
from tests.e2e.conftest import Product
from tests.e2e.eventually import eventually


async def test_a_subscription_account_is_found_to_lack_templates_and_notices_at_the_start(product: Product) -> None:
    async def asked() -> dict[str, tuple[bool, int | None]] | None:
        rows = await accounts.capabilities(product.desk.conn, product.desk.account.id)
        found = {row["name"]: (row["available"], row["errcode"]) for row in rows}
        return found if len(found) == 6 else None

    assert await eventually(asked) == {
        "customer_message": (True, None), "drafts": (True, None), "mass_send": (True, None), "menu": (True, None),
        "subscription_notice": (False, 48001), "template_message": (False, 48001),
    }  # fmt: skip
    assert await product.desk.conn.fetchval("SELECT probed_at IS NOT NULL FROM account")
    _, page = await product.page("admin", "/settings")
    assert "不可用（微信返回 48001）" in page

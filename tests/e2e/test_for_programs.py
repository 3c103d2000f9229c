"""The API as openapi.json describes it, health, readiness and metrics."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from servicedesk.store.db import Conn
from tests.desk import Desk
from tests.e2e.conftest import Product, served
from tests.e2e.test_doors import routes


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """Pages and programs only: what the worker does would come in between."""
    async with served(conn, database, tmp_path, with_worker=False) as running:
        yield running


async def description(product: Product) -> dict[str, Any]:
    async with product.client.get(f"{product.base}/api/openapi.json") as response:
        found: dict[str, Any] = await response.json()
        return found


def check(document: dict[str, Any], path: str, status: int, body: Any) -> None:
    """Raise where a body is not what the description says of this answer."""
    answer = document["paths"][path]["get"]["responses"][str(status)]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    schema = answer["content"]["application/json"]["schema"]
    registry: Any = Registry().with_resource(
        "urn:api", Resource.from_contents({**document, "$schema": "https://json-schema.org/draft/2020-12/schema"})
    )
    absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
    document["$id"] = "urn:api"
    Draft202012Validator(absolute, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(body)


async def test_the_description_names_every_route_of_the_api(product: Product) -> None:
    document = await description(product)
    assert {path for _, path in routes() if path.startswith("/api/")} == set(document["paths"])


async def test_answers_are_as_described(product: Product) -> None:
    document = await description(product)
    number = await product.desk.answered()
    await product.desk.says("说不清的事", openid="other")
    check(document, "/api/v1/tickets", 200, await product.api("/api/v1/tickets"))
    check(document, "/api/v1/tickets/{number}", 200, await product.api(f"/api/v1/tickets/{number}"))
    check(document, "/api/v1/balance", 200, await product.api("/api/v1/balance"))


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/api/v1/tickets", "?limit=0", 422),
        ("/api/v1/tickets", "?limit=201", 422),
        ("/api/v1/tickets", "?limit=x", 422),
        ("/api/v1/tickets", "?after=x", 422),
        ("/api/v1/tickets", "?state=lost", 422),
        ("/api/v1/tickets/{number}", "", 404),
    ],
)
async def test_refusals_are_as_described(product: Product, path: str, query: str, status: int) -> None:
    document = await description(product)
    headers = {"Authorization": f"Bearer {product.token}"}
    async with product.client.get(
        product.base + path.replace("{number}", "20200101-0001") + query, headers=headers
    ) as response:
        assert response.status == status
        check(document, path, status, await response.json())


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer 1.x", "Basic abc", "Bearer 1." + "x" * 5000])
async def test_without_a_token_the_api_says_401(product: Product, header: str) -> None:
    for path in ("/api/v1/tickets", "/api/v1/balance", "/api/v1/tickets/20261125-0001"):
        async with product.client.get(product.base + path, headers={"Authorization": header}) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_sees_only_its_own_account(product: Product, neighbour: Desk) -> None:
    from servicedesk.usecases import setting_up
    from tests.desk import NOW

    number = await product.desk.asked()
    theirs = await setting_up.add_token(neighbour.conn, neighbour.account, "t", now=NOW)
    assert await product.api("/api/v1/tickets", theirs) == {"tickets": [], "next": None}
    async with product.client.get(
        f"{product.base}/api/v1/tickets/{number}", headers={"Authorization": f"Bearer {theirs}"}
    ) as response:
        assert response.status == 404


async def test_pages_follow_each_other_without_gap_or_double(product: Product) -> None:
    numbers = [await product.desk.asked(openid=f"c{who}") for who in range(7)]
    seen: list[str] = []
    after = ""
    while True:
        page = await product.api(f"/api/v1/tickets?limit=3&after={after}")
        seen += [ticket["number"] for ticket in page["tickets"]]
        after = page["next"]
        if after is None:
            break
    assert seen == numbers[::-1]


async def test_tickets_are_filtered_by_state_and_department(product: Product) -> None:
    heating = await product.desk.asked(openid="a")
    school = await product.desk.asked("孩子上学的学籍", openid="b")
    await product.desk.says("说不清", openid="c")
    found = await product.api("/api/v1/tickets?state=assigned&department=zhujian")
    assert [ticket["number"] for ticket in found["tickets"]] == [heating]
    assert [ticket["number"] for ticket in (await product.api("/api/v1/tickets?department=jiaoyu"))["tickets"]] == [school]
    assert [ticket["department"] for ticket in (await product.api("/api/v1/tickets?state=triage"))["tickets"]] == [None]


async def test_health_readiness_and_metrics(product: Product) -> None:
    await product.says("暖气不热")
    for path, part in (
        ("/healthz", "alive"),
        ("/readyz", "ready"),
        ("/metrics", 'servicedesk_deliveries_open{state="owed"} 0.0'),
    ):
        async with product.client.get(product.base + path) as response:
            assert response.status == 200
            assert part in await response.text()
    await product.desk.conn.execute("DELETE FROM schema_migration")
    async with product.client.get(f"{product.base}/readyz") as response:
        assert response.status == 503
        assert "0001_desk" in await response.text()

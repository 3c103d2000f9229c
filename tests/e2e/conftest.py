"""The real application with its worker and the stand-in for the platform, on one port of this machine."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from servicedesk.app import create_app
from servicedesk.sandbox import SANDBOX, Sandbox
from servicedesk.settings import Settings
from servicedesk.store.db import Conn
from servicedesk.usecases import setting_up
from tests.desk import KEY, NOW, PASSWORD, SECRETS, Desk, make_desk
from tests.platform import text_body, unwrapped, wrapped


@dataclass
class Product:
    """A running product, and shorthands for the platform, for people at their browsers, and for programs."""

    base: str
    app: web.Application
    desk: Desk
    client: aiohttp.ClientSession
    token: str
    sandbox: Sandbox
    sessions: dict[str, aiohttp.ClientSession] = field(default_factory=dict)

    async def call(self, xml: str, *, code: str = "testxian", mode: str = "safe") -> tuple[int, str]:
        """The platform calls back; the status and the reply's text."""
        import time

        query, body = wrapped(mode, xml, SECRETS, f"wx-{code}", time.time())
        async with self.client.post(f"{self.base}/wechat/{code}", params=query, data=body) as response:
            text = await response.text()
            return response.status, unwrapped(
                text, SECRETS, f"wx-{code}"
            ) if response.status == 200 and mode != "plain" else text

    async def says(self, text: str, openid: str = "oCitizen") -> str:
        """A citizen's text, as the platform brings it; the reply."""
        status, reply = await self.call(text_body(text, openid))
        assert status == 200
        return reply

    async def api(self, path: str, token: str | None = None) -> Any:
        """What a program reads."""
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.client.get(f"{self.base}{path}", headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def signed_in(self, login: str, code: str = "testxian") -> aiohttp.ClientSession:
        """A browser in which this person is signed in."""
        key = f"{code}/{login}"
        if key not in self.sessions:
            session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
            self.sessions[key] = session
            async with session.get(f"{self.base}/login") as page:
                csrf = csrf_of(await page.text())
            form = {"csrf": csrf, "account": code, "login": login, "password": PASSWORD}
            async with session.post(f"{self.base}/login", data=form, allow_redirects=False) as response:
                assert response.status == 303, await response.text()
        return self.sessions[key]

    async def page(self, login: str, path: str, code: str = "testxian") -> tuple[int, str]:
        """What a person sees."""
        session = await self.signed_in(login, code)
        async with session.get(f"{self.base}{path}", allow_redirects=False) as response:
            return response.status, await response.text()

    async def posts(self, login: str, path: str, code: str = "testxian", **fields: str) -> tuple[int, str]:
        """A person sends a form of the page they are on."""
        session = await self.signed_in(login, code)
        async with session.get(f"{self.base}/home") as page:
            csrf = csrf_of(await page.text())
        async with session.post(f"{self.base}{path}", data={"csrf": csrf, **fields}, allow_redirects=False) as response:
            return response.status, await response.text()


def csrf_of(html: str) -> str:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None
    return found[1]


@asynccontextmanager
async def served(conn: Conn, database: str, folder: Path, *, with_worker: bool, **more: Any) -> AsyncIterator[Product]:
    """The product, running while the block does; `more` are settings."""
    port = unused_port()
    base = f"http://127.0.0.1:{port}"
    desk = await make_desk(conn, api_base=f"{base}/sandbox")
    settings = Settings(
        home=folder, database_url=database, secret_keys=(KEY,), port=port, base_url=base, sandbox=True, pool_size=6, **more
    )
    app = await create_app(settings, with_worker=with_worker)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    token = await setting_up.add_token(conn, desk.account, "tests", now=NOW)
    sandbox = next(sub[SANDBOX] for sub in app._subapps if SANDBOX in sub)
    async with aiohttp.ClientSession() as client:
        made = Product(base, app, desk, client, token, sandbox)
        yield made
        for session in made.sessions.values():
            await session.close()
    await runner.cleanup()
    # asyncio accepts a connection in two steps: one of the worker's own calls may be between them while the listener
    # closes, and its socket is let go only after a few more turns of the loop.
    await asyncio.sleep(0.05)


@pytest.fixture
async def product(conn: Conn, database: str, tmp_path: Path) -> AsyncIterator[Product]:
    """The product with its worker."""
    async with served(conn, database, tmp_path, with_worker=True) as running:
        yield running


@pytest.fixture
async def neighbour(product: Product, conn: Conn) -> Desk:
    """Another account on the same server."""
    return await make_desk(conn, "lindeng", api_base=f"{product.base}/sandbox")

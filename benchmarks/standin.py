"""The stand-in for the platform, served by the measuring process itself, which so sees what every citizen saw."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web

from benchmarks.stage import APPID, CODE, HOME, SECRETS, free_port
from servicedesk.render import Pages
from servicedesk.sandbox import SANDBOX, Sandbox, SandboxAccount, Timing, create_sandbox


class StillClock:
    """The true time; nobody moves it."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    async def move(self, by: str) -> None:
        """Not here."""
        raise NotImplementedError(by)


@asynccontextmanager
async def standin(desk_port: int) -> AsyncIterator[tuple[str, Sandbox]]:
    """Its address, and itself, while the block runs."""
    account = SandboxAccount(
        code=CODE, name="测试县发布", kind="subscription", appid=APPID, secret=SECRETS.secret, token=SECRETS.token,
        aes_key=SECRETS.aes_key, mode="safe", callback_url=f"http://127.0.0.1:{desk_port}/wechat/{CODE}", original_id="gh_1",
    )  # fmt: skip
    sandbox = create_sandbox(
        [account], [], pages=Pages(), clock=StillClock(), folder=HOME / "sandbox",
        timing=Timing(callback=5.0, retry=5.0, job=0.5),
    )  # fmt: skip
    outer = web.Application()
    outer.add_subapp("/sandbox", sandbox)
    runner = web.AppRunner(outer, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/sandbox", sandbox[SANDBOX]
    finally:
        await runner.cleanup()

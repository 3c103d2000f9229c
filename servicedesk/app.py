"""Where everything meets: the web application and the worker."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path

import aiohttp
from aiohttp import web
from aiojobs import Scheduler

from servicedesk import logs
from servicedesk.channels.base import ChannelError
from servicedesk.clock import Clock
from servicedesk.domain.model import Account, ChannelSecrets
from servicedesk.jobs import (
    alarms,
    alike,
    changes,
    digests,
    figures,
    learning,
    media,
    menus,
    outbox,
    reports,
    rights,
    search,
    telling,
    topics,
    wake,
)
from servicedesk.jobs import clock as clock_jobs
from servicedesk.jobs.covering import ChildCoverer
from servicedesk.jobs.place import Place, turn
from servicedesk.keys import BOOKS, CLIENT, CLOCK, COVERER, FILES, LINKS, PAGES, POOL, SETTINGS, VAULT
from servicedesk.language import segmenting
from servicedesk.links import Links
from servicedesk.render import Pages
from servicedesk.sandbox import Persona, SandboxAccount, create_sandbox, refuse_public
from servicedesk.settings import Settings, read_settings
from servicedesk.store import accounts
from servicedesk.store.db import Pool, open_pool, transaction
from servicedesk.store.files import open_files
from servicedesk.store.vault import Vault
from servicedesk.usecases.books import Books
from servicedesk.web import (
    calendar_page,
    citizen,
    editor,
    login,
    officials_page,
    ops,
    own_page,
    pictures,
    policies_page,
    portal,
    portal_figures,
    routing_page,
    search_page,
    settings_page,
    supervisor,
    topics_page,
    wechat,
)
from servicedesk.web import figures as figure_pages
from servicedesk.web.api import v1
from servicedesk.web.live import BOARDS, Boards
from servicedesk.web.middleware import add_headers, around
from servicedesk.web.staff import clocks, owed, shares, tickets, writing
from servicedesk.web.staff import media as media_pages

ROUTES = (
    wechat,
    ops,
    portal,
    portal_figures,
    login,
    own_page,
    tickets,
    writing,
    clocks,
    shares,
    owed,
    media_pages,
    settings_page,
    policies_page,
    officials_page,
    routing_page,
    search_page,
    topics_page,
    calendar_page,
    citizen,
    supervisor,
    figure_pages,
    editor,
    pictures,
    v1,
)
UPLOAD_LIMIT_BYTES = 12 * 1024 * 1024
_MENU_TRIES = 20

# A thread that reads texts gives way to the event loop after half a millisecond, not after Python's five.
SWITCH_INTERVAL_S = 0.0005


async def create_app(settings: Settings | None = None, *, with_worker: bool = False) -> web.Application:
    """The web application; gunicorn calls it without arguments. Raises ValueError for settings that cannot be."""
    if settings is None:
        logs.configure(level=os.environ.get("SERVICEDESK_LOG_LEVEL", "INFO").upper())
        settings = read_settings()
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    app = web.Application(middlewares=[around], client_max_size=UPLOAD_LIMIT_BYTES)
    app[SETTINGS] = settings
    app[CLOCK] = make_clock(settings)
    app[VAULT] = Vault(settings.secret_keys)
    app[PAGES] = Pages()
    app[FILES] = open_files(settings.media, settings.home)
    app[COVERER] = ChildCoverer()
    app[LINKS] = Links(settings.secret_keys, settings.base_url)
    app[POOL] = await open_pool(settings.database_url, settings.pool_size)
    app[BOOKS] = Books(app[VAULT])
    app[BOARDS] = Boards(app[POOL])
    app[CLIENT] = aiohttp.ClientSession()
    await asyncio.to_thread(segmenting.warm)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # What is loaded now stays: the collector need not look at it again, nor look as often as for a short script.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    for module in ROUTES:
        app.add_routes(module.routes)
    app.router.add_static("/static", Path(str(resources.files("servicedesk.web"))) / "static")
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_streams)
    app.on_cleanup.append(_close)
    app.cleanup_ctx.append(wechat.receiving)
    if with_worker:
        app.cleanup_ctx.append(_worker_beside)
    if settings.sandbox:
        await _add_sandbox(app, settings)
    return app


@asynccontextmanager
async def create_worker(place: Place) -> AsyncIterator[Scheduler]:
    """The jobs, running until the block ends."""
    owed = asyncio.Event()
    rounds: tuple[tuple[str, Callable[[], Awaitable[bool]], float, asyncio.Event | None], ...] = (
        ("wake", lambda: wake.listen(place.pool, owed), 1.0, None),
        ("outbox", lambda: outbox.send_owed(place), 1.0, owed),
        ("clock", lambda: clock_jobs.take_steps(place), 1.0, None),
        ("telling", lambda: telling.tell(place), 1.0, None),
        ("media", lambda: media.fetch_owed(place), 1.0, None),
        ("digests", lambda: digests.push(place), 5.0, None),
        ("rights", rights.due_in(place), 60.0, None),
        ("alike", lambda: alike.send_late(place), 2.0, None),
        ("topics", lambda: topics.look(place), 60.0, None),
        ("search", lambda: search.follow(place), 2.0, None),
        ("likeness", lambda: alike.index(place), 2.0, None),
        ("changes", changes.seen_by(place), 1.0, None),
        ("alarms", lambda: alarms.look(place), 60.0, None),
        ("figures", lambda: figures.refresh(place), 10.0, None),
        ("routing", learning.routing_again(place), 2.0, None),
        ("learning", lambda: learning.learn(place), 300.0, None),
        ("reports", lambda: reports.send_due(place), 60.0, None),
        ("house", lambda: clock_jobs.keep_house(place), 30.0, None),
    )
    scheduler = Scheduler(close_timeout=5)
    try:
        for name, work, every_s, nudge in rounds:
            await scheduler.spawn(turn(name, work, every_s=every_s, wake=nudge))
        yield scheduler
    finally:
        # Leaving `async with scheduler` would wait for the jobs to end, and they never do.
        await scheduler.close()


@asynccontextmanager
async def worker_place(settings: Settings) -> AsyncIterator[Place]:
    """A worker's hands, for a process that is a worker alone."""
    if settings.database_url is None:
        raise ValueError("DATABASE_URL is not set")
    pool = await open_pool(settings.database_url, settings.pool_size)
    try:
        async with aiohttp.ClientSession() as client:
            yield Place(
                pool,
                Vault(settings.secret_keys),
                make_clock(settings),
                client,
                Pages(),
                open_files(settings.media, settings.home),
                Links(settings.secret_keys, settings.base_url),
                settings.mail,
                settings.webhook_private,
            )
    finally:
        await pool.close()


def make_clock(settings: Settings) -> Clock:
    """The true time, or a demo's movable one."""
    return Clock(settings.home / "demo-clock" if settings.sandbox else None)


async def _worker_beside(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    place = Place(
        app[POOL], app[VAULT], app[CLOCK], app[CLIENT], app[PAGES], app[FILES], app[LINKS], settings.mail,
        settings.webhook_private,
    )  # fmt: skip
    async with create_worker(place) as scheduler:
        if settings.sandbox:
            await scheduler.spawn(_put_menus_up(place))
        yield


async def _end_streams(app: web.Application) -> None:
    """Before the server waits for its requests to end: these would not."""
    app[BOARDS].end()


async def _close(app: web.Application) -> None:
    await app[CLIENT].close()
    await app[POOL].close()


# -- the stand-in for the platform, in demos and tests only


async def _put_menus_up(place: Place) -> None:
    """The stand-in begins without menus; it answers once this same server listens."""
    async with transaction(place.pool) as conn:
        ours = [account for account in await accounts.every(conn) if account.api_base == f"{place.base_url}/sandbox"]
    for account in ours:
        for _ in range(_MENU_TRIES):
            try:
                await menus.put_up(place, account.code)
                break
            except ChannelError:
                await asyncio.sleep(0.5)


class _DemoClock:
    """The sandbox's hand on the desk's clock."""

    def __init__(self, clock: Clock, pool: Pool, account: Account) -> None:
        self._clock, self._pool, self._account = clock, pool, account

    def now(self) -> datetime:
        """The desk's time."""
        return self._clock.now()

    async def move(self, by: str) -> None:
        """An hour, or to the same hour of the next working day."""
        if by == "hour":
            self._clock.advance(timedelta(hours=1))
            return
        async with transaction(self._pool) as conn:
            calendar = await accounts.calendar(conn, self._account)
        days = 1
        today = self._clock.now().astimezone(self._account.zone).date()
        while not calendar.is_working_day(today + timedelta(days=days)) and days < 30:
            days += 1
        self._clock.advance(timedelta(days=days))


async def _add_sandbox(app: web.Application, settings: Settings) -> None:
    refuse_public(settings.host)
    async with transaction(app[POOL]) as conn:
        ours = [account for account in await accounts.every(conn) if account.api_base == f"{settings.base_url}/sandbox"]
        stood_in = [_stand_in(account, await accounts.secrets(conn, account.id, app[VAULT]), settings) for account in ours]
    if not ours:
        return
    sandbox = create_sandbox(
        stood_in, _personas(), pages=app[PAGES], clock=_DemoClock(app[CLOCK], app[POOL], ours[0]),
        folder=settings.home / "sandbox",
    )  # fmt: skip
    app.add_subapp("/sandbox", sandbox)


def _stand_in(account: Account, secrets: ChannelSecrets, settings: Settings) -> SandboxAccount:
    return SandboxAccount(
        code=account.code, name=account.name, kind=account.kind, appid=account.appid, secret=secrets.secret,
        token=secrets.token, aes_key=secrets.aes_key, mode=account.mode,
        callback_url=f"{settings.base_url}/wechat/{account.code}", original_id=f"gh_{account.code}",
    )  # fmt: skip


def _personas() -> list[Persona]:
    file = resources.files("servicedesk.sandbox").joinpath("county/personas.json")
    return [
        Persona(each["openid"], each["name"], each["about"], each["avatar"], tuple(each["suggestions"]))
        for each in json.loads(file.read_text("utf-8"))
    ]

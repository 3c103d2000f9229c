"""The sandbox at work: the platform's state with what surrounds it, and the jobs it owes."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from servicedesk.render import Pages
from servicedesk.sandbox.accounts import ClockControl, Persona, SandboxAccount
from servicedesk.sandbox.articles import PUBLISHED, PUBLISHING
from servicedesk.sandbox.callbacks import Callbacks, Failure
from servicedesk.sandbox.chats import Entry
from servicedesk.sandbox.envelopes import callback_fields
from servicedesk.sandbox.faults import Faults
from servicedesk.sandbox.lanes import Lanes
from servicedesk.sandbox.media import Media, amr_seconds
from servicedesk.sandbox.platform import OfficialAccount, Platform
from servicedesk.sandbox.snapshots import Saver, read_states

logger = logging.getLogger(__name__)

WIDTH = 64


@dataclass(frozen=True)
class Timing:
    """Seconds: how long a callback may take, between tries, and until a publication or mass send is done."""

    callback: float = 5.0
    retry: float = 0.5
    job: float = 0.5


class Sandbox:
    """Everything of the stand-in; tests look inside through app[SANDBOX]."""

    def __init__(
        self,
        accounts: Sequence[SandboxAccount],
        personas: Sequence[Persona],
        *,
        pages: Pages,
        clock: ClockControl,
        folder: Path,
        prefix: str,
        timing: Timing,
    ) -> None:
        self.personas = tuple(personas)
        self.pages = pages
        self.clock = clock
        self.prefix = prefix
        self.timing = timing
        self.media_folder = folder / "media"
        self.media_folder.mkdir(parents=True, exist_ok=True)
        self.platform = Platform(accounts, read_states(folder / "state.json"))
        self.faults = Faults()
        self.failures: list[Failure] = []
        self.lanes = Lanes(WIDTH)
        self.callbacks = Callbacks(
            self.faults, self.failures, clock, prefix=prefix, timeout=timing.callback, pause=timing.retry
        )
        states = {code: one.state for code, one in self.platform.accounts.items()}
        self.saver = Saver(folder / "state.json", states)
        for official in self.platform.accounts.values():
            for persona in self.personas:
                official.met(persona.openid, clock.now())

    async def life(self, _app: web.Application) -> AsyncIterator[None]:
        """A cleanup context: what runs while the sandbox is served."""
        saving = asyncio.create_task(self.saver.run())
        await self.callbacks.open()
        for official in self.platform.accounts.values():
            self._resume(official)
        yield
        await self.lanes.close()
        await self.callbacks.close()
        self.saver.end()
        await saving

    def tell(self, official: OfficialAccount, openid: str, fields: dict[str, Any], *, expects_reply: bool = True) -> None:
        """Post a callback to the desk, after those of this citizen that are still on the way."""
        self.saver.touch()
        job = partial(self._tell, official, openid, fields, expects_reply=expects_reply)
        self.lanes.put((official.account.code, openid), job)

    def show(self, official: OfficialAccount, openid: str, entry: Entry) -> Entry:
        """Put an entry into a chat."""
        self.saver.touch()
        return official.show(openid, entry, self.clock.now())

    async def store(
        self,
        official: OfficialAccount,
        kind: str,
        content: bytes,
        content_type: str,
        *,
        permanent: bool,
        seconds: int = 0,
    ) -> Media:
        """Keep a file: first on disk, then in the state."""
        media = Media(
            secrets.token_urlsafe(48), kind, content_type, len(content), self.clock.now(),
            permanent=permanent, seconds=seconds or amr_seconds(content),
        )  # fmt: skip
        await asyncio.to_thread((self.media_folder / media.file_name).write_bytes, content)
        official.state.media[media.id] = media
        self.saver.touch()
        return media

    def finish_publication(self, official: OfficialAccount, article_id: str) -> None:
        """Owe the end of a publication: a moment later it is public, and the desk is told."""
        self.lanes.put((official.account.code, article_id), partial(self._publish, official, article_id))

    def finish_mass_send(self, official: OfficialAccount, msg_id: int) -> None:
        """Owe the end of a mass send: a moment later it is in the chats, and the desk is told."""
        self.lanes.put((official.account.code, msg_id), partial(self._send_to_all, official, msg_id))

    def _resume(self, official: OfficialAccount) -> None:
        for publication in official.state.publications.values():
            if publication.status == PUBLISHING:
                self.finish_publication(official, publication.article_id)
        for sent in official.state.mass_sends:
            if sent.sent is None:
                self.finish_mass_send(official, sent.msg_id)

    async def _tell(self, official: OfficialAccount, openid: str, fields: dict[str, Any], *, expects_reply: bool) -> None:
        entry = await self.callbacks.deliver(official, openid, fields, expects_reply=expects_reply)
        if entry:
            self.show(official, openid, entry)

    async def _publish(self, official: OfficialAccount, article_id: str) -> None:
        await asyncio.sleep(self.timing.job)
        publication = replace(official.state.publications[article_id], status=PUBLISHED)
        official.state.publications[article_id] = publication
        items = [
            {"idx": number, "article_url": publication.url(number)}
            for number in range(1, len(publication.articles) + 1)
        ]  # fmt: skip
        outcome = {
            "publish_id": int(publication.publish_id),
            "publish_status": publication.status,
            "article_id": article_id,
            "article_detail": {"count": len(items), "item": items},
        }
        self._tell_event(official, "PUBLISHJOBFINISH", PublishEventInfo=outcome)

    async def _send_to_all(self, official: OfficialAccount, msg_id: int) -> None:
        await asyncio.sleep(self.timing.job)
        done = official.end_mass_send(msg_id, self.clock.now())
        articles = enumerate(done.entry.articles, start=1)
        urls = [{"ArticleIdx": number, "ArticleUrl": article.url} for number, article in articles]
        result = {"ArticleUrlResult": {"Count": len(urls), "ResultList": {"item": urls}}} if urls else {}
        self._tell_event(
            official, "MASSSENDJOBFINISH", MsgID=msg_id, Status="send success",
            TotalCount=done.sent, FilterCount=done.sent, SentCount=done.sent, ErrorCount=0, **result,
        )  # fmt: skip

    def _tell_event(self, official: OfficialAccount, event: str, **more: Any) -> None:
        """An event of the account itself; its FromUserName is nobody's openid in particular."""
        sender = f"{official.account.original_id}_platform"
        self.tell(official, sender, self.event_fields(official, sender, event, **more), expects_reply=False)

    def event_fields(self, official: OfficialAccount, openid: str, event: str, **more: Any) -> dict[str, Any]:
        """The fields of an event callback."""
        return callback_fields(official.account, openid, "event", self.clock.now(), Event=event, **more)

    def now(self) -> datetime:
        """The desk's time."""
        return self.clock.now()


SANDBOX: web.AppKey[Sandbox] = web.AppKey("sandbox", Sandbox)

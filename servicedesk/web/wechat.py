"""The platform's callback: GET checks the address, POST brings a message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import structlog
from aiohttp import web

from servicedesk import metrics
from servicedesk.channels.base import BadEnvelope
from servicedesk.channels.wechat.envelope import (
    BODY_LIMIT_BYTES,
    Envelope,
    check_url,
    close_envelope,
    open_envelope,
    wall_seconds,
)
from servicedesk.channels.wechat.reply import ACKNOWLEDGED, text_reply
from servicedesk.domain.errors import NotFound
from servicedesk.domain.model import Account, ChannelSecrets
from servicedesk.domain.sending import split_text
from servicedesk.keys import BOOKS, CLOCK, LINKS, PAGES, POOL, SETTINGS, VAULT
from servicedesk.store.db import transaction
from servicedesk.store.journal import Journal, JournalFull
from servicedesk.usecases import delivery, intake
from servicedesk.usecases.calls import Call, Reply
from servicedesk.web.receiving import AWAY, Receiver, closing

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()
REPLY_LIMIT_BYTES = 2000
Found = TypeVar("Found")


RECEIVER = web.AppKey("RECEIVER", Receiver)
_SEEN = web.AppKey("SEEN", dict[str, float])
_RECEIVED: web.AppKey[dict[tuple[object, ...], str]] = web.AppKey("RECEIVED", dict)
_READ_AGAIN_S = 2.0
_PLACE = "\0"  # no text of a template holds it


async def receiving(app: web.Application) -> AsyncIterator[None]:
    """Take calls in for as long as the application runs."""

    def words(account: Account, reply: Reply) -> str:
        return _words(app, account, reply)

    journal = Journal(app[SETTINGS].home / "journal", app[VAULT])
    app[RECEIVER] = Receiver(app[POOL], app[BOOKS], app[CLOCK], journal, words)
    app[_SEEN] = {}
    app[_RECEIVED] = {}
    app[RECEIVER].start()
    yield
    await closing(app[RECEIVER])


@routes.get("/wechat/{account}", allow_head=False)
async def check(request: web.Request) -> web.Response:
    """Echo, if the platform itself asks."""

    def echo(account: Account, secrets: ChannelSecrets) -> str:
        return check_url(account, secrets, request.query, wall_seconds())

    try:
        _, _, text = await _verified(request, echo)
    except BadEnvelope as refusal:
        return _refuse(request, refusal)
    return web.Response(text=text)


@routes.post("/wechat/{account}")
async def receive(request: web.Request) -> web.StreamResponse:
    """Take one call in and answer it within the platform's five seconds."""
    await _account(request)  # nobody sends a body to an account that does not exist
    try:
        body = await _body(request)

        def opened(account: Account, secrets: ChannelSecrets) -> Envelope:
            return open_envelope(account, secrets, request.query, body, wall_seconds())

        account, secrets, envelope = await _verified(request, opened)
    except BadEnvelope as refusal:
        return _refuse(request, refusal)
    try:
        reply = await request.app[RECEIVER].take(account, envelope.message)
    except JournalFull:
        metrics.REFUSED.labels("journal_full").inc()
        return web.Response(text="journal_full", status=503)
    metrics.CALLBACKS.labels(envelope.message.kind).inc()
    if reply is None or (reply.template == "noted" and envelope.message.kind == "event"):
        return web.Response(text=ACKNOWLEDGED)
    return await _say(request, account, secrets, envelope, await _filled(request, account, envelope, reply))


async def _filled(request: web.Request, account: Account, envelope: Envelope, reply: Reply) -> Reply:
    """The reply with published answers that are alike, unless they follow later (None)."""
    if reply.template != "received" or reply.facts["alike"] is None:
        return reply
    known = await request.app[BOOKS].of_code(request.app[POOL], account.code)
    if known is None:
        return reply
    clock = request.app[CLOCK]
    call = Call(known[0], envelope.message, clock.now(), clock.wall())
    try:
        async with request.app[POOL].acquire(timeout=1) as conn:
            return await intake.with_alike(conn, call, reply) or reply
    except AWAY:
        return reply


async def _say(
    request: web.Request, account: Account, secrets: ChannelSecrets, envelope: Envelope, reply: Reply
) -> web.StreamResponse:
    now_s = wall_seconds()
    xml = text_reply(envelope, _words(request.app, account, reply), now_s)
    sealed = close_envelope(account, secrets, envelope, xml, now_s)
    response = web.Response(text=sealed, content_type="application/xml")
    if reply.held is not None:
        # A held answer has arrived only once the whole reply has been handed over; if it has not, it stays held.
        await response.prepare(request)
        await response.write_eof()
        async with transaction(request.app[POOL]) as conn:
            await delivery.given(conn, account.id, reply.held, reply.held_chars, now=request.app[CLOCK].now())
    return response


def _words(app: web.Application, account: Account, reply: Reply) -> str:
    """The reply's text; the answers that look alike give way where it would get too long."""
    if reply.template == "received" and reply.held is None and not reply.facts["alike"] and not reply.facts.get("others"):
        return _received(app, account, reply)
    facts = {
        "account": account,
        "base_url": app[SETTINGS].base_url,
        "zone": account.zone,
        "held": None,
        "others": 0,
        "kind": None,
        "opens_on": None,
        **reply.facts,
    }
    if held := facts["held"]:
        with_files = held.get("has_files") and held["last"]
        facts["held"] = {**held, "link": app[LINKS].case(account.code, held["number"]) if with_files else None}
    if listed := facts.get("tickets"):
        facts["tickets"] = [{**each, "link": app[LINKS].case(account.code, each["number"])} for each in listed]
    facts["notify_link"] = app[LINKS].notice(account.code, facts["notify"]) if facts.get("notify") else None
    pages, template = app[PAGES], f"deliveries/{reply.template}.txt"
    text = pages.text(template, facts)
    if len(text.encode()) > REPLY_LIMIT_BYTES and facts.get("alike"):
        text = pages.text(template, {**facts, "alike": []})
    return split_text(text, REPLY_LIMIT_BYTES)[0]


def _received(app: web.Application, account: Account, reply: Reply) -> str:
    """The commonest reply: rendered once for each department and date, and the number put in."""
    known = app[_RECEIVED]
    said = reply.facts
    key = (
        account.id, said["department"], said["promised_on"], said.get("kind"), said.get("opens_on"), said.get("opens_from"),
    )  # fmt: skip
    if key not in known:
        if len(known) > 4096:
            known.clear()
        facts = {
            "kind": None,
            "opens_on": None,
            "others": 0,
            **reply.facts,
            "account": account,
            "base_url": app[SETTINGS].base_url,
            "zone": account.zone,
            "held": None,
        }
        known[key] = app[PAGES].text("deliveries/received.txt", {**facts, "number": _PLACE})
    return known[key].replace(_PLACE, reply.facts["number"])


async def _account(request: web.Request) -> tuple[Account, ChannelSecrets]:
    """The account of the path and its secrets. Raises NotFound, or 503 where neither memory nor database knows."""
    try:
        known = await request.app[BOOKS].of_code(request.app[POOL], request.match_info["account"])
    except AWAY:
        raise web.HTTPServiceUnavailable from None
    if known is None:
        raise NotFound
    return known[0].account, known[1]


async def _verified(
    request: web.Request, verify: Callable[[Account, ChannelSecrets], Found]
) -> tuple[Account, ChannelSecrets, Found]:
    """The account, its secrets, and what they verify: once more where they had changed since they were read.

    Raises BadEnvelope, or as _account.
    """
    account, secrets = await _account(request)
    try:
        return account, secrets, verify(account, secrets)
    except BadEnvelope as refusal:
        if refusal.status != 403 or not await _changed(request, account):
            raise
    account, secrets = await _account(request)
    return account, secrets, verify(account, secrets)


async def _changed(request: web.Request, account: Account) -> bool:
    """Read the account anew, seldom, where a call does not fit what is remembered: its key or mode may have changed."""
    now_s = wall_seconds()
    if now_s - request.app[_SEEN].get(account.code, 0.0) < _READ_AGAIN_S:
        return False
    request.app[_SEEN][account.code] = now_s
    try:
        before = await request.app[BOOKS].of_code(request.app[POOL], account.code)
        after = await request.app[BOOKS].of_code(request.app[POOL], account.code, again=True)
    except AWAY:
        return False
    return before is not None and after is not None and before[0].version != after[0].version


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > BODY_LIMIT_BYTES:
        raise BadEnvelope(413, "too_large")
    body = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise BadEnvelope(413, "too_large")
    return bytes(body)


def _refuse(request: web.Request, refusal: BadEnvelope) -> web.Response:
    metrics.REFUSED.labels(refusal.reason).inc()
    log.warning("callback_refused", account=request.match_info["account"], reason=refusal.reason, status=refusal.status)
    return web.Response(text=refusal.reason, status=refusal.status)

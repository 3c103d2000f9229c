"""The platform's callback: GET checks the address, POST brings a message."""

from __future__ import annotations

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
from servicedesk.domain.model import Account, ChannelSecrets
from servicedesk.domain.sending import split_text
from servicedesk.keys import CLOCK, PAGES, POOL, SETTINGS, VAULT
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.usecases import delivery, intake
from servicedesk.usecases.calls import Reply
from servicedesk.web.access import path_account

log = structlog.get_logger(__name__)
routes = web.RouteTableDef()
REPLY_LIMIT_BYTES = 2000


@routes.get("/wechat/{account}", allow_head=False)
async def check(request: web.Request) -> web.Response:
    """Echo, if the platform itself asks."""
    account, secrets = await _account(request)
    try:
        echo = check_url(account, secrets, request.query, wall_seconds())
    except BadEnvelope as refusal:
        return _refuse(account, refusal)
    return web.Response(text=echo)


@routes.post("/wechat/{account}")
async def receive(request: web.Request) -> web.StreamResponse:
    """Take one call in and answer it within the platform's five seconds."""
    account, secrets = await _account(request)
    try:
        body = await _body(request)
        envelope = open_envelope(account, secrets, request.query, body, wall_seconds())
    except BadEnvelope as refusal:
        return _refuse(account, refusal)
    clock = request.app[CLOCK]
    async with transaction(request.app[POOL]) as conn:
        reply = await intake.receive(conn, account, envelope.message, now=clock.now(), wall=clock.wall())
    metrics.CALLBACKS.labels(envelope.message.kind).inc()
    if reply is None:
        return web.Response(text=ACKNOWLEDGED)
    return await _say(request, account, secrets, envelope, reply)


async def _say(
    request: web.Request, account: Account, secrets: ChannelSecrets, envelope: Envelope, reply: Reply
) -> web.StreamResponse:
    now_s = wall_seconds()
    xml = text_reply(envelope, _words(request, account, reply), now_s)
    sealed = close_envelope(account, secrets, envelope, xml, now_s)
    response = web.Response(text=sealed, content_type="application/xml")
    if reply.held is not None:
        # A held answer has arrived only once the whole reply has been handed over; if it has not, it stays held.
        await response.prepare(request)
        await response.write_eof()
        async with transaction(request.app[POOL]) as conn:
            await delivery.given(conn, account.id, reply.held, reply.held_chars, now=request.app[CLOCK].now())
    return response


def _words(request: web.Request, account: Account, reply: Reply) -> str:
    """The reply's text; the answers that look alike give way where it would get too long."""
    facts = {
        "account": account,
        "base_url": request.app[SETTINGS].base_url,
        "zone": account.zone,
        "held": None,
        **reply.facts,
    }
    pages, template = request.app[PAGES], f"deliveries/{reply.template}.txt"
    text = pages.text(template, facts)
    if len(text.encode()) > REPLY_LIMIT_BYTES and facts.get("alike"):
        text = pages.text(template, {**facts, "alike": []})
    return split_text(text, REPLY_LIMIT_BYTES)[0]


async def _account(request: web.Request) -> tuple[Account, ChannelSecrets]:
    account = await path_account(request)
    async with request.app[POOL].acquire() as conn:
        return account, await accounts.secrets(conn, account.id, request.app[VAULT])


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > BODY_LIMIT_BYTES:
        raise BadEnvelope(413, "too_large")
    body = bytearray()
    async for chunk in request.content.iter_chunked(65536):
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            raise BadEnvelope(413, "too_large")
    return bytes(body)


def _refuse(account: Account, refusal: BadEnvelope) -> web.Response:
    metrics.REFUSED.labels(refusal.reason).inc()
    log.warning("callback_refused", account=account.code, reason=refusal.reason, status=refusal.status)
    return web.Response(text=refusal.reason, status=refusal.status)

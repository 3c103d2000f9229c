"""Tell people and programs of the ladder and of topics: write what is owed, send it in no transaction, keep what came of it."""

from __future__ import annotations

import asyncio
import json

import structlog

from servicedesk import metrics
from servicedesk.channels import mail, webhook
from servicedesk.channels.base import ChannelError
from servicedesk.channels.means import MeansError
from servicedesk.domain.model import Account
from servicedesk.domain.sending import TEXT_LIMIT_BYTES
from servicedesk.domain.telling import Item, Means, Reason, reason_of
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import View, transaction
from servicedesk.store.tellings import Telling
from servicedesk.usecases import telling as tellings

log = structlog.get_logger(__name__)
PEOPLE, BATCH = 100, 16


async def tell(place: Place) -> bool:
    """One round; True where there may be more."""
    async with transaction(place.pool) as conn:
        ids = await accounts.every_id(conn)
        now, wall = place.clock.now(), place.clock.wall()
        written = await tellings.write(conn, ids, now=now, size=PEOPLE)
        claimed = await tellings.claim(conn, ids, now=now, wall=wall, size=BATCH)
        owners = {each: await accounts.by_id(conn, each) for each in {owed.account_id for owed in claimed}}
    await asyncio.gather(*(_send_one(place, owners[owed.account_id], owed) for owed in claimed))
    return written >= PEOPLE or len(claimed) == BATCH


async def _send_one(place: Place, account: Account, owed: Telling) -> None:
    """What nobody foresaw about one must not hold the others up."""
    reason, code = tellings.closed(owed, now=place.clock.now()), None
    if reason is None:
        try:
            await _WAYS[owed.means](place, account, owed)
        except MeansError as error:
            reason, code = error.reason, error.code
        except ChannelError as error:
            reason, code = reason_of(error.refusal), error.code
        except Exception:
            log.exception("telling_broke", telling=owed.id)
            reason = Reason.BROKE
    async with transaction(place.pool) as conn:
        if reason is None:
            held = await tellings.sent(conn, owed, now=place.clock.now())
        else:
            held = await tellings.failed(conn, owed, reason, code=code, now=place.clock.now())
    metrics.TELLINGS.labels(owed.means, reason or "sent").inc()
    if reason is not None or not held:
        log.warning("telling_refused" if held else "claim_lost", telling=owed.id, reason=reason, errcode=code)


async def _by_mail(place: Place, account: Account, owed: Telling) -> None:
    if place.mail is None or owed.mail is None:
        raise MeansError(Reason.NO_SERVER)
    facts = _facts(place, account, owed)
    letter = mail.Letter(
        sender_name=account.name, to=owed.mail, subject=place.pages.text(_page(owed, "subject"), facts),
        text=place.pages.text(_page(owed, "mail"), facts) + "\n", key=_key(account, owed), at=place.clock.wall(),
    )  # fmt: skip
    await mail.send(place.mail, letter)


async def _by_wechat(place: Place, account: Account, owed: Telling) -> None:
    openid, channel, facts = owed.openid or "", place.channel(account), _facts(place, account, owed)
    text = place.pages.text(_page(owed, "wechat"), facts)
    for lines in range(len(facts["items"]) - 1, 0, -1):
        if len(text.encode()) <= TEXT_LIMIT_BYTES:
            break
        shorter = {**facts, "items": facts["items"][:lines], "more": facts["count"] - lines}
        text = place.pages.text("tellings/wechat.txt", shorter)
    await with_token(place, account, lambda token: channel.send_text(token, openid, text))


async def _by_webhook(place: Place, account: Account, owed: Telling) -> None:
    if owed.webhook_url is None or owed.webhook_secret is None:
        raise MeansError(Reason.REMOVED)
    hook = webhook.Hook(owed.webhook_url, place.vault.unseal(owed.webhook_secret), place.webhook_private)
    wall, key = place.clock.wall(), _key(account, owed)
    body = {"id": key, "account": account.code, "sent_at": wall.isoformat(timespec="seconds"), **_posted(place, owed)}
    await webhook.call(hook, key, int(wall.timestamp()), json.dumps(body, ensure_ascii=False).encode())


def _posted(place: Place, owed: Telling) -> View:
    """What a program is given (docs/webhooks.md)."""
    topic = owed.facts.get("topic")
    if topic is not None:
        said = {name: topic[name] for name in ("words", "place", "kind", "citizens", "usual")}
        return {"type": "topic", "topic": {**said, "link": _topic_link(place, topic["topic"])}}
    items = [
        {
            "ticket": each["number"], "step": each["step"], "deadline": each["deadline"], "department": each["department"],
            "due_at": each["due_at"], "link": _link(place, each["number"]),
        }
        for each in owed.facts["items"]
    ]  # fmt: skip
    return {"type": "escalation", "items": items}


_WAYS = {Means.MAIL: _by_mail, Means.WECHAT: _by_wechat, Means.WEBHOOK: _by_webhook}


def _key(account: Account, owed: Telling) -> str:
    """What names it to the other side, the same at every try."""
    return f"{account.code}-{owed.id}"


def _page(owed: Telling, name: str) -> str:
    return f"tellings/topic/{name}.txt" if "topic" in owed.facts else f"tellings/{name}.txt"


def _facts(place: Place, account: Account, owed: Telling) -> View:
    items, topic = [Item.from_facts(each) for each in owed.facts["items"]], owed.facts.get("topic")
    return {
        "account": account, "zone": account.zone, "items": items, "more": owed.facts["more"], "now": place.clock.now(),
        "count": len(items) + owed.facts["more"], "base_url": place.base_url, "topic": topic,
        "link": _topic_link(place, topic["topic"]) if topic else _link(place, items[0].number),
    }  # fmt: skip


def _link(place: Place, number: str) -> str:
    return f"{place.base_url}/tickets/{number}"


def _topic_link(place: Place, topic_id: int) -> str:
    return f"{place.base_url}/topics/{topic_id}"

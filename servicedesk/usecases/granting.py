"""A citizen's leave to be sent one message outside the reply window."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, CitizenId
from servicedesk.domain.sending import Rung
from servicedesk.store import citizens, deliveries, rungs
from servicedesk.store.db import Conn
from servicedesk.usecases.answering import wake_outbox


async def may_be_asked(conn: Conn, account_id: AccountId) -> bool:
    """Whether the account sends one-time messages, so that asking for leave makes sense."""
    return await rungs.template(conn, account_id, Rung.ONE_TIME_SUBSCRIPTION) is not None


async def one_time(
    conn: Conn, account_id: AccountId, citizen_id: CitizenId, *, template_id: str, scene: str, token: str, now: datetime
) -> bool:
    """A one-time authorisation; the token, which we signed, counts once. False for another template than the account's."""
    template = await rungs.template(conn, account_id, Rung.ONE_TIME_SUBSCRIPTION)
    if template is None or template["template_id"] != template_id:
        return False
    await citizens.lock(conn, account_id, citizen_id)
    await rungs.add_grant(
        conn, account_id, citizen_id, Rung.ONE_TIME_SUBSCRIPTION, template_id=template_id, scene=scene,
        dedupe_key=f"t:{hashlib.sha256(token.encode()).hexdigest()}", now=now,
    )  # fmt: skip
    await _send_what_is_held(conn, account_id, citizen_id, now)
    return True


async def by_event(
    conn: Conn, account_id: AccountId, citizen_id: CitizenId, payload: Mapping[str, Any], *, dedupe_key: str, now: datetime
) -> None:
    """subscribe_msg_popup_event and subscribe_msg_change_event: notices that the citizen allowed or took back (WeChat)."""
    template = await rungs.template(conn, account_id, Rung.SUBSCRIPTION_NOTICE)
    for each in _answers(payload):
        if template is None or each.get("TemplateId") != template["template_id"]:
            continue
        if each.get("SubscribeStatusString") == "accept":
            await rungs.add_grant(
                conn, account_id, citizen_id, Rung.SUBSCRIPTION_NOTICE, template_id=template["template_id"], scene="",
                dedupe_key=f"{dedupe_key}:{template['template_id']}", now=now,
            )  # fmt: skip
            await _send_what_is_held(conn, account_id, citizen_id, now)
        elif each.get("SubscribeStatusString") == "reject":
            await rungs.use_grants(conn, account_id, citizen_id, Rung.SUBSCRIPTION_NOTICE, now=now)


async def _send_what_is_held(conn: Conn, account_id: AccountId, citizen_id: CitizenId, now: datetime) -> None:
    await deliveries.owe_held_answers(conn, account_id, citizen_id, now=now)
    await wake_outbox(conn)


def _answers(payload: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name in ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent"):
        inner = payload.get(name)
        listed = inner.get("List") if isinstance(inner, Mapping) else None
        for each in listed if isinstance(listed, list) else [listed]:
            if isinstance(each, Mapping):
                yield each

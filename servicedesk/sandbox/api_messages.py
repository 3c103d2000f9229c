"""Messages that an account sends: customer, one-time subscription, template, notice and mass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from servicedesk.sandbox.articles import Publication
from servicedesk.sandbox.calls import OK, Call, Endpoint
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.messages import card_entry, custom_entry, mass_entry, notice_entry
from servicedesk.sandbox.platform import MassSend, OfficialAccount
from servicedesk.sandbox.state import Sandbox


async def send_custom(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/custom/send"""
    _require(call.official.account.verified)
    call.official.reachable(call.text("touser"))
    entry = custom_entry(call.official, call.body, call.now, sandbox.prefix)
    call.official.send_custom(call.text("touser"), entry, call.now)
    return OK


async def type_custom(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/custom/typing"""
    _require(call.official.account.verified)
    if call.text("command") not in ("Typing", "CancelTyping"):
        raise PlatformError(40097)
    call.official.type(call.text("touser"), call.now, is_typing=call.text("command") == "Typing")
    return OK


async def send_one_time(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/template/subscribe: the one-time subscription message"""
    _require(call.official.account.verified)
    openid = call.text("touser")
    entry = notice_entry(call.body, "one_time")
    call.official.send_authorised(openid, call.text("scene"), entry, call.now)
    return OK


async def send_template(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/template/send, and the event that says it arrived"""
    _require(call.official.account.is_service)
    openid, number = call.text("touser"), call.official.next_number()
    call.official.reachable(openid)
    sandbox.show(call.official, openid, notice_entry(call.body, "template"))
    fields = sandbox.event_fields(call.official, openid, "TEMPLATESENDJOBFINISH", MsgID=number, Status="success")
    sandbox.tell(call.official, openid, fields, expects_reply=False)
    return {**OK, "msgid": number}


async def send_notice(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/subscribe/bizsend: the subscription notice, for one authorisation, and the event that it was sent"""
    _require(call.official.account.is_service)
    openid, template = call.text("touser"), call.text("template_id")
    call.official.send_authorised(openid, template, notice_entry(call.body, "notice"), call.now)
    sent = {
        "TemplateId": template,
        "MsgID": call.official.next_number(),
        "ErrorCode": 0,
        "ErrorStatus": "success",
    }
    fields = sandbox.event_fields(call.official, openid, "subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": sent})
    sandbox.tell(call.official, openid, fields, expects_reply=False)
    return OK


async def send_mass(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/mass/sendall: to every follower, or nobody: the sandbox knows no tags"""
    _require(call.official.account.verified)
    official = call.official
    official.check_mass_send(call.text("clientmsgid"), call.now)
    if call.fields("filter").get("is_to_all") is not True:
        raise PlatformError(45159)
    begun = _begin_mass_send(official, call, sandbox.prefix)
    sandbox.finish_mass_send(official, begun.msg_id)
    answer = {"errcode": 0, "errmsg": "send job submission success", "msg_id": begun.msg_id}
    return {**answer, "msg_data_id": 2_000_000_000 + begun.msg_id} if begun.entry.articles else answer


async def preview_mass(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/mass/preview: to one follower, at most 100 a day"""
    _require(call.official.account.verified)
    openid = call.text("touser")
    call.official.reachable(openid)
    if call.text("msgtype") == "mpnews":
        entry = card_entry(call.official, _publication(call, "mpnews", keep_draft=True))
    else:
        entry = mass_entry(call.official, call.body, call.now, sandbox.prefix)
    sandbox.show(call.official, openid, replace(entry, via="preview"))
    return {"errcode": 0, "errmsg": "preview success", "msg_id": call.official.next_number()}


async def mass_status(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """message/mass/get"""
    for sent in call.official.state.mass_sends:
        if str(sent.msg_id) == call.text("msg_id"):
            return {"msg_id": sent.msg_id, "msg_status": "SENDING" if sent.sent is None else "SEND_SUCCESS"}
    raise PlatformError(40097)


def _begin_mass_send(official: OfficialAccount, call: Call, prefix: str) -> MassSend:
    client_msg_id = call.text("clientmsgid")
    if call.text("msgtype") == "mpnews":
        entry = card_entry(official, _publication(call, "mpnews", keep_draft=False))
    else:
        entry = mass_entry(official, call.body, call.now, prefix)
    return official.begin_mass_send(client_msg_id, entry, call.now)


def _publication(call: Call, kind: str, *, keep_draft: bool) -> Publication:
    """A draft becomes pages; once sent or published it is a draft no more (draft/add's page says so)."""
    media_id = str(call.fields(kind).get("media_id", ""))
    articles = call.official.state.drafts.get(media_id)
    if articles is None:
        raise PlatformError(40007)
    if not keep_draft:
        del call.official.state.drafts[media_id]
    return call.official.publish(articles, call.now, origin=call.origin, status=0)


def _require(right: bool) -> None:
    if not right:
        raise PlatformError(48001)


ENDPOINTS = {
    "message/custom/send": Endpoint(send_custom),
    "message/custom/typing": Endpoint(type_custom),
    "message/template/subscribe": Endpoint(send_one_time),
    "message/template/send": Endpoint(send_template),
    "message/subscribe/bizsend": Endpoint(send_notice),
    "message/mass/sendall": Endpoint(send_mass),
    "message/mass/preview": Endpoint(preview_mass),
    "message/mass/get": Endpoint(mass_status),
}

"""The platform's side of a call: signatures, the three modes, and what it gets back."""

from __future__ import annotations

import base64
import secrets as random
from itertools import count

from wechatpy.crypto import PrpCrypto

from servicedesk.channels.wechat.inbound import read_xml
from servicedesk.channels.wechat.signing import signature
from servicedesk.domain.model import ChannelSecrets

_ids = count(int(random.token_hex(4), 16))
TEXT = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oCitizen]]></FromUserName>"
    "<CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[暖气不热]]></Content>"
    "<MsgId>1234567890123456</MsgId></xml>"
)


def text_body(text: str, openid: str = "oCitizen", msg_id: int | None = None) -> str:
    """A text message's XML, with an id of its own unless one is given."""
    number = next(_ids) if msg_id is None else msg_id
    return (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
        f"<CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
        f"<MsgId>{number}</MsgId></xml>"
    )


def signed(token: str, now_s: float) -> dict[str, str]:
    """The query of a plain call."""
    timestamp, nonce = str(int(now_s)), random.token_hex(4)
    return {"timestamp": timestamp, "nonce": nonce, "signature": signature(token, timestamp, nonce)}


def wrapped(mode: str, xml: str, secrets: ChannelSecrets, appid: str, now_s: float) -> tuple[dict[str, str], bytes]:
    """A call's query and body in one of the modes."""
    query = signed(secrets.token, now_s)
    if mode == "plain":
        return query, xml.encode()
    cipher = PrpCrypto(base64.b64decode(secrets.aes_key + "=")).encrypt(xml, appid).decode()
    query["encrypt_type"] = "aes"
    query["msg_signature"] = signature(secrets.token, query["timestamp"], query["nonce"], cipher)
    inside = xml[xml.index("<xml>") + 5 : xml.rindex("</xml>")] if mode == "compatible" else ""
    return query, f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{cipher}]]></Encrypt>{inside}</xml>".encode()


def unwrapped(body: str, secrets: ChannelSecrets, appid: str) -> str:
    """The text of an encrypted reply, its signature checked; empty for a plain acknowledgement."""
    if body == "success":
        return ""
    outer = read_xml(body.encode())
    assert outer["MsgSignature"] == signature(secrets.token, outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    inner = PrpCrypto(base64.b64decode(secrets.aes_key + "=")).decrypt(outer["Encrypt"], appid)
    return str(read_xml(inner.encode())["Content"])

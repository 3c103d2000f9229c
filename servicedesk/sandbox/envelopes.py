"""Callbacks as the platform posts them: the XML, its encryption and the signed query."""

from __future__ import annotations

import base64
import hashlib
import itertools
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wechatpy.crypto import PrpCrypto

from servicedesk.sandbox.accounts import SandboxAccount

_message_ids = itertools.count(time.time_ns())


@dataclass(frozen=True)
class Envelope:
    """One callback, ready to be posted as often as it takes."""

    query: dict[str, str]
    body: bytes


def callback_fields(account: SandboxAccount, openid: str, kind: str, now: datetime, **more: Any) -> dict[str, Any]:
    """The fields of a message or event, the common ones first."""
    return {
        "ToUserName": account.original_id,
        "FromUserName": openid,
        "CreateTime": int(now.timestamp()),
        "MsgType": kind,
        **more,
    }


def seal(account: SandboxAccount, fields: Mapping[str, Any], openid: str) -> Envelope:
    """The envelope of a callback in the account's mode; its timestamp is the true time, which a demo cannot move."""
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
    query = {"signature": signature(account.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    query["openid"] = openid
    plain = to_xml(fields)
    if account.mode == "plain":
        return Envelope(query, plain.encode())
    encrypted = crypto(account).encrypt(plain, account.appid).decode("ascii")
    query["encrypt_type"] = "aes"
    query["msg_signature"] = signature(account.token, timestamp, nonce, encrypted)
    outer = fields if account.mode == "compatible" else {"ToUserName": account.original_id}
    return Envelope(query, to_xml({**outer, "Encrypt": encrypted}).encode())


def new_message_id() -> int:
    """A 64-bit MsgId that no message had before, in this process or an earlier one."""
    return next(_message_ids)


def signature(*parts: str) -> str:
    """The platform's signature: the SHA-1 of the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 the platform's choice


def crypto(account: SandboxAccount) -> PrpCrypto:
    """The cipher of an account's EncodingAESKey."""
    return PrpCrypto(base64.b64decode(account.aes_key + "="))


def to_xml(fields: Mapping[str, Any]) -> str:
    """Fields as the platform writes them: text in CDATA, numbers bare, a list as a repeated tag."""
    return f"<xml>{_children(fields)}</xml>"


def _children(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_children(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{_for_xml(str(value))}]]></{name}>"


def _for_xml(text: str) -> str:
    """Without characters that XML cannot hold, and with ]]> split over two CDATA sections."""
    held = "".join(one for one in text if one in "\t\n\r" or (one >= " " and not "\ud800" <= one <= "\udfff"))
    return held.replace("\ufffe", "").replace("\uffff", "").replace("]]>", "]]]]><![CDATA[>")

"""What a desk answers to a callback: the passive reply, opened, verified and read as strictly as the platform does."""

from __future__ import annotations

import hmac
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.exceptions import InvalidAppIdException

from servicedesk.sandbox.accounts import SandboxAccount
from servicedesk.sandbox.chats import Article, Entry
from servicedesk.sandbox.envelopes import crypto, signature
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.messages import checked_text
from servicedesk.sandbox.platform import OfficialAccount

MOST_ARTICLES = 8


class BadReply(Exception):
    """The desk's answer is no reply that the platform can show."""


def read_reply(
    official: OfficialAccount, body: bytes, openid: str, now: datetime, prefix: str, *, to_message: bool
) -> Entry | None:
    """The entry that a reply puts into the chat; None for `success`, nothing, or a transfer to customer service."""
    fields = _open(official.account, body)
    if fields is None:
        return None
    if fields.get("ToUserName") != openid or fields.get("FromUserName") != official.account.original_id:
        raise BadReply("the reply is for somebody else")
    if not str(fields.get("CreateTime", "")).strip().isdigit():
        raise BadReply("no CreateTime")
    try:
        return _entry(official, fields, now, prefix, most=1 if to_message else MOST_ARTICLES)
    except PlatformError as wrong:
        raise BadReply(str(wrong)) from wrong


def _open(account: SandboxAccount, body: bytes) -> Mapping[str, Any] | None:
    try:
        text = body.decode().strip()
    except UnicodeDecodeError as wrong:
        raise BadReply("not UTF-8") from wrong
    if text in ("", "success"):
        return None
    fields = _parse(text)
    if "Encrypt" in fields and account.mode != "plain":
        return _parse(_decrypt(account, fields))
    if account.mode == "safe":
        raise BadReply("a plain reply in safe mode")
    return fields


def _parse(text: str) -> Mapping[str, Any]:
    try:
        fields = xmltodict.parse(text, disable_entities=True)["xml"]
    except (ExpatError, ValueError, KeyError) as wrong:
        raise BadReply("not the XML of a reply") from wrong
    if not isinstance(fields, Mapping):
        raise BadReply("an empty XML")
    return fields


def _decrypt(account: SandboxAccount, fields: Mapping[str, Any]) -> str:
    encrypted, given = str(fields.get("Encrypt")), str(fields.get("MsgSignature"))
    expected = signature(account.token, str(fields.get("TimeStamp")), str(fields.get("Nonce")), encrypted)
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise BadReply("MsgSignature is wrong")
    try:
        return str(crypto(account).decrypt(encrypted, account.appid))
    except (ValueError, TypeError, IndexError, struct.error, InvalidAppIdException) as wrong:
        raise BadReply("cannot be decrypted") from wrong


def _entry(official: OfficialAccount, fields: Mapping[str, Any], now: datetime, prefix: str, *, most: int) -> Entry | None:
    kind = str(fields.get("MsgType"))
    if kind == "transfer_customer_service":
        return None
    if kind == "text":
        return Entry("text", "account", via="reply", text=checked_text(_text(fields, "Content")))
    if kind in ("image", "voice", "video"):
        inner = _inner(fields, kind.capitalize())
        media = official.find_media(_text(inner, "MediaId"), {kind}, now)
        return Entry(
            kind, "account", via="reply", media_url=f"{prefix}/media/{media.id}", seconds=media.seconds,
            title=_text(inner, "Title"), text=_text(inner, "Description"),
        )  # fmt: skip
    if kind == "music":
        inner = _inner(fields, "Music")
        url = _text(inner, "HQMusicUrl") or _text(inner, "MusicUrl")
        title, about = _text(inner, "Title"), _text(inner, "Description")
        return Entry("music", "account", via="reply", title=title, text=about, media_url=url)
    if kind == "news":
        return Entry("news", "account", via="reply", articles=_articles(fields)[:most])
    raise BadReply(f"MsgType {kind}")


def _articles(fields: Mapping[str, Any]) -> tuple[Article, ...]:
    items = _inner(fields, "Articles").get("item")
    held = [one for one in (items if isinstance(items, list) else [items]) if isinstance(one, Mapping)]
    if not held or not _text(fields, "ArticleCount").isdigit():
        raise BadReply("no articles")
    return tuple(
        Article(_text(one, "Title"), _text(one, "Description"), _text(one, "Url"), _text(one, "PicUrl")) for one in held
    )


def _inner(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = fields.get(name)
    if not isinstance(inner, Mapping):
        raise BadReply(f"no {name}")
    return inner


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)

"""WeChat's XML to an InboundMessage: every kind it has, old spellings and odd ones too."""

from __future__ import annotations

import hashlib
import json
import re
import xml.etree.ElementTree as ET  # declarations are refused before it parses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from servicedesk.channels.base import BadEnvelope
from servicedesk.domain.model import InboundMessage

DEEPEST = 12  # the platform's own bodies have at most six levels
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TAG = re.compile(rb"<(/?)[A-Za-z_]")
# What a database cannot keep (NUL) or a page should not show; WeChat's own clients send none of it.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TEXT_LIMIT = 20_000


def read_xml(body: bytes) -> Mapping[str, Any]:
    """The fields of a body. Raises BadEnvelope (400): not XML, declarations, too deep, wrong encoding, no fields."""
    _check_markup(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadEnvelope(400, "encoding") from None
    try:
        root = ET.fromstring(_DECLARATION.sub("", text, count=1))  # noqa: S314  # _check_markup refuses declarations
    except (ET.ParseError, ValueError):
        raise BadEnvelope(400, "xml") from None
    fields = _value(root)
    if root.tag != "xml" or not isinstance(fields, dict):
        raise BadEnvelope(400, "fields")
    return fields


def _value(element: ET.Element) -> Any:
    """A leaf's text (None where it is blank), or its children by name; those of one name are a list."""
    if len(element) == 0:
        return (element.text or "").strip() or None
    fields: dict[str, Any] = {}
    for child in element:
        value = _value(child)
        if child.tag in fields:
            before = fields[child.tag]
            value = [*before, value] if isinstance(before, list) else [before, value]
        fields[child.tag] = value
    return fields


def read_message(fields: Mapping[str, Any]) -> InboundMessage:
    """A call of the platform in the desk's words. Raises BadEnvelope (400) where it has no sender or no type."""
    sender, kind = _field(fields, "FromUserName"), _field(fields, "MsgType").lower()
    if not sender or not kind or len(sender) > 128:
        raise BadEnvelope(400, "fields")
    if kind == "event":
        return _event(fields, sender)
    if kind not in _BODIES or ("video" in kind and not _field(fields, "MediaId")):
        return InboundMessage(_message_key(fields, sender), sender, "other", sent_at=_sent_at(fields), payload=_kept(fields))
    kind = "video" if kind == "shortvideo" else kind
    if not any(_field(fields, name) for name in _REQUIRED.get(kind, ("MsgType",))):
        raise BadEnvelope(400, "fields")
    return InboundMessage(
        dedupe_key=_message_key(fields, sender),
        openid=sender,
        kind=kind,
        text=_BODIES[kind](fields)[:_TEXT_LIMIT],
        media_id=_field(fields, "MediaId") or None if kind in ("image", "voice", "video") else None,
        sent_at=_sent_at(fields),
        chosen=_field(fields, "bizmsgmenuid")[:64],
    )


def _event(fields: Mapping[str, Any], sender: str) -> InboundMessage:
    event = _field(fields, "Event").lower()
    if not event:
        raise BadEnvelope(400, "fields")
    return InboundMessage(
        dedupe_key=_event_key(fields, sender, event),
        openid=sender,
        kind="event",
        event=event,
        event_key=_field(fields, "EventKey")[:256],
        sent_at=_sent_at(fields),
        payload=_kept(fields),
    )


def _location(fields: Mapping[str, Any]) -> str:
    label = _field(fields, "Label")
    return f"{label} ({_field(fields, 'Location_X')}, {_field(fields, 'Location_Y')})".strip()


def _link(fields: Mapping[str, Any]) -> str:
    return "\n".join(part for name in ("Title", "Description", "Url") if (part := _field(fields, name)))


_BODIES = {
    "text": lambda fields: _field(fields, "Content"),
    # Old calls bring only an address of the picture, which cannot be fetched with a token.
    "image": lambda fields: "" if _field(fields, "MediaId") else _field(fields, "PicUrl"),
    # Recognition of voices is unreliable and being withdrawn: it helps to route, the voice itself is kept.
    "voice": lambda fields: _field(fields, "Recognition"),
    "video": lambda _: "",
    "shortvideo": lambda _: "",
    "location": _location,
    "link": _link,
}


_REQUIRED = {"text": ("Content",), "image": ("MediaId", "PicUrl"), "voice": ("MediaId",)}


def _message_key(fields: Mapping[str, Any], sender: str) -> str:
    """MsgId, unique in the account; without one, the whole content."""
    msg_id = _field(fields, "MsgId") or _field(fields, "MsgID")
    return f"m:{msg_id}"[:100] if msg_id else f"c:{_digest(fields, sender)}"


def _event_key(fields: Mapping[str, Any], sender: str, event: str) -> str:
    """Sender, time and event as the platform says; and the rest of it, so that two taps in one second stay two."""
    return f"e:{_digest(fields, sender, event)}"


def _digest(fields: Mapping[str, Any], *parts: str) -> str:
    content = json.dumps([*parts, fields], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(content.encode(errors="replace")).hexdigest()


def _kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they can be stored."""
    return {name: _storable(value) for name, value in fields.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, Mapping):
        return {name: _storable(inner) for name, inner in value.items()}
    return [_storable(each) for each in value] if isinstance(value, list) else value


def _sent_at(fields: Mapping[str, Any]) -> datetime | None:
    value = _field(fields, "CreateTime")
    if not (value.isascii() and value.isdecimal() and len(value) <= 11):
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _field(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return _CONTROL.sub("", value).strip() if isinstance(value, str) else ""


def _without_cdata(body: bytes) -> bytes:
    """The body less its CDATA sections, in one pass: this runs before any signature is checked."""
    if b"<![CDATA[" not in body:
        return body
    parts, position = [], 0
    while (opens := body.find(b"<![CDATA[", position)) >= 0:
        parts.append(body[position:opens])
        closes = body.find(b"]]>", opens)
        if closes < 0:
            raise BadEnvelope(400, "xml")
        position = closes + 3
    return b"".join([*parts, body[position:]])


def _check_markup(body: bytes) -> None:
    """Refuse, before anything recurses or expands, deep nesting and every declaration: no entity can be defined."""
    markup = _without_cdata(body)
    if b"<!DOCTYPE" in markup or b"<!ENTITY" in markup:
        raise BadEnvelope(400, "xml")
    if markup.count(b"<") <= 2 * DEEPEST:
        return
    depth = 0
    for tag in _TAG.finditer(markup):
        depth += -1 if tag[1] else 1
        if depth > DEEPEST:
            # Self-closing tags do not nest; a body of them is not the platform's either.
            raise BadEnvelope(400, "depth")

"""Open and close WeChat's envelopes: plain, compatible and safe mode, the current and the previous key."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.channels.base import BadEnvelope
from servicedesk.channels.wechat.cipher import Undecipherable, decrypt, encrypt
from servicedesk.channels.wechat.inbound import read_message, read_xml
from servicedesk.channels.wechat.signing import check_signature, check_timestamp, signature
from servicedesk.domain.model import Account, ChannelSecrets, InboundMessage

BODY_LIMIT_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Envelope:
    """An opened call: the message, who is addressed, and the key that opened it (None: it came in plain)."""

    message: InboundMessage
    to: str
    sender: str
    key: str | None


def check_url(account: Account, secrets_: ChannelSecrets, query: Mapping[str, str], wall_s: float) -> str:
    """The platform's check of the address: returns what to echo. Raises BadEnvelope."""
    echo = query.get("echostr", "")
    if not echo:
        raise BadEnvelope(400, "echostr")
    if query.get("encrypt_type") == "aes" and "msg_signature" in query:
        _check_encrypted(secrets_, query, echo, wall_s)
        return _decrypt(account, secrets_, echo)[0]
    _check_plain(secrets_, query, wall_s)
    return echo


def open_envelope(account: Account, secrets_: ChannelSecrets, query: Mapping[str, str], body: bytes, wall_s: float) -> Envelope:
    """Verify, decrypt and read a call. Raises BadEnvelope with 400 or 403, whatever is wrong with it.

    An account in safe or compatible mode may still be called in plain (the platform changes modes with a delay), but a
    safe one only with an encrypted body: otherwise whoever learned the token alone could write in a citizen's name.
    """
    encrypted = query.get("encrypt_type") == "aes"
    if account.mode == "safe" and not encrypted:
        raise BadEnvelope(403, "not_encrypted")
    if not encrypted:
        _check_plain(secrets_, query, wall_s)
        fields = read_xml(body)
        _check_receiver(account, fields)
        return Envelope(read_message(fields), _text(fields, "ToUserName"), _text(fields, "FromUserName"), None)
    outer = read_xml(body)
    cipher = _text(outer, "Encrypt")
    if not cipher:
        raise BadEnvelope(400, "encrypt_missing")
    _check_encrypted(secrets_, query, cipher, wall_s)
    plain, key = _decrypt(account, secrets_, cipher)
    fields = read_xml(plain.encode())
    _check_receiver(account, fields)
    return Envelope(read_message(fields), _text(fields, "ToUserName"), _text(fields, "FromUserName"), key)


def close_envelope(account: Account, secrets_: ChannelSecrets, envelope: Envelope, xml: str, now_s: float) -> str:
    """The reply as the platform wants it: encrypted with the key that opened the call, or plain."""
    if envelope.key is None:
        return xml
    cipher = encrypt(envelope.key, xml, account.appid)
    timestamp, nonce = str(int(now_s)), secrets.token_hex(8)
    signed = signature(secrets_.token, timestamp, nonce, cipher)
    return (
        f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def wall_seconds() -> float:
    """True seconds since 1970; signatures live by them, whatever a demo does to the desk's time."""
    return time.time()


def _check_plain(secrets_: ChannelSecrets, query: Mapping[str, str], wall_s: float) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    check_signature(query.get("signature", ""), secrets_.token, timestamp, nonce)
    check_timestamp(timestamp, wall_s)


def _check_encrypted(secrets_: ChannelSecrets, query: Mapping[str, str], cipher: str, wall_s: float) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    check_signature(query.get("msg_signature", ""), secrets_.token, timestamp, nonce, cipher)
    check_timestamp(timestamp, wall_s)


def _check_receiver(account: Account, fields: Mapping[str, Any]) -> None:
    """Whom the call is addressed to; an encrypted one also carries the appid, which _decrypt compares."""
    if account.original_id is not None and _text(fields, "ToUserName") != account.original_id:
        raise BadEnvelope(403, "receiver")


def _decrypt(account: Account, secrets_: ChannelSecrets, cipher: str) -> tuple[str, str]:
    """The text and the key that opened it: the current one, else the one before it (a key change takes time to spread)."""
    receiver_differs = False
    for key in (secrets_.aes_key, secrets_.previous_aes_key):
        if key is None:
            continue
        try:
            text, receiver = decrypt(key, cipher)
        except Undecipherable:
            continue
        if receiver == account.appid:
            return text, key
        receiver_differs = True
    raise BadEnvelope(403, "receiver" if receiver_differs else "undecipherable")


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""

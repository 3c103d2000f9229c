"""The callback's envelopes: three modes, two keys, the platform's vectors, and everything that must be refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto

from servicedesk.channels.base import BadEnvelope
from servicedesk.channels.wechat.envelope import Envelope, check_url, close_envelope, open_envelope
from servicedesk.channels.wechat.inbound import read_message, read_xml
from servicedesk.channels.wechat.reply import text_reply
from servicedesk.channels.wechat.signing import signature
from servicedesk.domain.model import Account, AccountId, ChannelSecrets
from tests.conftest import SAMPLES
from tests.platform import TEXT, signed, text_body, wrapped

NOW_S = 1_800_000_000.0
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"
SECRETS = ChannelSecrets("secret", "token", KEY)


def account(mode: str = "safe", appid: str = "wx1") -> Account:
    return Account(
        AccountId(1), "c", "n", "subscription", appid, mode, "http://127.0.0.1", ZoneInfo("Asia/Shanghai"),
        ((clock_time(9), clock_time(17)),), clock_time(17), 3, 7, None, None, 60,
    )  # fmt: skip


def opened(mode: str = "safe", body: str = TEXT, secrets: ChannelSecrets = SECRETS) -> Envelope:
    query, data = wrapped(mode, body, SECRETS, "wx1", NOW_S)
    return open_envelope(account(mode), secrets, query, data, NOW_S)


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_every_mode_opens_to_the_same_message(mode: str) -> None:
    assert opened(mode).message == read_message(read_xml(TEXT.encode()))


@pytest.mark.parametrize("mode", ["compatible", "safe"])
def test_a_reply_is_encrypted_with_the_key_that_opened_the_call(mode: str) -> None:
    envelope = opened(mode, secrets=replace(SECRETS, aes_key=OTHER_KEY, previous_aes_key=KEY))
    assert envelope.key == KEY
    sealed = read_xml(close_envelope(account(), SECRETS, envelope, "<xml>好</xml>", NOW_S).encode())
    assert sealed["MsgSignature"] == signature("token", sealed["TimeStamp"], sealed["Nonce"], sealed["Encrypt"])
    import base64

    assert PrpCrypto(base64.b64decode(KEY + "=")).decrypt(sealed["Encrypt"], "wx1") == "<xml>好</xml>"


@pytest.mark.parametrize(
    ("changed", "status", "reason"),
    [
        ({"msg_signature": "0" * 40}, 403, "signature"),
        ({"msg_signature": ""}, 403, "signature"),
        ({"nonce": "other"}, 403, "signature"),
        ({"encrypt_type": "raw"}, 403, "not_encrypted"),
    ],
)
def test_a_call_that_was_tampered_with_is_refused(changed: dict[str, str], status: int, reason: str) -> None:
    query, body = wrapped("safe", TEXT, SECRETS, "wx1", NOW_S)
    with pytest.raises(BadEnvelope) as caught:
        open_envelope(account(), SECRETS, {**query, **changed}, body, NOW_S)
    assert (caught.value.status, caught.value.reason) == (status, reason)


@pytest.mark.parametrize("stamp", ["", "abc", "-1", "9" * 30, "\u0661"])
def test_a_timestamp_that_is_no_number_is_bad(stamp: str) -> None:
    query = signed("token", NOW_S)
    query["timestamp"] = stamp
    query["signature"] = signature("token", stamp, query["nonce"])
    with pytest.raises(BadEnvelope) as caught:
        open_envelope(account("plain"), SECRETS, query, TEXT.encode(), NOW_S)
    assert caught.value.reason == "timestamp"


@pytest.mark.parametrize("late_s", [-601, 601, 86400])
def test_an_old_call_is_a_replay(late_s: int) -> None:
    query, body = wrapped("safe", TEXT, SECRETS, "wx1", NOW_S)
    with pytest.raises(BadEnvelope) as caught:
        open_envelope(account(), SECRETS, query, body, NOW_S + late_s)
    assert caught.value.reason == "timestamp_window"


def test_a_call_for_another_account_is_refused() -> None:
    query, body = wrapped("safe", TEXT, SECRETS, "wx-other", NOW_S)
    with pytest.raises(BadEnvelope) as caught:
        open_envelope(account(), SECRETS, query, body, NOW_S)
    assert (caught.value.status, caught.value.reason) == (403, "receiver")


@given(st.binary(max_size=300))
def test_any_cipher_is_refused_or_opened_but_never_an_error(noise: bytes) -> None:
    import base64

    cipher = base64.b64encode(noise).decode()
    query = {**signed("token", NOW_S), "encrypt_type": "aes"}
    query["msg_signature"] = signature("token", query["timestamp"], query["nonce"], cipher)
    with pytest.raises(BadEnvelope):
        open_envelope(account(), SECRETS, query, f"<xml><Encrypt>{cipher}</Encrypt></xml>".encode(), NOW_S)


@given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: f"<xml>{text}</xml>".encode())))
def test_any_body_is_read_or_refused_but_never_an_error(body: bytes) -> None:
    try:
        read_message(read_xml(body))
    except BadEnvelope as refusal:
        assert refusal.status == 400


def fields(inner: str) -> bytes:
    return f"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType>{inner}</xml>".encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "xml"),
        (b"not xml", "xml"),
        (b"<xml>", "xml"),
        (b"<other><a/></other>", "fields"),
        (b"<xml></xml>", "fields"),
        (b"<xml>text</xml>", "fields"),
        (b"<xml><FromUserName>o</FromUserName></xml>", "fields"),
        (b"<xml><MsgType>text</MsgType></xml>", "fields"),
        (b"<xml><MsgType>event</MsgType><FromUserName>o</FromUserName></xml>", "fields"),
        (b"<xml><FromUserName>o<a/></FromUserName><MsgType>text</MsgType></xml>", "fields"),
        ("<xml><Content>你好</Content></xml>".encode("gb18030"), "encoding"),
        (b"<xml>" + b"<a>" * 100_000, "depth"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><Content>&a;</Content></xml>', "xml"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>', "xml"),
    ],
)
def test_bad_bodies_are_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(BadEnvelope) as caught:
        read_message(read_xml(body))
    assert (caught.value.status, caught.value.reason) == (400, reason)


def test_an_entity_bomb_costs_nothing() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    with pytest.raises(BadEnvelope):
        read_xml(f'<!DOCTYPE x [<!ENTITY e0 "ha">{bomb}]><xml><Content>&e8;</Content></xml>'.encode())


def test_a_nul_or_a_lone_control_character_does_not_reach_the_database() -> None:
    assert read_message(read_xml(fields("<MsgId>1</MsgId><Content><![CDATA[a\x7fb]]></Content>"))).text == "ab"


def test_messages_are_told_apart_by_their_id_in_either_spelling() -> None:
    keys = {
        read_message(read_xml(fields(inner))).dedupe_key
        for inner in (
            "<MsgId>1</MsgId><Content>a</Content>",
            "<MsgID>1</MsgID><Content>a</Content>",
            "<MsgId>2</MsgId><Content>a</Content>",
            "<Content>a</Content>",
            "<Content>b</Content>",
        )
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    "inner",
    [
        "<MsgType>text</MsgType>",
        "<MsgType>text</MsgType><Content> </Content>",
        "<MsgType>image</MsgType>",
        "<MsgType>voice</MsgType>",
    ],
)
def test_a_message_without_what_its_kind_must_have_is_refused(inner: str) -> None:
    with pytest.raises(BadEnvelope) as caught:
        read_message(read_xml(f"<xml><FromUserName>o</FromUserName><MsgId>1</MsgId>{inner}</xml>".encode()))
    assert caught.value.status == 400


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_a_call_addressed_to_another_account_is_refused(mode: str) -> None:
    def opened_by(original_id: str) -> str:
        query, data = wrapped(mode, text_body("x"), SECRETS, "wx1", NOW_S)
        owner = replace(account(mode), original_id=original_id)
        return open_envelope(owner, SECRETS, query, data, NOW_S).to

    assert opened_by("gh_1") == "gh_1"
    with pytest.raises(BadEnvelope) as caught:
        opened_by("gh_2")
    assert (caught.value.status, caught.value.reason) == (403, "receiver")


def test_two_taps_on_different_buttons_in_one_second_are_two() -> None:
    def event(key: str) -> str:
        body = f"<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>CLICK</Event><EventKey>{key}</EventKey></xml>"
        return read_message(read_xml(body.encode())).dedupe_key

    assert event("A") != event("B")
    assert event("A") == event("A")


def test_a_reply_may_hold_the_end_of_a_cdata() -> None:
    envelope = opened("plain")
    xml = text_reply(envelope, "a]]>b<c>&", NOW_S)
    assert read_xml(xml.encode())["Content"] == "a]]>b<c>&"


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_the_address_check_echoes_only_the_platform(mode: str) -> None:
    query = {**signed("token", NOW_S), "echostr": "echo-123"}
    assert check_url(account(mode), SECRETS, query, NOW_S) == "echo-123"
    with pytest.raises(BadEnvelope):
        check_url(account(mode), SECRETS, {**query, "signature": "0" * 40}, NOW_S)
    with pytest.raises(BadEnvelope):
        check_url(account(mode), SECRETS, signed("token", NOW_S), NOW_S)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of WeChat samples is not beside this checkout")
def test_the_vectors_of_other_implementations_hold() -> None:
    seen = 0
    for vector in json.loads((SAMPLES / "crypto_vectors.json").read_text("utf-8")):
        stamp, nonce = vector.get("timestamp") or "1500000000", vector.get("nonce") or "n"
        if vector.get("encrypt") is None:
            assert signature(vector["token"], stamp, nonce) == vector["signature"], vector["id"]
            seen += 1
            continue
        token = vector["token"] or "t"
        secrets = ChannelSecrets("s", token, vector["encoding_aes_key"])
        made = signature(token, stamp, nonce, vector["encrypt"])
        assert vector.get("msg_signature") in (None, made), vector["id"]
        query = {"timestamp": stamp, "nonce": nonce, "encrypt_type": "aes", "msg_signature": made}
        body = f"<xml><Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>".encode()
        owner = account(appid=vector["appid"])
        seen += 1
        if not vector["appid_matches"]:
            with pytest.raises(BadEnvelope) as caught:
                open_envelope(owner, secrets, query, body, float(stamp))
            assert caught.value.reason == "receiver", vector["id"]
        elif not vector["plaintext"].startswith("<xml>"):
            opened_text = check_url(owner, secrets, {**query, "echostr": vector["encrypt"]}, float(stamp))
            assert opened_text == vector["plaintext"], vector["id"]
        else:
            envelope = open_envelope(owner, secrets, query, body, float(stamp))
            assert envelope.message == read_message(read_xml(vector["plaintext"].encode())), vector["id"]
    assert seen >= 7


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder of WeChat samples is not beside this checkout")
@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
def test_the_samples_of_other_implementations_are_all_taken(mode: str) -> None:
    files = sorted((SAMPLES / "inbound").glob("*/*.xml"))
    assert len(files) >= 96
    for file in files:
        message = opened(mode, file.read_text("utf-8")).message
        expected = file.name.split("_")[0]
        assert message.kind == ("video" if expected == "shortvideo" else expected), file.name


def test_unclosed_cdata_costs_one_pass_before_any_signature() -> None:
    with pytest.raises(BadEnvelope):
        read_xml(b"<xml>" + b"<![CDATA[" * 100_000)


def test_what_looks_like_an_escape_in_an_event_is_only_text() -> None:
    body = "<xml><FromUserName>o</FromUserName><MsgType>event</MsgType><Event>x</Event><ScanResult>\\u0000\\</ScanResult></xml>"
    assert read_message(read_xml(body.encode())).payload["ScanResult"] == "\\u0000\\"

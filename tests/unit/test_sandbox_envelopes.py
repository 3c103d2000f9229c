"""What the sandbox posts, and how it reads what comes back."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from servicedesk.sandbox import SandboxAccount
from servicedesk.sandbox.chats import Article, Entry
from servicedesk.sandbox.codec import decode, encode
from servicedesk.sandbox.envelopes import callback_fields, new_message_id, seal, signature, to_xml
from servicedesk.sandbox.platform import AccountState, OfficialAccount
from servicedesk.sandbox.replies import BadReply, read_reply
from servicedesk.sandbox.snapshots import read_states, write_states

NOW = datetime(2025, 11, 25, 2, 0, tzinfo=UTC)
KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
ACCOUNT = SandboxAccount(
    code="county", name="清河县", kind="subscription", appid="wx1", secret="s", token="tok", aes_key=KEY,
    mode="plain", callback_url="http://127.0.0.1/wechat", original_id="gh_1",
)  # fmt: skip
CRYPTO = WeChatCrypto("tok", KEY, "wx1")
FIELDS = callback_fields(ACCOUNT, "o1", "text", NOW, Content="暖气不热", MsgId=7)


def reply(kind: str = "text", inner: str = "<Content><![CDATA[好]]></Content>", to: str = "o1") -> str:
    return (
        f"<xml><ToUserName>{to}</ToUserName><FromUserName>gh_1</FromUserName><CreateTime>1</CreateTime>"
        f"<MsgType>{kind}</MsgType>{inner}</xml>"
    )


def read(body: str | bytes, mode: str = "plain", *, to_message: bool = True) -> Entry | None:
    official = OfficialAccount(replace(ACCOUNT, mode=mode))
    raw = body if isinstance(body, bytes) else body.encode()
    return read_reply(official, raw, "o1", NOW, "/sandbox", to_message=to_message)


def test_a_plain_callback_is_signed_with_the_token() -> None:
    envelope = seal(ACCOUNT, FIELDS, "o1")
    query = envelope.query
    assert query["signature"] == signature("tok", query["timestamp"], query["nonce"])
    assert "encrypt_type" not in query
    assert xmltodict.parse(envelope.body)["xml"] == {
        "ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": str(int(NOW.timestamp())), "MsgType": "text",
        "Content": "暖气不热", "MsgId": "7",
    }  # fmt: skip


def test_a_callback_is_stamped_with_the_true_time_whatever_the_desk_s_clock_says() -> None:
    assert abs(int(seal(ACCOUNT, FIELDS, "o1").query["timestamp"]) - time.time()) < 5


@pytest.mark.parametrize(("mode", "has_plain"), [("safe", False), ("compatible", True)])
def test_an_encrypted_callback_opens_with_the_account_s_key(mode: Any, has_plain: Any) -> None:
    envelope = seal(replace(ACCOUNT, mode=mode), FIELDS, "o1")
    query = envelope.query
    assert query["encrypt_type"] == "aes"
    opened = CRYPTO.decrypt_message(envelope.body, query["msg_signature"], query["timestamp"], query["nonce"])
    assert xmltodict.parse(opened)["xml"]["Content"] == "暖气不热"
    assert ("Content" in xmltodict.parse(envelope.body)["xml"]) is has_plain


@given(st.text())
def test_any_text_survives_the_xml_but_for_what_xml_cannot_hold(text: Any) -> None:
    read_back = xmltodict.parse(to_xml({"Content": text}), strip_whitespace=False)["xml"]["Content"] or ""
    allowed = text.replace("\r\n", "\n").replace("\r", "\n")
    held = "".join(one for one in allowed if one in "\t\n" or (one >= " " and one not in "\ufffe\uffff"))
    assert read_back == held.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def test_lists_and_structures_are_written_as_the_platform_writes_them() -> None:
    assert to_xml({"List": [{"Id": "a"}, {"Id": "b"}], "Count": 2}) == (
        "<xml><List><Id><![CDATA[a]]></Id></List><List><Id><![CDATA[b]]></Id></List><Count>2</Count></xml>"
    )


def test_message_ids_are_unique_and_fit_into_64_bits() -> None:
    ids = [new_message_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert max(ids) < 2**63


@pytest.mark.parametrize("body", ["", "success", " success\n"])
def test_success_or_nothing_is_no_reply(body: Any) -> None:
    assert read(body) is None


def test_a_text_reply_becomes_an_entry() -> None:
    assert read(reply()) == Entry("text", "account", text="好", via="reply")


def test_a_transfer_to_customer_service_shows_nothing() -> None:
    assert read(reply("transfer_customer_service", "")) is None


def test_only_one_article_of_a_reply_to_a_message_is_shown_and_eight_to_an_event() -> None:
    item = "<item><Title>甲</Title><Description>乙</Description><PicUrl>p</PicUrl><Url>u</Url></item>"
    body = reply("news", f"<ArticleCount>3</ArticleCount><Articles>{item * 3}</Articles>")
    shown = read(body)
    assert shown
    assert shown.articles == (Article("甲", "乙", "u", "p"),)
    many = read(body, to_message=False)
    assert many
    assert len(many.articles) == 3


def test_a_music_reply_keeps_the_address_of_the_music() -> None:
    shown = read(reply("music", "<Music><Title>歌</Title><MusicUrl>http://m</MusicUrl></Music>"))
    assert shown
    assert (shown.kind, shown.media_url) == ("music", "http://m")


def test_an_encrypted_reply_is_verified_and_opened() -> None:
    sealed = CRYPTO.encrypt_message(reply(), "nonce", "1")
    shown = read(sealed, "safe")
    assert shown
    assert shown.text == "好"
    assert read(sealed, "compatible") == shown


def test_a_reply_with_a_wrong_signature_is_refused() -> None:
    sealed = xmltodict.parse(CRYPTO.encrypt_message(reply(), "nonce", "1"))["xml"]
    with pytest.raises(BadReply, match="MsgSignature"):
        read(to_xml({**sealed, "Nonce": "other"}), "safe")


def test_a_reply_of_another_account_is_refused() -> None:
    sealed = WeChatCrypto("tok", KEY, "wx2").encrypt_message(reply(), "nonce", "1")
    with pytest.raises(BadReply, match="decrypted"):
        read(sealed, "safe")


@pytest.mark.parametrize(
    "body",
    [
        "fine", "<xml>", "<xml/>", "<html></html>", b"\xff\xfe", reply(to="o2"), reply("text", "<Content/>"),
        reply("image", "<Image><MediaId>gone</MediaId></Image>"), reply("image", ""), reply("news", ""), reply("poem"),
        reply("text", f"<Content>{'字' * 683}</Content>"), '{"text": "hi"}',
        '<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
    ],
)  # fmt: skip
def test_what_the_platform_could_not_show_is_a_bad_reply(body: Any) -> None:
    with pytest.raises(BadReply):
        read(body)


def test_a_plain_reply_in_safe_mode_is_refused() -> None:
    with pytest.raises(BadReply, match="safe"):
        read(reply(), "safe")


@given(st.binary(max_size=200))
def test_no_bytes_of_a_desk_break_the_reader(body: Any) -> None:
    for mode in ("plain", "safe"):
        with contextlib.suppress(BadReply):
            read(body, mode)


def busy_state() -> AccountState:
    official = OfficialAccount(ACCOUNT)
    official.hear("o1", NOW)
    official.authorise("o1", "7", NOW)
    official.show("o1", Entry("news", "account", articles=(Article("甲"),), latitude=1.5), NOW)
    official.state.tokens.issue(NOW, force=True)
    official.state.usage.count("menu/create", NOW)
    official.begin_mass_send("digest", Entry("text", "account", text="好"), NOW)
    official.publish((), NOW, origin="/sandbox", status=1)
    official.state.menu = {"button": [{"name": "问", "sub_button": []}]}
    return official.state


def test_a_snapshot_brings_everything_back(tmp_path: Path) -> None:
    state = busy_state()
    write_states(tmp_path / "state.json", {"county": state})
    assert read_states(tmp_path / "state.json") == {"county": state}
    assert decode(AccountState, json.loads(json.dumps(encode(state)))) == state


def test_without_a_snapshot_the_platform_starts_empty(tmp_path: Path) -> None:
    assert read_states(tmp_path / "state.json") == {}


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"county": 3}', '{"county": {"followers": {"o": {"openid": 1}}}}'])
def test_a_corrupt_snapshot_is_moved_aside(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    assert read_states(path) == {}
    assert path.with_suffix(".corrupt").read_text() == content
    assert not path.exists()

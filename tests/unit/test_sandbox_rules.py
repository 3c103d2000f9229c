"""The platform's rules: windows, tokens, quotas, mass sends."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.sandbox import SandboxAccount, refuse_public
from servicedesk.sandbox.articles import draft_articles
from servicedesk.sandbox.chats import REMEMBERED_ENTRIES, Entry, appended
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.media import Media, amr_seconds, checked_upload, content_type_of
from servicedesk.sandbox.menus import checked_menu, self_menu
from servicedesk.sandbox.platform import OfficialAccount, Platform
from servicedesk.sandbox.quotas import Usage, beijing_day, mass_sends_left
from servicedesk.sandbox.tokens import TokenBook
from servicedesk.sandbox.windows import Windows

NOW = datetime(2025, 11, 25, 2, 0, tzinfo=UTC)  # ten in the morning in Beijing
ACCOUNT = SandboxAccount(
    code="county", name="清河县", kind="subscription", appid="wx1", secret="s", token="t", aes_key="k" * 43,
    mode="plain", callback_url="http://127.0.0.1/wechat", original_id="gh_1",
)  # fmt: skip
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SAID = Entry("text", "account", text="答复")


def errcode_of(act: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    with pytest.raises(PlatformError) as caught:
        act(*args, **kwargs)
    return caught.value.errcode


def official(kind: str = "subscription") -> OfficialAccount:
    return OfficialAccount(replace(ACCOUNT, kind=kind))


def test_a_message_opens_forty_eight_hours_for_five_messages() -> None:
    windows = Windows().after_message(NOW)
    for _ in range(5):
        windows = windows.spend(NOW + 47 * HOUR)
    assert errcode_of(windows.spend, NOW + 47 * HOUR) == 45047
    assert errcode_of(Windows().after_message(NOW).spend, NOW + 48 * HOUR) == 45015


def test_a_tap_opens_one_minute_for_three_messages() -> None:
    windows = Windows().after_tap(NOW)
    assert windows.left(NOW) == 3
    assert windows.left(NOW + MINUTE) == 0
    assert errcode_of(windows.spend, NOW + MINUTE) == 45015


def test_without_a_word_of_the_citizen_no_window_is_open() -> None:
    assert errcode_of(Windows().spend, NOW) == 45015


def test_the_window_that_closes_first_is_used_first() -> None:
    windows = Windows().after_message(NOW).after_tap(NOW)
    for _ in range(3):
        windows = windows.spend(NOW)
    assert windows.left(NOW + 2 * MINUTE) == 5


@given(st.lists(st.sampled_from(["message", "tap", "send", "minute", "day"]), max_size=60))
def test_a_citizen_never_gets_more_than_their_taps_and_messages_allow(acts: Any) -> None:
    windows, now, allowed, sent = Windows(), NOW, 0, 0
    for act in acts:
        if act == "message":
            windows, allowed = windows.after_message(now), allowed + 5
        elif act == "tap":
            windows, allowed = windows.after_tap(now), allowed + 3
        elif act == "send":
            left = windows.left(now)
            if left:
                windows, sent = windows.spend(now), sent + 1
                assert windows.left(now) == left - 1
            else:
                assert errcode_of(windows.spend, now) in (45015, 45047)
        else:
            now += MINUTE if act == "minute" else 24 * HOUR
    assert sent <= allowed


def test_a_token_stays_the_same_until_its_last_five_minutes() -> None:
    book = TokenBook()
    first = book.issue(NOW)
    assert book.issue(NOW + timedelta(minutes=114)) == first
    second = book.issue(NOW + timedelta(minutes=116))
    assert second != first


def test_in_the_last_five_minutes_the_old_and_the_new_token_are_both_good() -> None:
    book = TokenBook()
    first = book.issue(NOW)
    second = book.issue(NOW + timedelta(minutes=116))
    book.check(first.value, NOW + timedelta(minutes=119))
    book.check(second.value, NOW + timedelta(minutes=119))
    assert errcode_of(book.check, first.value, NOW + timedelta(minutes=120)) == 42001
    book.check(second.value, NOW + timedelta(minutes=120))


@given(st.lists(st.integers(1, 130), max_size=40))
def test_a_token_just_given_is_always_good(minutes: Any) -> None:
    book, now = TokenBook(), NOW
    for pause in minutes:
        now += pause * MINUTE
        book.check(book.issue(now).value, now)


def test_a_forced_refresh_ends_the_token_before() -> None:
    book = TokenBook()
    first = book.issue(NOW)
    book.check(book.issue(NOW, force=True).value, NOW)
    assert errcode_of(book.check, first.value, NOW) == 40001


def test_forced_refreshes_are_thirty_seconds_apart() -> None:
    book = TokenBook()
    book.issue(NOW, force=True)
    assert errcode_of(book.issue, NOW + timedelta(seconds=29), force=True) == 45009
    book.issue(NOW + timedelta(seconds=30), force=True)


def test_there_are_twenty_forced_refreshes_a_day() -> None:
    book = TokenBook()
    for turn in range(20):
        book.issue(NOW + turn * MINUTE, force=True)
    assert errcode_of(book.issue, NOW + HOUR, force=True) == 45009
    book.issue(NOW + 24 * HOUR, force=True)


def test_a_revoked_token_is_replaced_by_a_new_one() -> None:
    book = TokenBook()
    first = book.issue(NOW)
    book.revoke()
    assert book.issue(NOW) != first
    assert errcode_of(book.check, first.value, NOW) == 40001


@pytest.mark.parametrize(("value", "errcode"), [("", 40001), ("ab c", 40014), ("short", 40014), ("x" * 128, 40001)])
def test_what_is_no_token_is_told_apart_from_an_unknown_one(value: Any, errcode: Any) -> None:
    assert errcode_of(TokenBook().check, value, NOW) == errcode


def test_a_day_of_the_platform_begins_at_midnight_in_beijing() -> None:
    midnight = datetime(2025, 11, 25, 16, tzinfo=UTC)
    assert (beijing_day(midnight - MINUTE).day, beijing_day(midnight).day) == (25, 26)


def test_a_hundred_previews_a_day_are_allowed() -> None:
    usage = Usage()
    for _ in range(100):
        usage.count("message/mass/preview", NOW)
    assert errcode_of(usage.count, "message/mass/preview", NOW) == 45009
    usage.count("message/mass/preview", NOW + 24 * HOUR)
    assert usage.used("message/mass/preview", NOW + 24 * HOUR) == 1


def test_a_quota_can_be_cleared_ten_times_a_month() -> None:
    usage = Usage()
    usage.count("menu/create", NOW)
    for _ in range(10):
        usage.clear(NOW)
    assert usage.used("menu/create", NOW) == 0
    assert errcode_of(usage.clear, NOW) == 48006
    usage.clear(NOW + 24 * HOUR * 10)


def test_a_subscription_account_sends_to_all_once_a_day() -> None:
    assert mass_sends_left("subscription", [], NOW) == 1
    assert mass_sends_left("subscription", [NOW], NOW + HOUR) == 0
    assert mass_sends_left("subscription", [NOW], NOW + 15 * HOUR) == 1


def test_a_service_account_sends_to_all_four_times_a_month() -> None:
    sent = [NOW - 24 * HOUR * day for day in range(4)]
    assert mass_sends_left("service", sent, NOW) == 0
    assert mass_sends_left("service", sent, NOW + 24 * HOUR * 7) == 4


@given(st.lists(st.integers(0, 90 * 24), max_size=80).map(sorted), st.sampled_from(["subscription", "service"]))
def test_mass_sends_never_exceed_the_quota(hours: Any, kind: Any) -> None:
    account = official(kind)
    days: dict[str, int] = {}
    for hour in hours:
        now = NOW + hour * HOUR
        day = beijing_day(now)
        with contextlib.suppress(PlatformError):
            account.begin_mass_send("", SAID, now)
            period = str(day) if kind == "subscription" else f"{day:%Y-%m}"
            days[period] = days.get(period, 0) + 1
    assert all(count <= (1 if kind == "subscription" else 4) for count in days.values())


def test_a_clientmsgid_sends_once_in_a_day_and_tells_the_first_msg_id() -> None:
    account = official("service")
    first = account.begin_mass_send("digest-1", SAID, NOW)
    with pytest.raises(PlatformError) as caught:
        account.begin_mass_send("digest-1", SAID, NOW + 23 * HOUR)
    assert caught.value.to_json() == {"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": first.msg_id}
    account.begin_mass_send("digest-1", SAID, NOW + 24 * HOUR)
    assert errcode_of(account.check_mass_send, "长" * 22, NOW) == 45067


def test_a_mass_send_reaches_followers_only_and_only_once() -> None:
    account = official()
    for openid in ("o1", "o2", "o3"):
        account.met(openid, NOW)
    account.unfollow("o3", NOW)
    begun = account.begin_mass_send("", SAID, NOW)
    assert account.end_mass_send(begun.msg_id, NOW).sent == 2
    assert account.end_mass_send(begun.msg_id, NOW).sent == 2
    assert {openid: len(chat) for openid, chat in account.state.chats.items()} == {"o1": 1, "o2": 1}


def test_unknown_people_and_former_followers_cannot_be_reached() -> None:
    account = official()
    assert errcode_of(account.send_custom, "nobody", SAID, NOW) == 40003
    account.hear("o1", NOW)
    account.unfollow("o1", NOW)
    assert errcode_of(account.send_custom, "o1", SAID, NOW) == 43004
    account.follow("o1", NOW)
    account.send_custom("o1", SAID, NOW)


def test_an_authorisation_is_good_for_one_message_of_its_scene() -> None:
    account = official()
    account.met("o1", NOW)
    assert errcode_of(account.send_authorised, "o1", "7", SAID, NOW) == 43019
    account.authorise("o1", "7", NOW)
    assert errcode_of(account.send_authorised, "o1", "8", SAID, NOW) == 43019
    account.send_authorised("o1", "7", SAID, NOW)
    assert errcode_of(account.send_authorised, "o1", "7", SAID, NOW) == 43019
    account.authorise("o1", "", NOW)
    account.send_authorised("o1", "9", SAID, NOW)


def test_typing_is_seen_for_a_while_and_ends_with_the_message() -> None:
    account = official()
    account.met("o1", NOW)
    assert errcode_of(account.type, "o1", NOW, is_typing=True) == 45015
    account.hear("o1", NOW)
    account.type("o1", NOW, is_typing=True)
    assert account.is_typing("o1", NOW)
    assert not account.is_typing("o1", NOW + MINUTE)
    account.send_custom("o1", SAID, NOW)
    assert not account.is_typing("o1", NOW)


def test_a_token_belongs_to_its_own_account() -> None:
    platform = Platform([ACCOUNT, replace(ACCOUNT, code="city", appid="wx2")])
    token = platform.by_appid("wx2").state.tokens.issue(NOW)
    assert platform.by_token(token.value, NOW).account.code == "city"
    assert errcode_of(platform.by_appid, "wx3") == 40013


def test_temporary_media_are_gone_after_three_days_and_material_stays() -> None:
    media = Media("m", "image", "image/png", 8, NOW)
    assert not media.is_gone(NOW + 71 * HOUR)
    assert media.is_gone(NOW + 72 * HOUR)
    assert not replace(media, permanent=True).is_gone(NOW + 9999 * HOUR)


@pytest.mark.parametrize(
    ("kind", "content", "errcode"),
    [
        ("music", b"ID3", 40004),
        ("image", b"", 40006),
        ("image", b"%PDF-1.7", 40005),
        ("voice", b"\x89PNG\r\n\x1a\n", 40005),
        ("thumb", b"\xff\xd8\xff" + bytes(64 * 1024), 45001),
        ("voice", b"#!AMR\n" + bytes(2 * 1024 * 1024), 45001),
        ("image", b"\xff\xd8\xff" + bytes(10 * 1024 * 1024), 45001),
    ],
)
def test_files_of_a_wrong_kind_or_size_are_refused(kind: Any, content: Any, errcode: Any) -> None:
    assert errcode_of(checked_upload, kind, content) == errcode


@given(st.binary(max_size=64))
def test_any_bytes_have_a_known_type_or_none(content: Any) -> None:
    assert isinstance(content_type_of(content), str)
    assert amr_seconds(content) >= 0


def test_the_length_of_an_amr_recording_is_counted_from_its_frames() -> None:
    frame = bytes([7 << 3]) + bytes(31)  # 12.2 kbit/s: 32 bytes, 20 ms
    assert amr_seconds(b"#!AMR\n" + frame * 150) == 3


def draft(**changed: Any) -> dict[str, Any]:
    return {"articles": [{"title": "题", "content": "<p>文</p>", "thumb_media_id": "m", **changed}]}


@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({}, 44003),
        ({"articles": draft()["articles"] * 9}, 45008),
        (draft(title="题" * 33), 45003),
        (draft(title=""), 45003),
        (draft(content=""), 44004),
        (draft(content="文" * 20_000), 45002),
        (draft(digest="摘" * 129), 45004),
        (draft(author="人" * 17), 45110),
        (draft(thumb_media_id="gone"), 40007),
        ({"articles": ["x"]}, 47001),
    ],
)
def test_drafts_beyond_the_limits_are_refused(body: Any, errcode: Any) -> None:
    assert errcode_of(draft_articles, body, {"m"}) == errcode


def test_a_draft_at_the_limit_is_taken_without_scripts_and_with_a_digest_of_its_own() -> None:
    (article,) = draft_articles(draft(title="题" * 32, content="<p>供暖</p><script>x()</script>"), {"m"})
    assert article.content == "<p>供暖</p>"
    assert article.digest.startswith("供暖")


def test_a_chat_numbers_its_entries_on_when_old_ones_are_forgotten() -> None:
    chat: list[Entry] = []
    for _ in range(REMEMBERED_ENTRIES + 20):
        appended(chat, SAID, NOW)
    assert len(chat) == REMEMBERED_ENTRIES
    assert [entry.id for entry in chat] == list(range(21, REMEMBERED_ENTRIES + 21))


def button(**changed: Any) -> dict[str, Any]:
    return {"type": "click", "name": "问", "key": "ASK", **changed}


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([button()] * 4, 40016),
        ([button(name="名" * 6)], 40018),
        ([button(type="jump")], 40017),
        ([button(key="")], 40019),
        ([button(type="view")], 40020),
        ([{"name": "多", "sub_button": [button()] * 6}], 40016),
        (["x"], 47001),
    ],
)
def test_menus_beyond_the_limits_are_refused(buttons: Any, errcode: Any) -> None:
    assert errcode_of(checked_menu, {"button": buttons}) == errcode


def test_the_current_menu_lists_the_buttons_below() -> None:
    menu = checked_menu({"button": [{"name": "多", "sub_button": [button()]}, button(sub_button=[])]})
    assert self_menu(menu) == {"button": [{"name": "多", "sub_button": {"list": [button()]}}, button()]}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "[::1]", "localhost"])
def test_loopback_addresses_are_allowed(host: Any) -> None:
    refuse_public(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example.gov.cn", "", "localhost.example.com"])
def test_public_addresses_are_refused(host: Any) -> None:
    with pytest.raises(ValueError, match="loopback"):
        refuse_public(host)

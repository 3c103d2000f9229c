"""Whom a step concerns, what a message of many says, and what becomes of one that does not arrive."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.channels.webhook import is_public
from servicedesk.domain.model import DepartmentId, Role
from servicedesk.domain.sending import Refusal
from servicedesk.domain.sla import LADDER, DeadlineKind, Step
from servicedesk.domain.telling import (
    MOST_LINES,
    MOST_TRIES,
    Item,
    Reason,
    after_failure,
    is_mail,
    reason_of,
    roles_told,
    summary,
)
from servicedesk.render import Pages
from servicedesk.settings import MailServer, read_settings
from servicedesk.usecases.account_settings import is_hook
from tests.desk import KEY, NOW

HEATING = DepartmentId(1)
HOUR = timedelta(hours=1)
items = st.builds(
    Item,
    st.integers(1, 40).map(lambda n: f"20261125-{n:04}"),
    st.sampled_from(Step),
    st.sampled_from(DeadlineKind),
    st.just("住建局"),
    st.integers(0, 500).map(lambda n: NOW - n * HOUR),
)


@pytest.mark.parametrize(
    ("step", "above"),
    [
        (Step.WARNED_HALF, set()),
        (Step.WARNED, set()),
        (Step.REMINDED, {Role.DISPATCHER}),
        (Step.SUPERVISED, {Role.DISPATCHER, Role.SUPERVISOR}),
        (Step.NOTIFIED, {Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN}),
    ],
)
def test_each_step_concerns_the_department_and_those_above_it_so_far(step: Step, above: set[Role]) -> None:
    assert roles_told(step, HEATING) == above
    assert roles_told(step, None) == above | {Role.DISPATCHER}


def test_nobody_is_left_out_as_a_deadline_climbs() -> None:
    told = [roles_told(step, HEATING) for step in LADDER]
    assert all(before <= after for before, after in zip(told, told[1:], strict=False))
    assert all(Role.STAFF not in roles for roles in told)  # they are told by their department


@given(st.lists(items, max_size=120))
def test_a_summary_has_the_worst_step_of_each_ticket_once_and_the_most_urgent_first(given_: list[Item]) -> None:
    told = summary(given_)
    numbers = [item.number for item in told.items]
    assert len(numbers) == len(set(numbers)) <= MOST_LINES
    assert len(numbers) + told.more == len({item.number for item in given_})
    ranks = [LADDER.index(item.step) for item in told.items]
    assert ranks == sorted(ranks, reverse=True)
    for item in told.items:
        of_ticket = [each for each in given_ if each.number == item.number]
        assert LADDER.index(item.step) == max(LADDER.index(each.step) for each in of_ticket)
    for one, other in zip(told.items, told.items[1:], strict=False):
        assert one.step is not other.step or one.due_at <= other.due_at


@given(items)
def test_an_item_survives_being_kept(item: Item) -> None:
    assert Item.from_facts(item.as_facts()) == item


def test_what_is_only_closed_now_is_skipped_and_what_may_work_later_is_tried_ten_times() -> None:
    for reason in (Reason.WINDOW_CLOSED, Reason.NOT_FOLLOWING, Reason.NO_RIGHT, Reason.NO_SERVER, Reason.REMOVED):
        assert after_failure(reason, 1, NOW).state == "skipped"
    for reason in (Reason.REJECTED, Reason.PRIVATE_ADDRESS, Reason.GONE):
        assert after_failure(reason, 1, NOW).state == "failed"
    waits = [after_failure(Reason.BUSY, attempts, NOW).next_try_at for attempts in range(1, MOST_TRIES)]
    assert [at and (at - NOW).total_seconds() for at in waits] == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert after_failure(Reason.UNREACHABLE, MOST_TRIES, NOW).state == "failed"


def test_a_channels_refusal_tells_why_a_person_was_not_reached() -> None:
    assert reason_of(Refusal.WINDOW_CLOSED) is Reason.WINDOW_CLOSED
    assert reason_of(Refusal.UNREACHABLE) is Reason.NOT_FOLLOWING
    assert reason_of(Refusal.QUOTA) is Reason.BUSY


@pytest.mark.parametrize("text", ["a@b.cn", "zhang.san+desk@mail.yunxi.gov.cn"])
def test_a_plain_address_is_one(text: str) -> None:
    assert is_mail(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@b", "a b@c.cn", "a@b.cn\nBcc: x@y.cn", "a@b.cn,c@d.cn", "张@b.cn", "<a@b.cn>", "a@-.", "a" * 250 + "@b.cn"],
)
def test_what_is_no_single_address_is_refused(text: str) -> None:
    assert not is_mail(text)


@pytest.mark.parametrize("url", ["https://oa.yunxi.gov.cn/hook", "https://oa.yunxi.gov.cn:8443/a?b=c", "http://127.0.0.1:9/x"])
def test_a_webhook_is_called_by_https_or_on_this_machine(url: str) -> None:
    assert is_hook(url)


@pytest.mark.parametrize(
    "url",
    ["http://oa.yunxi.gov.cn/", "ftp://a/", "https://", "https://u:p@a.cn/", "https://a.cn/#x", "https://a.cn/ x", "//a.cn",
     "https://a.cn:99999999/", "https://a.cn/\r\nX: y", "https://例.cn/", "https://a.cn/" + "x" * 500],
)  # fmt: skip
def test_other_addresses_are_no_webhooks(url: str) -> None:
    assert not is_hook(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.0.0.1", False), ("172.16.3.4", False),
        ("192.168.1.1", False), ("127.0.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("::1", False), ("fe80::1", False), ("fd00::1", False), ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True), ("2002:0a00:0001::1", False), ("ff02::1", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_called(address: str, public: bool) -> None:
    assert is_public(address) is public


def _mail(url: str, sender: str = "desk@yunxi.gov.cn") -> MailServer | None:
    return read_settings({
        "SERVICEDESK_SMTP_URL": url, "SERVICEDESK_MAIL_FROM": sender, "SERVICEDESK_SECRET_KEY": KEY,
    }).mail  # fmt: skip


def test_mail_goes_encrypted_unless_it_stays_on_this_machine_or_somebody_says_so() -> None:
    assert _mail("") is None
    found = _mail("smtp://me%40a.cn:p%3Aw@mail.a.cn")
    assert found == MailServer("mail.a.cn", 587, "me@a.cn", "p:w", "starttls", "desk@yunxi.gov.cn")
    assert "p:w" not in repr(found)
    for url, port, tls in (
        ("smtps://mail.a.cn", 465, "implicit"), ("smtp://mail.a.cn:25?tls=never", 25, "never"), ("smtp://127.0.0.1:1025", 1025, "never"),
    ):  # fmt: skip
        server = _mail(url)
        assert server is not None
        assert (server.port, server.tls) == (port, tls)


@pytest.mark.parametrize("url", ["mail.a.cn", "http://mail.a.cn", "smtp://", "smtp://a.cn:x", "smtp://a.cn?tls=maybe"])
def test_a_mail_server_that_cannot_be_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="SERVICEDESK_SMTP_URL"):
        _mail(url)
    with pytest.raises(ValueError, match="SERVICEDESK_MAIL_FROM"):
        _mail("smtp://a.cn", sender="")


def _said(template: str, given_: list[Item]) -> str:
    told = summary(given_)
    facts = {
        "items": told.items, "more": told.more, "count": len(told.items) + told.more, "now": NOW,
        "base_url": "https://desk.example", "link": f"https://desk.example/tickets/{told.items[0].number}",
        "zone": ZoneInfo("Asia/Shanghai"), "account": {"name": "云溪发布"},
    }  # fmt: skip
    return Pages().text(template, facts)


def test_one_step_is_said_in_its_own_words() -> None:
    item = Item("20261125-0001", Step.REMINDED, DeadlineKind.RESOLUTION, "住建局", NOW)
    assert _said("tellings/subject.txt", [item]) == "【催办】20261125-0001 办理答复"
    assert _said("tellings/wechat.txt", [item]) == (
        "【催办】20261125-0001 住建局 办理答复 11月25日 10:00 已到期\n"
        "请登录查看并办理：\nhttps://desk.example/tickets/20261125-0001"
    )


def test_many_steps_are_a_list_with_the_most_urgent_first_and_a_count_of_the_rest() -> None:
    many = [Item(f"20261125-{n:04}", Step.WARNED, DeadlineKind.RESOLUTION, None, NOW + n * HOUR) for n in range(1, 24)]
    many.append(Item("20261125-0023", Step.NOTIFIED, DeadlineKind.FIRST_REPLY, "住建局", NOW - HOUR))
    assert _said("tellings/subject.txt", many) == "【通报】23 件工单请尽快办理"
    lines = _said("tellings/mail.txt", many).splitlines()
    assert lines[:3] == [
        "有 23 件工单到了提醒、催办的时候，请尽快办理：",
        "【通报】20261125-0023 住建局 首次回应 11月25日 09:00 已到期",
        "【临期提醒】20261125-0001 待派单 办理答复 11月25日 11:00 到期",
    ]
    assert lines[21:] == [
        "另有 3 件", "全部提醒：", "https://desk.example/notices", "",
        "本邮件由云溪发布工单系统自动发出，请勿直接回复。接收方式可在“我的设置”里修改：", "https://desk.example/me",
    ]  # fmt: skip

"""Promises in answers: found with the day they give, and what only looks like one left alone."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.promises import LONGEST_DAYS, find_promises, number_of
from servicedesk.domain.sla import Target, Unit

WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(("body", "words", "amount", "unit"), [
    ("我们将在三个工作日内上门维修。", "三个工作日内", 3, Unit.WORKING_DAYS),
    ("预计15个工作日之内办结", "15个工作日之内", 15, Unit.WORKING_DAYS),
    ("两天内给您回电话", "两天内", 2, Unit.CALENDAR_DAYS),
    ("十二日以内", "十二日以内", 12, Unit.CALENDAR_DAYS),
    ("一周内清理完毕", "一周内", 7, Unit.CALENDAR_DAYS),
    ("二十个工作日内答复", "二十个工作日内", 20, Unit.WORKING_DAYS),
    ("三个月内完工", "三个月内", 90, Unit.CALENDAR_DAYS),
    ("12月15日前恢复供暖", "12月15日前", 20, Unit.CALENDAR_DAYS),
    ("2027年1月5日之前完成", "2027年1月5日之前", 41, Unit.CALENDAR_DAYS),
    ("1月5号前完成", "1月5号前", 41, Unit.CALENDAR_DAYS),
    ("本周五前给您答复", "本周五前", 2, Unit.CALENDAR_DAYS),
    ("下周三前安排", "下周三前", 7, Unit.CALENDAR_DAYS),
    ("本月底前修好", "本月底前", 5, Unit.CALENDAR_DAYS),
    ("下个月底前修好", "下个月底前", 36, Unit.CALENDAR_DAYS),
    ("年底前全部完成", "年底前", 36, Unit.CALENDAR_DAYS),
    ("明天之前恢复", "明天之前", 1, Unit.CALENDAR_DAYS),
    ("We will call within 3 working days.", "3 working days", 3, Unit.WORKING_DAYS),
])  # fmt: skip
def test_a_promise_is_found_with_the_time_it_gives(body: str, words: str, amount: int, unit: Unit) -> None:
    (promise,) = find_promises(body, WEDNESDAY)
    assert (promise.words, promise.target) == (words, Target(amount, unit))


@pytest.mark.parametrize("body", [
    "已于11月20日修好。", "工作人员已在两天内处理完毕。", "11月20日前已完成。", "办公时间为周一至周五。", "请在窗口内办理。", "", "2月30日前",
    "用了三天内的时间",
])  # fmt: skip
def test_what_was_done_or_has_no_day_is_no_promise(body: str) -> None:
    assert find_promises(body, WEDNESDAY) == []


def test_the_same_span_twice_is_one_promise_and_the_order_is_that_of_the_words() -> None:
    found = find_promises("本周五前上门，三个工作日内修好；最迟三个工作日内。", WEDNESDAY)
    assert [each.words for each in found] == ["本周五前", "三个工作日内"]


def test_words_that_were_found_are_found_again_in_themselves() -> None:
    for body in ("三个工作日内", "12月15日前", "下周三前", "本月底前"):
        (promise,) = find_promises(f"您好，{body}办好。", WEDNESDAY)
        assert find_promises(promise.words, WEDNESDAY)[0].target == promise.target


@given(st.integers(1, 99))
def test_chinese_numbers_are_read_as_digits_are(number: int) -> None:
    digits = "零一二三四五六七八九"
    tens, ones = divmod(number, 10)
    words = (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones or not tens else "")
    assert number_of(words) == number_of(str(number)) == number


@given(st.text(max_size=200), st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_any_text_on_any_day_is_read(body: str, today: date) -> None:
    assert all(0 < each.target.amount <= LONGEST_DAYS for each in find_promises(body, today))

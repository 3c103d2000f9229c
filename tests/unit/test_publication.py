"""What may be public, how many pieces go out and when, ticket numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.numbering import find_number, ticket_number
from servicedesk.domain.publication import PublicText, check_complete
from servicedesk.domain.push_policy import CEILING, pieces_for, slot_on

WHOLE = PublicText("供暖何时开始", "什么时候供暖", "10月15日")


@pytest.mark.parametrize(
    ("text", "field", "fact"),
    [
        (PublicText(" ", "问", "答"), "title", "missing"),
        (PublicText("长" * 33, "问", "答"), "title", "too_long"),
        (PublicText("题", "", "答"), "question", "missing"),
        (PublicText("题", "问", " "), "answer", "missing"),
    ],
)
def test_a_public_text_has_all_its_parts(text: PublicText, field: str, fact: str) -> None:
    with pytest.raises(InvalidForm) as caught:
        check_complete(text)
    assert (caught.value.field, caught.value.fact) == (field, fact)
    check_complete(WHOLE)


@given(st.integers(0, 500), st.integers(1, 5))
def test_a_push_never_has_more_than_five_pieces(waiting: int, aimed: int) -> None:
    count = pieces_for(waiting, aimed)
    assert 0 <= count <= min(CEILING, waiting)
    if waiting >= aimed:
        assert count >= aimed


def test_three_as_a_rule_and_five_under_a_backlog() -> None:
    assert [pieces_for(waiting, 3) for waiting in (0, 2, 3, 6, 7, 90)] == [0, 2, 3, 3, 5, 5]


def test_nothing_is_pushed_on_a_day_without_work() -> None:
    calendar = Calendar(ZoneInfo("Asia/Shanghai"), ((time(9), time(17)),), {date(2026, 11, 25): False})
    assert slot_on(calendar, date(2026, 11, 25), time(17)) is None
    assert slot_on(calendar, date(2026, 11, 26), time(17)) == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(1, 999_999))
def test_a_ticket_number_is_found_again_in_whatever_was_typed(day: date, count: int) -> None:
    number = ticket_number(day, count)
    assert find_number(f"进度 {number}!") == number
    assert find_number(f"查{number.replace('-', ' ')}") == number
    assert find_number(f"查{number.replace('-', '')}谢谢") == number


def test_a_telephone_is_no_ticket_number() -> None:
    assert find_number("13800001234") is None

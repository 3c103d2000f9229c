"""Calendar files as offices have them: what is read, what is listed as unread, what is no calendar."""

from __future__ import annotations

from datetime import date

import pytest

from servicedesk.language.holiday_file import EVENTS_MOST, NoCalendarFile, read_holidays, works


def ics(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{body}END:VCALENDAR\r\n".encode()


def event(day: str, words: str, *more: str) -> str:
    return "\r\n".join([f"DTSTART;VALUE=DATE:{day}", f"SUMMARY:{words}", *more])


@pytest.mark.parametrize(
    ("words", "worked"),
    [
        ("国庆节", None),
        ("国庆节（休）", False),
        ("国庆节 休", False),
        ("国庆放假", False),
        ("元旦假期", False),
        ("Spring Festival holiday", False),
        ("国庆节（班）", True),
        ("国庆节 班", True),
        ("国庆节补班", True),
        ("国庆节假期补班", True),
        ("国庆节调休上班", True),
        ("Special workday", True),
        ("国庆节调休", None),
        ("春节值班表", None),
        ("退休人员座谈", None),
        ("班会", None),
        ("停电不上班", False),
    ],
)
def test_words_say_whether_a_day_is_worked(words: str, worked: bool | None) -> None:
    assert works(words) is worked


def test_a_span_ends_on_the_day_before_its_end() -> None:
    found = read_holidays(ics(event("20261001", "国庆节（休）", "DTEND;VALUE=DATE:20261004")))
    assert found.days == {date(2026, 10, day): (False, "国庆节") for day in (1, 2, 3)}
    assert found.unread == ()


def test_without_an_end_it_is_one_day_or_as_long_as_it_says() -> None:
    found = read_holidays(ics(event("20261010", "国庆节补班"), event("20270101", "元旦放假", "DURATION:P2D")))
    assert found.days == {
        date(2026, 10, 10): (True, "国庆节补班"),
        date(2027, 1, 1): (False, "元旦放假"),
        date(2027, 1, 2): (False, "元旦放假"),
    }


def test_the_marks_of_a_known_calendar_are_read() -> None:
    found = read_holidays(
        ics(
            event("20261001", "国庆节", "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY"),
            event("20261010", "国庆节", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"),
        )
    )
    assert found.days == {date(2026, 10, 1): (False, "国庆节"), date(2026, 10, 10): (True, "国庆节")}


def test_what_cannot_be_read_is_listed_and_no_part_of_it_is_taken() -> None:
    found = read_holidays(
        ics(
            event("20261001", "国庆节（休）"),
            event("20260101", "元旦"),
            event("20261001", "国庆节补班"),
            event("2026-10-02", "放假"),
            event("20261003", "放假", "DTEND;VALUE=DATE:20261001"),
            event("20261003", "放假", "DTEND:soon"),
            event("20261004", "放假", "DTEND;VALUE=DATE:20270401"),
            event("20261005", "放假", "RRULE:FREQ=YEARLY"),
            "DTSTART:20261006T010000Z\r\nSUMMARY:放假",
            "SUMMARY:放假",
            event("20261007", "放假", "DTSTART;VALUE=DATE:20261008"),
            event("99991231", "放假", "DURATION:P9D"),
            event("20261009", "放假", "DURATION:P99999D"),
            event("20261009", "放假", "STATUS:CANCELLED"),
        )
    )
    assert found.days == {date(2026, 10, 1): (False, "国庆节")}
    assert [each.why for each in found.unread] == [
        "no_word", "contradicts", "no_date", "no_date", "no_date", "too_long", "repeats", "not_whole_days", "no_date", "no_date",
        "no_date", "no_date",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"PK\x03\x04 a spreadsheet",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        ics() + ics(),
        ics(*["SUMMARY:x"] * (EVENTS_MOST + 1)),
    ],
)
def test_what_is_no_calendar_file_says_so(content: bytes) -> None:
    with pytest.raises(NoCalendarFile):
        read_holidays(content)

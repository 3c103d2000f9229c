"""Words of an answer that promise something by a day: "三个工作日内", "本周五前", "12月15日前"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from servicedesk.domain.sla import Target, Unit

LONGEST_DAYS = 365
_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3})"
_SPAN = re.compile(
    _NUMBER + r"\s*(?P<unit>个?工作日|天|日|个?星期|周|个?月)\s*(?:之?内|以内)"
    r"|(?P<en_n>\d{1,3}|one|two|three|five|seven|ten)\s+(?P<en_unit>working day|business day|day|week|month)s?\b", re.IGNORECASE
)  # fmt: skip
_BY = r"(?:之?前|以前|底前)"
_ON = re.compile(rf"(?:(?P<year>20\d\d)年)?(?P<month>1[0-2]|0?[1-9])月(?P<day>3[01]|[12]\d|0?[1-9])[日号]{_BY}")
_WEEK = re.compile(rf"(?P<which>本|这|下)(?:个)?(?:周|星期)(?P<weekday>[一二三四五六日天末])?(?:{_BY}|之?内)")
_MONTH = re.compile(r"(?P<which>本|这个|下个?)月(?:底|末)?(?:之?前|以前|之?内)|月底(?:之?前|以前)")
_YEAR = re.compile(r"(?:今年)?年底(?:之?前|以前)|年内")
_TOMORROW = re.compile(rf"(?P<which>明天|后天){_BY}")
_WORDS = {"one": 1, "two": 2, "three": 3, "five": 5, "seven": 7, "ten": 10}
_DONE = ("已", "曾", "用了", "上述")  # what was done within so many days is no promise
_BEFORE = 4


@dataclass(frozen=True)
class Promise:
    """The words, and the time they give from the day of the answer."""

    words: str
    target: Target


def find_promises(body: str, today: date) -> list[Promise]:
    """The promises of an answer in their order, each span of time once. `today` is the day of the answer."""
    found: dict[Target, tuple[int, Promise]] = {}
    for at, words, target in sorted(_every(body, today), key=lambda each: each[0]):
        if not any(done in body[max(0, at - _BEFORE) : at] for done in _DONE) and 0 < target.amount <= LONGEST_DAYS:
            found.setdefault(target, (at, Promise(words, target)))
    return [promise for _, promise in sorted(found.values(), key=lambda each: each[0])]


def _every(body: str, today: date) -> Iterator[tuple[int, str, Target]]:
    for match in _SPAN.finditer(body):
        amount = _WORDS.get((match["en_n"] or "").lower()) or number_of(match["n"] or match["en_n"])
        yield match.start(), match[0], _span(amount, match["unit"] or match["en_unit"].lower())
    for pattern, day_of in ((_ON, _on), (_WEEK, _week), (_MONTH, _month), (_YEAR, _year), (_TOMORROW, _tomorrow)):
        for match in pattern.finditer(body):
            day = day_of(match, today)
            if day is not None:
                yield match.start(), match[0], Target((day - today).days, Unit.CALENDAR_DAYS)


def number_of(words: str) -> int:
    """A number below a thousand in digits, or below a hundred in Chinese."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return _DIGITS.get(words[-1], 0)
    return (_DIGITS.get(tens[-1], 0) if tens else 1) * 10 + (_DIGITS.get(ones[-1], 0) if ones else 0)


def _span(amount: int, unit: str) -> Target:
    if "工作日" in unit or unit in ("working day", "business day"):
        return Target(amount, Unit.WORKING_DAYS)
    days = 7 if "周" in unit or "星期" in unit or unit == "week" else 30 if "月" in unit or unit == "month" else 1
    return Target(amount * days, Unit.CALENDAR_DAYS)


def _on(match: re.Match[str], today: date) -> date | None:
    try:
        day = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
        return day if match["year"] or day >= today - timedelta(days=60) else day.replace(year=today.year + 1)
    except ValueError:
        return None


def _week(match: re.Match[str], today: date) -> date:
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 if match["which"] == "下" else 0)
    weekday = {"日": 6, "天": 6, "末": 6, None: 4}.get(match["weekday"])
    return monday + timedelta(days="一二三四五六".index(match["weekday"]) if weekday is None else weekday)


def _month(match: re.Match[str], today: date) -> date:
    ahead = (match["which"] or "").startswith("下")
    year, month = (today.year + today.month // 12, today.month % 12 + 1) if ahead else (today.year, today.month)
    return date(year, month, calendar.monthrange(year, month)[1])


def _year(_match: re.Match[str], today: date) -> date:
    return date(today.year, 12, 31)


def _tomorrow(match: re.Match[str], today: date) -> date:
    return today + timedelta(days=1 if match["which"] == "明天" else 2)

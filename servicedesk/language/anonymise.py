"""Find what could expose a citizen in a text, and mask it with stand-ins that still read well.

Full-width digits and letters count as the plain ones; positions are those of the original text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from servicedesk.language.names import find_names

_D = r"[\s\-－—]?"  # people space and dash their numbers


@dataclass(frozen=True)
class Span:
    """A stretch of text that must not be public: where, what it is, and the rule that found it."""

    start: int
    end: int
    kind: str
    text: str


@dataclass(frozen=True)
class _Rule:
    kind: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    group: int


def find_spans(text: str, also: Iterable[str] = ()) -> list[Span]:
    """Everything to mask in a text, in order and without overlap; `also` are words that a person adds.

    Kinds: id_card, bank_card, mobile, landline, plate, mail, wechat_id, qq, house, name, chosen.
    """
    plain = _narrowed(text)
    found = [
        Span(
            match.start(rule.group),
            match.end(rule.group),
            rule.kind,
            text[match.start(rule.group) : match.end(rule.group)],
        )
        for rule in _RULES
        for match in rule.pattern.finditer(plain)
        if rule.holds(match[rule.group])
    ]
    found += [Span(start, end, "name", text[start:end]) for start, end in find_names(plain)]
    found += [
        Span(match.start(), match.end(), "chosen", match[0])
        for word in also
        if word.strip()
        for match in re.finditer(re.escape(word.strip()), text)
    ]
    return _without_overlap(found, text)


def mask(text: str, spans: Iterable[Span], keep: Iterable[str] = ()) -> str:
    """The text with each span replaced by its stand-in, except those whose words are to be kept."""
    kept = frozenset(keep)
    parts, position = [], 0
    for span in spans:
        if span.text in kept:
            continue
        parts += [text[position : span.start], stand_in(span)]
        position = span.end
    return "".join(parts) + text[position:]


def stand_in(span: Span) -> str:
    """The words that stand for a masked span: 张桂花 张某, 王(主任) 某(主任), 老李 某某."""
    if span.kind != "name":
        return _STAND_INS[span.kind]
    if len(span.text) == 1:
        return "某"
    return "某某" if span.text[0] in "小老" else f"{span.text[0]}某"


_STAND_INS = {
    "id_card": "〔证件号〕",
    "bank_card": "〔银行卡号〕",
    "mobile": "〔手机号〕",
    "landline": "〔电话〕",
    "plate": "〔车牌号〕",
    "mail": "〔邮箱〕",
    "wechat_id": "〔微信号〕",
    "qq": "〔QQ号〕",
    "house": "某号",
    "chosen": "某某",
}


def _narrowed(text: str) -> str:
    """Each character by its plain form where that is one character too, so that positions stay."""
    return "".join(narrow if len(narrow := unicodedata.normalize("NFKC", char)) == 1 else char for char in text)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9Xx]", "", text).upper()


def id_card_holds(text: str) -> bool:
    """The check digit of an 18-digit identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    digits = _digits(text)
    if len(digits) != 18 or not digits[:17].isdecimal():
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(w * int(d) for w, d in zip(weights, digits, strict=False)) % 11] == digits[17]


def bank_card_holds(text: str) -> bool:
    """The check digit of a card number (Luhn, ISO/IEC 7812-1)."""
    digits = _digits(text)
    if not digits.isdecimal():
        return False
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_NUMERAL = r"[0-9零一二三四五六七八九十百]+"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

_UNIT = rf"{_NUMERAL}(?:单元|楼道|门洞)[\s,]*"
_BUILDING = rf"{_NUMERAL}(?:号院|号楼|号|栋|幢|座)[\s,]*"
_DOOR = rf"(?:{_NUMERAL}(?:层|楼)?(?:室|号|户)?|[东西中]户)"


def _rule(kind: str, pattern: str, holds: Callable[[str], bool] = lambda _: True) -> _Rule:
    """A rule; where the pattern has a group, only the group is masked."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return _Rule(kind, compiled, holds, min(compiled.groups, 1))


_RULES = (
    _rule("id_card", rf"(?<![0-9])(?:[0-9]{_D}){{17}}[0-9X](?![0-9])", id_card_holds),
    # Fifteen digits: the identity numbers of before 1999, which have no check digit.
    _rule("id_card", r"(?<![0-9])[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}(?![0-9])"),
    _rule("id_card", r"身份证(?:号码|号)?[是为:\s]*([0-9][0-9\s\-]{13,20}[0-9X])"),
    _rule("bank_card", rf"(?<![0-9])[3-6](?:{_D}[0-9]){{15,18}}(?![0-9])", bank_card_holds),
    _rule("mobile", rf"(?<![0-9])(?:\+?86{_D})?1[3-9](?:{_D}[0-9]){{9}}(?![0-9])"),
    _rule("landline", rf"(?<![0-9])(?:\(?0[1-9][0-9]{{1,2}}\)?{_D})[2-9][0-9]{{6,7}}(?:转[0-9]{{1,5}})?(?![0-9])"),
    _rule("landline", r"(?:电话|座机|联系方式)(?:号码)?[是为:\s]*([2-9][0-9]{6,7})(?![0-9])"),
    _rule("plate", rf"[{_PROVINCES}][A-HJ-NP-Z][·\-\s]?(?=[A-HJ-NP-Z0-9]{{5,6}})[A-HJ-NP-Z0-9]*[0-9][A-HJ-NP-Z0-9]*"),
    _rule("mail", r"[A-Z0-9._%+\-]+@[A-Z0-9\-]+(?:\.[A-Z0-9\-]+)+"),
    _rule("wechat_id", r"(?:微信|wx|vx|weixin|威信|加v)(?:号)?[是为:\s]*([A-Z][A-Z0-9_\-]{5,19})"),
    _rule("qq", r"(?:qq|扣扣|企鹅)(?:号)?[是为:\s]*([1-9][0-9]{4,10})(?![0-9])"),
    # Below the street: 18号 3号楼2单元501室, 5栋1502, 三单元二楼东户.
    _rule("house", rf"(?:{_BUILDING})?{_UNIT}(?:{_DOOR})?"),
    _rule("house", rf"{_NUMERAL}(?:号楼|栋|幢)[\s,]*(?:[0-9]{{2,4}}(?![0-9])(?:室|号|户)?|{_NUMERAL}(?:层|楼)[东西中]?户?)?"),
    _rule("house", rf"(?<=[路街道巷弄村屯])\s*{_NUMERAL}号(?:院|附[0-9]+号)?(?![线文公路车楼])"),
    _rule("house", r"(?<![0-9])[0-9]{3,4}室"),
)


def _without_overlap(found: list[Span], text: str) -> list[Span]:
    """In order; what overlaps is masked as one, so that no tail of it stays readable."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda each: (each.start, -each.end)):
        if span.end <= span.start:
            continue
        if kept and span.start < kept[-1].end:
            if span.end > kept[-1].end:
                kind = kept[-1].kind if span.kind == "name" else span.kind
                kept[-1] = Span(kept[-1].start, span.end, kind, text[kept[-1].start : span.end])
            continue
        kept.append(span)
    return kept

"""Find what could expose a citizen in a text, and say of each place what it is and why.

Full-width digits and letters count as the plain ones, and so do digits written in Chinese; positions are those of the
original text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from servicedesk.language import numbers
from servicedesk.language.children import find_childs
from servicedesk.language.guessed_names import Strength, guessed_names
from servicedesk.language.names import find_names
from servicedesk.language.own import Own, find_own
from servicedesk.language.person_model import person_chances
from servicedesk.language.places import find_houses
from servicedesk.language.rules import narrowed, occurrences, spots, with_digits
from servicedesk.language.surnames import COMPOUND, FAMILY, SURNAMES

Found = tuple[int, int, str, str]


@dataclass(frozen=True)
class Span:
    """A stretch of text that must not be public: where, what it is, its words, and the reason why it was taken for that.

    Reasons: own (known of this citizen), asked (in their question too), chosen (by a person), shape (of the number), place,
    child, announced (by the words around a name), likely (a name to the tagger), again (a name that stands elsewhere too).
    """

    start: int
    end: int
    kind: str
    text: str
    reason: str = ""


def find_spans(
    text: str,
    also: Iterable[str] = (),
    strength: Strength = Strength.PLAIN,
    owned: Iterable[Own] = (),
    asked: Iterable[Own] = (),
) -> list[Span]:
    """Everything to mask in a text, in order and without overlap.

    `also` are words that a person adds, `owned` what is known of the citizen, `asked` what their question names.

    Kinds: id_card (any certificate), bank_card, mobile, landline, plate, vin, case_number, mail, wechat_id, qq, house, name,
    school, class, illness, birthday, number (another of the citizen's own), chosen. Stand-ins are left alone.
    Pure computation, linear in the text's length: some 300 ms for 10,000 characters, so call it in a thread. Raises
    ModelUnavailable where the tagger cannot be loaded.
    """
    plain = narrowed(text)
    strict = strength is Strength.STRICT
    found: list[Found] = [
        *((start, end, kind, "own") for start, end, kind in find_own(text, owned)),
        *((start, end, kind, "asked") for start, end, kind in find_own(text, asked)),
        *((start, end, "chosen", "chosen") for start, end in occurrences(text, (word.strip() for word in also))),
        *((start, end, kind, "shape") for start, end, kind in _numbers(plain)),
        *((start, end, kind, "place") for start, end, kind in find_houses(plain, strict=strict)),
        *((start, end, kind, "child") for start, end, kind in find_childs(plain, strict=strict)),
        *_names(plain, strength),
    ]
    return [
        Span(start, end, kind, text[start:end], reason)
        for start, end, kind, reason in _without_overlap(_around_stand_ins(plain, found))
    ]


def find_identifiers(text: str) -> list[Own]:
    """Numbers and accounts in what a citizen wrote, and the names that it announces: theirs, wherever they are repeated."""
    plain = narrowed(text)
    found = [
        *((start, end, kind) for start, end, kind in _numbers(plain)),
        *((start, end, "name") for start, end in find_names(plain) if end - start > 1),
    ]
    return [Own(kind, text[start:end]) for start, end, kind in found]


_SOME_DIGITS = re.compile(
    r"[0-9](?:[\s\-–—_()]{0,3}[0-9]){3}|[A-Z_\-][0-9]{2}"  # no number that identifies anybody is shorter
    r"|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s?[A-Z]\s?[·•]?\s?[0-9A-Z]"
)
# What masking itself writes: 〔手机号〕, 王某甲, 某先生, 某号.
_STAND_IN = re.compile(
    rf"〔[^〕0-9]{{1,6}}〕|(?:{'|'.join(COMPOUND)}|[{FAMILY}]|(?<![㐀-鿿])[㐀-鿿])?某(?:[某甲乙丙丁戊己庚辛壬癸]|号|组|班|病|先生|女士|小姐)?"
    r"(?:(?<=某)(?:小区|路|街|村|医院|学校|小学|中学|幼儿园|公司))?"
)
_SUREST = ("own", "asked", "chosen", "shape", "place", "child", "announced", "likely", "again")
_PRIORITY = {reason: place for place, reason in enumerate(_SUREST)}


def _numbers(plain: str) -> Iterator[tuple[int, int, str]]:
    """Numbers as they stand, then those with written digits; a numeral right behind a number is no part of it: 5225316一楼.

    Letters that go on in written digits (LSV一二三) are longer than they seemed.
    """
    covered = bytearray(len(plain))
    for start, end, kind in spots(numbers.RULES, plain):
        covered[start:end] = b"\1" * (end - start)
        yield start, end, kind
    written = with_digits(plain)
    if written != plain and _SOME_DIGITS.search(written):
        yield from (
            (start, end, kind)
            for start, end, kind in spots(numbers.RULES, written)
            if not (covered[start] and plain[start].isdecimal())
        )


_ONE_NAME = re.compile(r"[^的了着吗呢吧是在和与及或叫姓名,。;:!?、\s]{4,12}")
# Beside a character that stands alone: 张 三, but not 您好 路灯坏了; and whatever is not seen.
_GAP = re.compile(
    r"(?<=[㐀-鿿])(?<![㐀-鿿]{2})[ \t](?=[㐀-鿿])|(?<=[㐀-鿿])[ \t](?=[㐀-鿿](?![㐀-鿿]))"
    r"|(?<=[㐀-鿿])[\u200b-\u200f\u2060\ufeff](?=[㐀-鿿])"
)


def _names(plain: str, strength: Strength) -> Iterator[Found]:
    """Names as they stand, and those whose characters are spaced."""
    yield from _unspaced_names(plain, strength)
    gaps = {match.start() for match in _GAP.finditer(plain)}
    if gaps:
        places = [at for at in range(len(plain)) if at not in gaps]
        for start, end, kind, reason in _unspaced_names("".join(plain[at] for at in places), strength):
            yield places[start], places[end - 1] + 1, kind, reason


def _unspaced_names(plain: str, strength: Strength) -> Iterator[Found]:
    """Names by the words around them and by the tagger; each, once found, wherever it stands again."""
    announced = set(find_names(plain))
    likely = _likely_names(plain, strength)
    yield from ((start, end, "name", "announced") for start, end in announced)
    yield from ((start, end, "name", "likely") for start, end in likely)
    known = {plain[start:end] for start, end in announced | likely if end - start > 1}
    yield from ((start, end, "name", "again") for start, end in occurrences(plain, known))


def _likely_names(plain: str, strength: Strength) -> set[tuple[int, int]]:
    """What the tagger takes for names; where one is no Chinese name, as much as a strict look takes for it: 买买提艾力."""
    chances = person_chances(plain).tolist()
    likely = {(start, end) for start, end, _ in guessed_names(plain, chances, strength)}
    if strength is Strength.STRICT or not likely:
        return likely
    longer = {
        at: (start, end)
        for start, end, _ in guessed_names(plain, chances, Strength.STRICT)
        if plain[start] not in SURNAMES and _ONE_NAME.fullmatch(plain, start, end)
        for at in range(start, end)
    }
    whole = {name: longer[name[0]] for name in likely if plain[name[0]] not in SURNAMES and name[0] in longer}
    return {whole[name] if name in whole and whole[name][1] >= name[1] else name for name in likely}


def _around_stand_ins(plain: str, found: Iterable[Found]) -> Iterator[Found]:
    """What was found without the stand-ins inside it: masked text stays as it is, and what touches it is still masked."""
    stand_ins = [match.span() for match in _STAND_IN.finditer(plain)] if "某" in plain or "〔" in plain else []
    for start, end, kind, reason in found:
        if reason in {"own", "asked", "chosen"} or not stand_ins:
            yield start, end, kind, reason
            continue
        at = start
        for first, behind in stand_ins:
            if first < end and behind > at:
                if first - at > 1:
                    yield at, first, kind, reason
                at = max(at, behind)
        if end - at > 1 or at == start < end:
            yield at, end, kind, reason


def _without_overlap(found: Iterable[Found]) -> list[Found]:
    """In order; what overlaps is masked as one, so that no tail of it stays readable, and called by its surest reason."""
    kept: list[Found] = []
    for start, end, kind, reason in sorted(found, key=lambda each: (each[0], -each[1], _PRIORITY[each[3]])):
        if end <= start:
            continue
        if kept and start < kept[-1][1]:
            before = kept[-1]
            surer = min((before[2:], (kind, reason)), key=lambda named: _PRIORITY[named[1]])
            kept[-1] = (before[0], max(before[1], end), *surer)
        else:
            kept.append((start, end, kind, reason))
    return kept

"""Find what could expose a citizen in a text, and mask it with stand-ins that still read well.

Full-width digits and letters count as the plain ones, and so do digits written in Chinese; positions are those of the
original text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from servicedesk.language import numbers
from servicedesk.language.guessed_names import Strength, guessed_names
from servicedesk.language.names import find_names
from servicedesk.language.person_model import person_chances
from servicedesk.language.places import find_houses
from servicedesk.language.rules import narrowed, occurrences, spots, with_digits


@dataclass(frozen=True)
class Span:
    """A stretch of text that must not be public: where, what it is, and its words."""

    start: int
    end: int
    kind: str
    text: str


def find_spans(text: str, also: Iterable[str] = (), strength: Strength = Strength.PLAIN) -> list[Span]:
    """Everything to mask in a text, in order and without overlap; `also` are words that a person adds.

    Kinds: id_card (any certificate), bank_card, mobile, landline, plate, mail, wechat_id, qq, house, name, chosen.
    Pure computation, linear in the text's length: some 300 ms for 10,000 characters, so call it in a thread. Raises
    ModelUnavailable where the tagger cannot be loaded.
    """
    plain = narrowed(text)
    found = [
        *_numbers(plain),
        *find_houses(plain, strict=strength is Strength.STRICT),
        *((start, end, "name") for start, end in _names(plain, strength)),
        *((start, end, "chosen") for start, end in occurrences(text, (word.strip() for word in also))),
    ]
    return [Span(start, end, kind, text[start:end]) for start, end, kind in _without_overlap(found)]


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
    """The words that stand for a masked span: 张桂花 张某, 王(主任) 某(主任), 老李 某某, (李家村)3组 某组."""
    if span.kind == "house":
        return "某组" if any(group in span.text for group in "组社队屯") else "某号"
    if span.kind != "name":
        return _STAND_INS[span.kind]
    if len(span.text) == 1:
        return "某"
    return "某某" if span.text[0] in "小老" else f"{span.text[0]}某"


_SOME_DIGITS = re.compile(r"[0-9](?:[\s\-–—_()]{0,3}[0-9]){4}")  # no number that identifies anybody is shorter

STAND_IN_SIGNS = ("某", "〔")  # what every stand-in has, and nobody's data
_STAND_INS = {
    "id_card": "〔证件号〕",
    "bank_card": "〔银行卡号〕",
    "mobile": "〔手机号〕",
    "landline": "〔电话〕",
    "plate": "〔车牌号〕",
    "mail": "〔邮箱〕",
    "wechat_id": "〔微信号〕",
    "qq": "〔QQ号〕",
    "chosen": "某某",
}


def _numbers(plain: str) -> Iterator[tuple[int, int, str]]:
    """Numbers as they stand, then those with written digits; a numeral right behind a number is no part of it: 5225316一楼."""
    covered = bytearray(len(plain))
    for start, end, kind in spots(numbers.RULES, plain):
        covered[start:end] = b"\1" * (end - start)
        yield start, end, kind
    written = with_digits(plain)
    if written != plain and _SOME_DIGITS.search(written):
        yield from ((start, end, kind) for start, end, kind in spots(numbers.RULES, written) if not covered[start])


def _names(plain: str, strength: Strength) -> list[tuple[int, int]]:
    """Names by the words around them and by the tagger; each, once found, wherever it stands again."""
    found = set(find_names(plain))
    found |= {(start, end) for start, end, _ in guessed_names(plain, person_chances(plain).tolist(), strength)}
    known = {plain[start:end] for start, end in found if end - start > 1}
    return sorted(found | set(occurrences(plain, known)))


def _without_overlap(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """In order; what overlaps is masked as one, so that no tail of it stays readable."""
    kept: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found, key=lambda each: (each[0], -each[1])):
        if kept and start < kept[-1][1]:
            before_start, before_end, before_kind = kept[-1]
            if end > before_end:
                kept[-1] = (before_start, end, before_kind if kind == "name" else kind)
        elif end > start:
            kept.append((start, end, kind))
    return kept

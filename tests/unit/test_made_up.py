"""Made-up identifiers of every kind, inside real sentences, in every way people type them: none of them stays readable."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicedesk.language.anonymise import find_spans
from servicedesk.language.guessed_names import Strength
from servicedesk.language.numbers import bank_card_holds
from servicedesk.language.rules import narrowed, with_digits
from servicedesk.language.stand_ins import mask

pytestmark = pytest.mark.usefixtures("tagger")
GENTLE = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
FRAMES = (
    "你好，我想反映一下，我家{}的事一直没人管，请尽快处理",
    "领导您好：我的{}，上个月就报过了，到现在没有答复。",
    "{}，麻烦登记一下，谢谢",
    "之前打过热线，留的是{}。请回复！",
    "我家孩子上学要用，{}已经交给社区了",
    "补充材料：{}（已核对）",
    "😀急急急 {} hello 请回电",
)


def id_card(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=least, max_size=most or least)


KINDS: dict[str, st.SearchStrategy[tuple[str, str]]] = {
    "手机": st.tuples(st.just("手机号"), st.builds("1{}{}".format, st.integers(3, 9), digits(9))),
    "座机": st.tuples(st.just("电话"), st.builds("0479-{}{}".format, st.integers(2, 8), digits(6))),
    "身份证": st.tuples(
        st.just("身份证号"),
        st.builds(
            lambda region, year, month, day, order: id_card(f"{region}{year}{month:02d}{day:02d}{order:03d}"),
            st.integers(110000, 659000),
            st.integers(1940, 2020),
            st.integers(1, 12),
            st.integers(1, 28),
            st.integers(0, 999),
        ),
    ),
    "银行卡": st.tuples(
        st.just("银行卡"),
        st.builds(lambda body: next(f"62{body}{d}" for d in range(10) if bank_card_holds(f"62{body}{d}")), digits(16)),
    ),
    "车牌": st.tuples(
        st.just("车牌"),
        st.builds("{}{}{}".format, st.sampled_from(PROVINCES), st.sampled_from(PLATE_LETTERS), digits(5)),
    ),
    "新能源车牌": st.tuples(
        st.just("车牌"), st.builds("{}{}D{}".format, st.sampled_from(PROVINCES), st.sampled_from(PLATE_LETTERS), digits(5))
    ),
    "车架号": st.tuples(st.just("车架号"), st.builds("L{}{}".format, st.text(VIN_LETTERS, min_size=7, max_size=7), digits(9))),
    "案号": st.tuples(
        st.just("案号"),
        st.builds("({})内{}民初{}号".format, st.integers(2010, 2026), digits(4), st.integers(1, 9999)),
    ),
    "QQ": st.tuples(st.just("QQ号"), st.builds("{}{}".format, st.integers(1, 9), digits(5, 9))),
    "微信": st.tuples(
        st.just("微信号"),
        st.builds("{}_{}".format, st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=6), digits(3, 6)),
    ),
    "微信数字": st.tuples(st.just("微信"), st.builds("{}{}".format, st.integers(1, 9), digits(7, 9))),
    "邮箱": st.tuples(st.just("邮箱"), st.builds("{}@qq.com".format, digits(6, 10).map(lambda d: "1" + d))),
    "门牌": st.tuples(
        st.just("住锦绣家园"),
        st.builds("{}号楼{}单元{}室".format, st.integers(1, 30), st.integers(1, 6), st.integers(101, 2505)),
    ),
    "路号": st.tuples(st.just("住建设路"), st.builds("{}号".format, st.integers(1, 999))),
    "光数字门牌": st.tuples(
        st.just("住锦绣家园"),
        st.builds("{}-{}-{}".format, st.integers(1, 30), st.integers(1, 6), st.integers(101, 2505)),
    ),
}
WIDE = {ord(plain): ord(plain) + 0xFEE0 for plain in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
WRITTEN = str.maketrans("0123456789", "〇一二三四五六七八九")
FORMAL = str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")
CALLED = str.maketrans("0123456789", "零幺二三四五六七八九")


def as_it_is(text: str) -> str:
    return text


def full_width(text: str) -> str:
    return text.translate(WIDE)


def spaced(text: str) -> str:
    return "".join(
        f"{char} " if char.isdecimal() and after.isdecimal() else char
        for char, after in zip(text, text[1:] + "。", strict=True)
    )


def grouped(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4)) if text.isdecimal() else text


def dashed(text: str) -> str:
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4)) if text.isdecimal() else text


def in_chinese(text: str) -> str:
    return text.translate(WRITTEN)


def in_formal_chinese(text: str) -> str:
    return text.translate(FORMAL)


def as_called(text: str) -> str:
    return text.translate(CALLED)


SPELLINGS = (as_it_is, full_width, spaced, grouped, dashed, in_chinese, in_formal_chinese, as_called)


def bare(text: str) -> str:
    """Letters and digits alone, in their plain forms."""
    return "".join(char for char in with_digits(narrowed(text)) if char.isascii() and char.isalnum())


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strength", Strength)
def test_no_identifier_stays_readable(kind: str, spelling: Callable[[str], str], strength: Strength) -> None:
    @GENTLE.__class__(GENTLE, max_examples=12)
    @given(KINDS[kind], st.sampled_from(FRAMES), st.sampled_from(("", "：", "是", ":")))
    def holds(made: tuple[str, str], frame: str, link: str) -> None:
        label, number = made
        typed = spelling(number)
        text = frame.format(f"{label}{link if '住' not in label else ''}{typed}")
        left = mask(text, find_spans(text, strength=strength))
        assert typed not in left
        assert len(bare(number)) < 4 or bare(number) not in bare(left)
        # Nor any stretch of it that is long enough to be looked up.
        assert not any(bare(number)[at : at + 5] in bare(left) for at in range(len(bare(number)) - 4))

    holds()

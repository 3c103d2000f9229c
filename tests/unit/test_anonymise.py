"""Masking: made-up identifiers of every kind, in real sentences, in the ways people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.anonymise import find_spans
from servicedesk.language.numbers import bank_card_holds
from servicedesk.language.stand_ins import mask

pytestmark = pytest.mark.usefixtures("tagger")


def masked(text: str) -> str:
    return mask(text, find_spans(text))


def id_card(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]


def bank_card(body: str) -> str:
    return next(body + str(digit) for digit in range(10) if bank_card_holds(body + str(digit)))


id_cards = st.builds(
    lambda region, year, month, day, order: id_card(f"{region}{year}{month:02d}{day:02d}{order:03d}"),
    st.integers(110000, 659000), st.integers(1940, 2020), st.integers(1, 12), st.integers(1, 28), st.integers(0, 999),
)  # fmt: skip
mobiles = st.builds(lambda head, rest: f"1{head}{rest:09d}", st.integers(3, 9), st.integers(0, 999_999_999))
bank_cards = st.builds(lambda body: bank_card(f"62{body:016d}"), st.integers(0, 10**16 - 1))
plates = st.builds(lambda letter, rest: f"蒙{letter}{rest:05d}", st.sampled_from("ABCDEFGHJKLM"), st.integers(0, 99999))
frames = st.sampled_from(["请联系{},谢谢", "{}", "我的是{},急", "号码:{}。", "家里暖气不热{}请回电"])
spellings = st.sampled_from(
    [
        lambda text: text,
        lambda text: text.translate({ord(plain): ord(plain) + 0xFEE0 for plain in "0123456789"}),
        lambda text: " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
        lambda text: "-".join(text[at : at + 4] for at in range(0, len(text), 4)),
    ]
)


@given(st.one_of(id_cards, mobiles, bank_cards), frames, spellings)
def test_numbers_are_masked_however_they_are_typed(number: str, frame: str, spelling: object) -> None:
    typed = spelling(number)  # type: ignore[operator]
    assert typed not in masked(frame.format(typed))


@given(plates, frames)
def test_plates_are_masked(plate: str, frame: str) -> None:
    assert plate not in masked(frame.format(plate))


@given(st.text(max_size=400))
def test_any_text_is_masked_without_error_and_spans_lie_in_order(text: str) -> None:
    spans = find_spans(text)
    assert all(one.end <= other.start for one, other in zip(spans, spans[1:], strict=False))
    assert all(text[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我叫张桂花,住这里", "张桂花"),
        ("户主:王建国,电话没人接", "王建国"),
        ("联系人 欧阳明 先生", "欧阳明"),
        ("是赵敏老师教的", "赵敏"),
        ("锦绣家园3号楼2单元501室漏水", "3号楼2单元501"),
        ("金色家园12栋1502", "1502"),
        ("三单元二楼东户没暖气", "三单元二楼东户"),
        ("建设路18号的路灯不亮", "18号"),
        ("加微信 zhang_san88 说", "zhang_san88"),
        ("QQ:12345678", "12345678"),
        ("邮箱 a.b@example.com", "a.b@example.com"),
        ("座机0479-6223107", "6223107"),
        ("车牌蒙A·12345", "A·12345"),
    ],
)
def test_identifiers_by_the_words_around_them(text: str, gone: str) -> None:
    assert gone not in masked(text)


def test_a_name_is_masked_wherever_it_stands_again() -> None:
    text = "我叫李卫东,请把材料寄给李卫东本人"
    assert "李卫东" not in masked(text)
    assert masked(text).count("李某") == 2


@pytest.mark.parametrize(
    "text",
    [
        "今年10月15日开始供暖,2026年不变",
        "101路公交几点发车",
        "高中老师的课",
        "补贴一共9600元",
        "按照民法典第九百四十四条",
        "每平方米23.5元",
        "12345热线打不通",
    ],
)
def test_what_identifies_nobody_stays_readable(text: str) -> None:
    assert masked(text) == text


def test_check_digits() -> None:
    assert bank_card_holds("6222021234567890128")
    assert not bank_card_holds("6222021234567890129")


def test_a_person_may_mask_more_and_keep_some() -> None:
    text = "小区门口的蓝色大门,电话0479-6223107"
    spans = find_spans(text, ["蓝色大门", " "])
    assert mask(text, spans) == "小区门口的某某,电话〔电话〕"
    assert "0479-6223107" in mask(text, spans, ["0479-6223107"])


@pytest.mark.parametrize("text", ["家住阳光小区5栋,13812345678", "住3栋 13812345678", "3号楼2单元 138 1234 5678"])
def test_a_number_after_a_building_is_masked_whole(text: str) -> None:
    assert "5678" not in masked(text)

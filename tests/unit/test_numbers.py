"""Masking numbers, accounts and addresses: made-up ones, in the ways people type them, and in texts meant to be slow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language import names, numbers, places
from servicedesk.language.anonymise import find_spans
from servicedesk.language.guessed_names import Strength
from servicedesk.language.rules import narrowed, occurrences, with_digits
from servicedesk.language.stand_ins import mask

pytestmark = pytest.mark.usefixtures("tagger")

WRITTEN = "〇一二三四五六七八九"


def masked(text: str) -> str:
    return mask(text, find_spans(text))


def written(number: str) -> str:
    return "".join(WRITTEN[int(char)] if char.isdecimal() else char for char in number)


mobiles = st.builds(lambda head, rest: f"1{head}{rest:09d}", st.integers(3, 9), st.integers(0, 999_999_999))
identities = st.builds(
    lambda region, year, month, day, rest: f"{region}{year}{month:02d}{day:02d}{rest:04d}",
    st.integers(110000, 659000), st.integers(1930, 2025), st.integers(1, 12), st.integers(1, 31), st.integers(0, 9999),
)  # fmt: skip
landlines = st.builds(lambda area, rest: f"0{area}-{rest}", st.integers(311, 999), st.integers(2_000_000, 8_999_999))


@given(mobiles, st.sampled_from([".", "-", " ", "·", "/", "—", ". ", "  ", " - "]))
def test_a_mobile_is_masked_with_any_sign_between_its_groups(number: str, sign: str) -> None:
    typed = sign.join((number[:3], number[3:7], number[7:]))
    assert masked(f"打{typed}找我") == "打〔手机号〕找我"


@given(st.one_of(mobiles, identities, landlines))
def test_numbers_written_in_chinese_are_masked(number: str) -> None:
    for typed in (written(number), written(number).replace("一", "幺"), number[:3] + written(number[3:7]) + number[7:]):
        assert "〔" in masked(f"我的是{typed},急")
        assert typed not in masked(f"我的是{typed},急")


@given(identities)
def test_an_identity_number_with_a_wrong_check_digit_is_masked(number: str) -> None:
    assert masked(f"证是{number}。") == "证是〔证件号〕。"


@given(st.integers(10**11, 10**19).map(str))
def test_any_long_number_beside_the_word_for_its_card_is_masked(number: str) -> None:
    for frame in ("身份证号码是{}", "身份证:{} 请查", "银行卡号 {}", "卡号我写一下:{}", "{}是我的银行卡号"):
        assert number not in masked(frame.format(number))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("幺三八幺二三四五六七八", "〔手机号〕"),
        ("１３８－１２３４－５６７８", "〔手机号〕"),
        ("+86 138 1234 5678", "〔手机号〕"),
        ("(138)1234-5678", "(〔手机号〕"),
        ("手机1381234567", "手机〔手机号〕"),
        ("0479-6223107转8001", "〔电话〕"),
        ("0479—6223107-8001", "〔电话〕"),
        ("(0479)622-3107", "〔电话〕"),
        ("电话 622-3107", "电话 〔电话〕"),
        ("打电话给我6223107", "打电话给我〔电话〕"),
        ("电话〇四七九六二二三一〇七", "电话〔电话〕"),
        ("电话0479-6225316一楼大厅", "电话〔电话〕一楼大厅"),
        ("卡号6222021234567890129", "卡号〔银行卡号〕"),
        ("6222021234567890129", "〔银行卡号〕"),
        ("共2 110105194912310021", "共2 〔证件号〕"),
        ("身份证 11010519491231002", "身份证 〔证件号〕"),
        ("残疾证号15262819900101123441", "残疾证号〔证件号〕"),
        ("护照E12345678", "护照〔证件号〕"),
        ("拿的是EA1234567", "拿的是〔证件号〕"),
        ("护照号 K1234567", "护照号 〔证件号〕"),
        ("港澳通行证C12345678", "港澳通行证〔证件号〕"),
        ("浙C·12345", "〔车牌号〕"),
        ("浙 C·12345", "〔车牌号〕"),
        ("浙C 12345", "〔车牌号〕"),
        ("蒙a12345", "〔车牌号〕"),
        ("蒙AD12345停在路口", "〔车牌号〕停在路口"),
        ("蒙A12345F", "〔车牌号〕"),
        ("蒙A1234挂", "〔车牌号〕"),
        ("车牌号D88K99", "车牌号〔车牌号〕"),
        ("微信:weixin:zhang_san88", "微信:weixin:〔微信号〕"),
        ("加V zhangsan99", "加V 〔微信号〕"),
        ("wxid_abc123def456", "〔微信号〕"),
        ("微信同号13812345678", "微信同号〔手机号〕"),
        ("扣扣：１２３４５６７８", "扣扣：〔QQ号〕"),
        ("q群 12345678", "q群 〔QQ号〕"),
        ("A.B@QQ.com", "〔邮箱〕"),
        ("12345678＠qq．com", "〔邮箱〕"),
        ("李家村3组", "李家村某组"),
        ("李家村三组12号", "李家村某组"),
        ("红旗村第二村民小组15户", "红旗村某组"),
        ("河东屯五队", "河东屯某组"),
        ("巴彦嘎查2组", "巴彦嘎查某组"),
        ("石门镇四社", "石门镇某组"),
        ("我们五社12号没水", "我们某组没水"),
        ("锦绣家园3-2-501", "锦绣家园某号"),
        ("锦绣花园3-501", "锦绣花园某号"),
        ("3#楼2单元501室", "某号"),
        ("门牌号18", "门牌号某号"),
        ("138*1234*5678", "〔手机号〕"),
        ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "〔手机号〕️⃣"),
        ("蒙 J - A 8 8 8 8", "〔车牌号〕"),
        ("zhang.san艾特qq点com", "〔邮箱〕"),
        ("zhangsan # 163.com", "〔邮箱〕"),
        ("zhangsan[at]163.com", "〔邮箱〕"),
        ("住院号20230512345", "住院号〔编号〕"),
        ("门诊号 A00123", "门诊号 〔编号〕"),
        ("社保卡号A12345678", "社保卡号〔编号〕"),
        ("户口本编号123456789", "户口本编号〔编号〕"),
        ("工号00123的司机", "工号〔编号〕的司机"),
        ("燃气户号1234567890", "燃气户号〔编号〕"),
        ("水表号98765", "水表号〔编号〕"),
        ("快递单号SF1234567890123", "快递单号〔编号〕"),
        ("合同编号：HT-2020-0123", "合同编号：〔编号〕"),
        ("房产证号云房权证字第0012345号", "房产证号〔编号〕"),
        ("抖音号dy123abc", "抖音号〔编号〕"),
        ("宽带账号 jn20230512", "宽带账号 〔编号〕"),
        ("新能源车蒙JD12345F", "新能源车〔车牌号〕"),
        ("云公（治）行罚决字〔2023〕123号", "〔案号〕"),
        ("京0101民初12345号", "〔案号〕"),
        ("l38l2345678", "〔手机号〕"),
        ("138o2345l78", "〔手机号〕"),
        ("weixin-id: lao_wang-88", "weixin-id: 〔微信号〕"),
        ("b站uid 12345678", "b站uid 〔编号〕"),
        ("信访编号：LX20230512001", "信访编号：〔编号〕"),
        ("密码是88888888", "密码是〔编号〕"),
        ("1956年3月5日生", "〔出生日期〕生"),
        ("出生日期：1956.03.05", "出生日期：〔出生日期〕"),
        ("翠湖小区三号楼二单元五零一", "翠湖小区某号"),
        ("住家属院南排东数第三家", "住家属院某号"),
    ],
)
def test_identifiers_in_the_ways_people_type_them(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-15 16:30开会",
        "10-15-2026",
        "比分3-1-2",
        "13.5 14.6 15.7 16.8度",
        "银行卡2026-10-15到期",
        "内政发〔2026〕15号",
        "二〇二六年一月",
        "一共一百二十三万四千五百元",
        "村3组织部",
        "前进村五队伍",
        "石门村二社区",
        "新一轮A股",
        "拨打12345",
        "补贴96000元",
        "QQ群500人",
        "微信公众号",
        "a@b",
        "合同编号没写",
        "施工编号20230512",
        "教学编号20230512",
        "快递单号在哪里查",
        "工号牌丢了",
        "1985年出生的人",
        "2021年3月5日生效",
        "2021年3月5日生产的奶粉",
        "设定密码要几位",
        "全县第三家超市",
        "农行#存折",
    ],
)
def test_numbers_that_identify_nobody_stay_readable(text: str) -> None:
    assert masked(text) == text


def repetitions(parsed: Any) -> Iterator[int]:
    """The highest count of each repetition in a parsed pattern, at any depth."""
    if isinstance(parsed, tuple | list) or hasattr(parsed, "data"):
        parts = list(parsed)
        if len(parts) == 2 and str(parts[0]).endswith("_REPEAT"):
            yield int(parts[1][1])
        for part in parts:
            yield from repetitions(part)


def test_no_pattern_repeats_anything_without_a_bound() -> None:
    patterns = [rule.pattern for rule in (*numbers.RULES, *places.RULES)]
    patterns += [each for each in vars(names).values() if isinstance(each, re.Pattern)]
    parser: Any = re._parser  # type: ignore[attr-defined]
    assert list(repetitions(parser.parse("(?:ab{0,7})+"))) == [int(parser.MAXREPEAT), 7]
    for pattern in patterns:
        assert max(repetitions(parser.parse(pattern.pattern)), default=0) <= 200, pattern.pattern


@pytest.mark.parametrize(
    "unit",
    "1 0 a 号 一 @ a. a@a.a 1- q 王 村1组 一单元 我叫 王师傅 小王, 蒙A 卡号 身份证1 一三八一二三四五六七八 我叫王五, (0 微信a".split(),
)
def test_a_hostile_text_is_read_to_its_end(unit: str) -> None:
    text = (unit * 4_000)[:4_000] + "。电话13812345678"
    for strength in Strength:
        assert mask(text, find_spans(text, strength=strength)).endswith("。电话〔手机号〕")


@given(st.text(max_size=60))
def test_plain_forms_keep_every_position(text: str) -> None:
    assert len(with_digits(narrowed(text))) == len(text)


@given(st.text(alphabet="ab", max_size=60), st.sets(st.text(alphabet="ab", max_size=30), max_size=8))
def test_occurrences_are_those_of_a_plain_search(text: str, words: set[str]) -> None:
    covered = {at for start, end in occurrences(text, words) for at in range(start, end)}
    plain = {
        at for word in words if len(word) > 0 for match in re.finditer(re.escape(word), text) for at in range(*match.span())
    }
    assert plain <= covered

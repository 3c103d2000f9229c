"""Stand-ins: typed, the same for the same person in question and answer, different for different persons, left alone later."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicedesk.language.anonymise import Span, find_spans
from servicedesk.language.guessed_names import Strength
from servicedesk.language.officials import Official, may_stay
from servicedesk.language.own import Own, find_own
from servicedesk.language.stand_ins import StandIns, mask

pytestmark = pytest.mark.usefixtures("tagger")


def name(text: str) -> Span:
    return Span(0, len(text), "name", text)


def masked(text: str, strength: Strength = Strength.PLAIN) -> str:
    return mask(text, find_spans(text, strength=strength))


def test_one_person_has_one_stand_in_in_question_and_answer_and_two_of_one_surname_differ() -> None:
    question, answer = "我叫王建国，邻居叫王志强，占了我家车位。", "王建国您好：已约谈王志强。"
    spans = find_spans(question), find_spans(answer)
    words = StandIns(*spans)
    assert words.mask(question, spans[0]) == "我叫王某甲，邻居叫王某乙，占了我家车位。"
    assert words.mask(answer, spans[1]) == "王某甲您好：已约谈王某乙。"


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("张桂花", "张某"),
        ("欧阳明", "欧阳某"),
        ("李女士", "某女士"),
        ("王先生", "某先生"),
        ("王", "某"),
        ("老李", "某某"),
        ("乌兰图雅", "乌某"),
        ("皮埃尔·莫雷", "皮某"),
        ("王 芳", "王某"),
        ("SKY", "某某"),
    ],
)
def test_names_by_their_shape(text: str, stands: str) -> None:
    assert StandIns([name(text)]).of(name(text)) == stands


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ("锦绣小区", "某小区"),
        ("锦绣家园", "某小区"),
        ("解放路", "某路"),
        ("县医院", "某医院"),
        ("蓝色大门", "某某"),
        ("城关中学", "某中学"),
    ],
)
def test_what_an_editor_masks_is_called_by_what_it_is(words: str, stands: str) -> None:
    text = f"我在{words}门口等"
    assert mask(text, find_spans(text, [words])) == f"我在{stands}门口等"


@pytest.mark.parametrize(
    "text",
    [
        "我叫张桂花，电话13800001234，锦绣家园3号楼2单元501，孩子在城关小学三年级2班，车牌蒙A12345，邮箱a.b@example.com",
        "(2023)内01民初123号一案，车架号LSVAB2BR1CN012345，QQ12345678，微信zhang_san88，李家村3组，建设路18号",
        "王建国和王志强是邻居，李女士和老李来过，欧阳明先生知道，儿子确诊为自闭症",
    ],
)
@pytest.mark.parametrize("strength", Strength)
def test_masked_text_stays_as_it_is(text: str, strength: Strength) -> None:
    once = masked(text, strength)
    assert masked(once, strength) == once


@given(st.text(alphabet="王建国张桂花我叫138000012345 某先生〔手机号〕3号楼2单元、，", max_size=60))
@settings(deadline=None)
def test_spans_are_of_the_original_text_in_order_and_never_a_stand_in(text: str) -> None:
    spans = find_spans(text, strength=Strength.STRICT)
    assert all(text[span.start : span.end] == span.text and span.reason for span in spans)
    assert all(one.end <= other.start for one, other in zip(spans, spans[1:], strict=False))
    assert not any("〔手机号〕" in span.text for span in spans)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("我女儿在城关第二小学三年级2班，班里要交钱", ("城关第二小学", "三年级2班")),
        ("孩子上实验幼儿园大二班", ("实验幼儿园", "大二班")),
        ("儿子确诊为自闭症，能申请补助吗", ("自闭症",)),
        ("女儿刚做完阑尾炎手术", ("阑尾炎",)),
        ("我家孩子得了先天性心脏病", ("先天性心脏病",)),
        ("孩子学号20230512", ("20230512",)),
    ],
)
def test_a_childs_school_class_and_illness_are_masked(text: str, gone: tuple[str, ...]) -> None:
    assert not any(words in masked(text) for words in gone)


@pytest.mark.parametrize(
    "text",
    [
        "孩子上小学需要什么材料",
        "公立小学怎么报名，孩子六岁",
        "县第一中学门口堵车",
        "三年级2班",
        "看病报销比例是多少",
        "孩子该上哪个小学",
    ],
)
def test_schools_and_illnesses_of_nobody_stay_readable(text: str) -> None:
    assert masked(text) == text


@given(
    st.text("0123456789", min_size=8, max_size=8).map(lambda rest: f"138{rest}"),
    st.sampled_from(["", " ", "-", "·", "  ", "、", "\u200d", "\u2060", "\ufe0f\u20e3"]),
    st.sampled_from(["0123456789", "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "０１２３４５６７８９"]),
    st.sampled_from(["记得打{}", "{}", "{}是他的", "转{}号"]),
)
def test_the_citizens_own_number_is_found_in_any_spelling(number: str, sign: str, script: str, frame: str) -> None:
    text = frame.format(sign.join(script[int(digit)] for digit in number))
    assert [kind for _, _, kind in find_own(text, [Own("mobile", f"+86{number}")])] == ["mobile"]


def test_own_names_and_accounts_are_found_whatever_their_case_and_width() -> None:
    owned = [Own("name", "张桂花"), Own("wechat_id", "Zhang_San88"), Own("name", "微信用户"), Own("number", "oAbC-123xyz")]
    text = "张 桂花说 ｚｈａｎｇ＿ｓａｎ８８ 是微信用户，编号OABC-123XYZ"
    found = [text[start:end] for start, end, _ in find_own(text, owned)]
    assert found == ["张 桂花", "ｚｈａｎｇ＿ｓａｎ８８", "OABC-123XYZ"]


@pytest.mark.parametrize(
    ("text", "words", "stays"),
    [
        ("县住建局局长王建国说", "王建国", True),
        ("住建局王建国局长", "王建国", True),
        ("我叫王建国，是村民", "王建国", False),
        ("王局长答复了", "王", True),
        ("王主任答复了", "王", False),
        ("请到县康巴什医院", "康巴什", True),
    ],
)
def test_an_official_stays_only_where_the_office_stands_beside_the_name(text: str, words: str, stays: bool) -> None:
    start = text.index(words)
    listed = [Official("王建国", "局长", "住建局"), Official("", "", "县康巴什医院")]

    def span(kind: str, reason: str) -> Span:
        return Span(start, start + len(words), kind, words, reason)

    assert may_stay(text, span("name", "likely"), listed) is stays
    assert not may_stay(text, span("name", "own"), listed)
    assert not may_stay(text, span("school", "child"), listed)


def test_ten_thousand_characters_are_read() -> None:
    text = "我叫张桂花，住锦绣家园3号楼2单元501，电话13800001234，暖气不热。" * 280
    assert len(text) > 10_000
    assert "张桂花" not in masked(text, Strength.STRICT)

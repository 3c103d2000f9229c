"""Routing by the duty lists alone, with the citizens' words of the themes they name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.themes import theme_words, themes, themes_of

DUTIES = {
    "住建局": "住建局 供热管理 物业服务 房地产开发 房屋征收",
    "教育局": "教育局 招生录取 教师队伍 教育收费",
    "交通局": "交通局 公路养护 出租车管理 客运",
}


def test_a_word_that_only_citizens_use_finds_the_department_that_has_its_theme() -> None:
    guide = DutyGuide(DUTIES)
    assert guide.guess("的哥不打表还绕路")[0].key == "交通局"
    assert "绕路" in guide.reasons("的哥不打表还绕路", "交通局")


def test_the_departments_own_words_find_it_without_any_theme() -> None:
    assert DutyGuide({"甲": "甲局 驼绒收购", "乙": "乙局 沙棘种苗"}).guess("沙棘种苗到哪里领")[0].key == "乙"


def test_a_text_that_says_nothing_known_leaves_all_departments_equally_probable() -> None:
    guide = DutyGuide(DUTIES)
    guesses = guide.guess("ᠮᠣᠩᠭᠣᠯ 😀 hello")
    assert {round(each.probability, 6) for each in guesses} == {round(1 / 3, 6)}
    assert all(guide.reasons("ᠮᠣᠩᠭᠣᠯ 😀 hello", key) == () for key in DUTIES)


def test_no_departments_at_all_give_no_guesses() -> None:
    assert DutyGuide({}).guess("暖气不热") == []


@given(st.text(max_size=300))
def test_any_text_gives_each_department_once_and_probabilities_that_add_up(text: str) -> None:
    guesses = DutyGuide(DUTIES).guess(text)
    assert sorted(each.key for each in guesses) == sorted(DUTIES)
    assert abs(sum(each.probability for each in guesses) - 1) < 1e-9
    assert [each.probability for each in guesses] == sorted((each.probability for each in guesses), reverse=True)


def test_each_theme_has_names_and_words_of_two_characters_or_more() -> None:
    assert all(theme.names and theme.words for theme in themes())
    assert [word for theme in themes() for word in theme.words if len(word) < 2] == []


def test_a_word_inside_a_longer_one_is_counted_too() -> None:
    assert theme_words().count_in("退休工资")["退休"] == 1
    assert len(themes_of()["拖欠工资"]) >= 1

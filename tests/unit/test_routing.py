"""Routing by duty lists, with the reasons kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.model import Department, DepartmentId, Duty, Kind
from servicedesk.domain.routing import DutyLists, choose, follow, kind_of

HOUSING = Department(
    DepartmentId(1), "zhujian", "住建局", "住建局", "", (Duty(3, "供热", ("供暖", "暖气")), Duty(4, "物业", ("物业",)))
)
SCHOOLS = Department(DepartmentId(2), "jiaoyu", "教育局", "教育局", "", (Duty(1, "招生", ("上学", "招生", "校车")),))
ROADS = Department(DepartmentId(3), "jiaotong", "交通局", "交通局", "", (Duty(1, "客运", ("公交", "校车")),))
ALL = DutyLists((HOUSING, SCHOOLS, ROADS))


def test_the_department_whose_words_match_is_chosen_with_the_clause_as_reason() -> None:
    choice = choose("我家一直没有供暖", ALL)
    assert choice.department_id == HOUSING.id
    assert [(reason.keyword, reason.clause, reason.department) for reason in choice.reasons] == [("供暖", 3, "住建局")]


def test_a_text_without_any_word_of_a_duty_list_goes_to_a_person() -> None:
    choice = choose("那个东西怎么还没有来", ALL)
    assert (choice.department_id, choice.doubt, choice.reasons) == (None, "no_match", ())


def test_a_greeting_alone_is_none_of_the_departments_matters() -> None:
    choice = choose("你好,在吗", ALL)
    assert (choice.department_id, choice.doubt, choice.reasons) == (None, "none", ())


def test_two_departments_that_come_near_go_to_a_person_who_sees_both() -> None:
    choice = choose("孩子上学坐公交", ALL)
    assert (choice.department_id, choice.doubt) == (None, "close")
    assert {reason.department for reason in choice.reasons} == {"教育局", "交通局"}
    assert {each.department_id for each in choice.candidates} == {SCHOOLS.id, ROADS.id}


def test_a_word_of_two_departments_decides_nothing_by_itself() -> None:
    assert choose("校车", ALL).department_id is None


def test_a_word_inside_a_longer_matched_one_does_not_count_twice() -> None:
    one = Department(DepartmentId(9), "a", "a", "a", "", (Duty(1, "t", ("医保", "医保局")),))
    assert [reason.keyword for reason in choose("医保局在哪", DutyLists((one,))).reasons] == ["医保局"]


def test_no_departments_at_all_is_a_doubt_and_no_error() -> None:
    assert choose("暖气", DutyLists(())).doubt == "no_match"


def test_a_follow_up_that_names_nothing_goes_where_it_was_answered() -> None:
    followed = follow(choose("你们说的那个什么时候来", ALL), SCHOOLS.id)
    assert (followed.department_id, followed.by, followed.doubt) == (SCHOOLS.id, "follow_up", None)
    assert follow(choose("暖气不热", ALL), SCHOOLS.id).department_id == HOUSING.id
    assert follow(choose("在吗", ALL), None).department_id is None


@given(st.text(max_size=200))
def test_any_text_gets_a_choice_that_can_be_kept(text: str) -> None:
    facts = choose(text, ALL).as_facts()
    assert facts["by"] == "duty_list"
    assert (facts["doubt"] is None) == (choose(text, ALL).department_id is not None)


def test_kinds_by_their_cue_words() -> None:
    assert kind_of("几点上班") is Kind.QUESTION
    assert kind_of("暖气不热") is Kind.HELP
    assert kind_of("我要投诉物业") is Kind.COMPLAINT
    assert kind_of("征收补偿一直没谈好,投诉") is Kind.COMPLEX

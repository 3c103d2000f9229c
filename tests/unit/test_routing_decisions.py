"""An account's own rules, its urgent words, and what calibrated probabilities decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.model import DepartmentId, Kind, Priority
from servicedesk.domain.routing import (
    Candidate,
    Choice,
    Outcome,
    Reason,
    RoutingRule,
    UrgentWord,
    by_rules,
    decide,
    follow,
    plain,
    urgent_in,
)

HERE, THERE = DepartmentId(1), DepartmentId(2)


def rule(
    any_of: str = "", all_of: str = "", none_of: str = "", outcome: Outcome = Outcome.DEPARTMENT, urgent: bool = False
) -> RoutingRule:
    department = HERE if outcome is Outcome.DEPARTMENT else None
    return RoutingRule(
        "校车", tuple(any_of.split()), tuple(all_of.split()), tuple(none_of.split()), outcome, department, urgent
    )


@pytest.mark.parametrize(("made", "text", "words"), [
    (rule("校车 班车"), "校车没来", ("校车",)),
    (rule("校车 班车"), "孩子没来", ()),
    (rule("校车 班车", "超载"), "校车超载了", ("超载", "校车")),
    (rule("校车 班车", "超载"), "校车没来", ()),
    (rule("", "校车 超载"), "校车超载了", ("校车", "超载")),
    (rule("校车", "", "广告"), "校车广告", ()),
    (rule("app"), "ＡＰＰ打不开", ("app",)),
])  # fmt: skip
def test_a_rule_matches_by_any_of_some_words_all_of_others_and_none_of_the_last(
    made: RoutingRule, text: str, words: tuple[str, ...]
) -> None:
    assert made.matches(plain(text)) == words


def test_the_first_rule_that_matches_decides_and_says_its_name_and_words() -> None:
    choice = by_rules("校车超载了", [rule("出租车"), rule("超载", urgent=True), rule("校车", outcome=Outcome.PERSON)])
    assert choice is not None
    assert (choice.department_id, choice.doubt, choice.by, choice.rule, choice.words) == (HERE, None, "rule", "校车", ("超载",))
    assert choice.priority is Priority.URGENT


def test_a_rule_may_send_a_matter_to_a_person_or_to_nobody() -> None:
    to_person = by_rules("校车", [rule("校车", outcome=Outcome.PERSON)])
    to_nobody = by_rules("校车", [rule("校车", outcome=Outcome.NONE)])
    assert to_person is not None
    assert to_nobody is not None
    assert (to_person.department_id, to_person.doubt, to_person.candidates) == (None, "rule", ())
    assert (to_nobody.department_id, to_nobody.doubt, to_nobody.probability) == (None, "none", 1.0)
    assert by_rules("你好", [rule("校车")]) is None


def test_an_urgent_word_counts_unless_it_only_stands_in_a_harmless_longer_one() -> None:
    words = [UrgentWord("跳楼", ("跳楼价",)), UrgentWord("着火")]
    assert urgent_in("有人要跳楼", words) == ("跳楼",)
    assert urgent_in("商场跳楼价清仓", words) == ()
    assert urgent_in("跳楼价清仓，有人真要跳楼，着火了", words) == ("跳楼", "着火")


@given(st.text(), st.lists(st.text(min_size=1, max_size=5), max_size=5))
def test_urgent_words_are_words_of_the_list_that_the_text_has(text: str, listed: list[str]) -> None:
    found = urgent_in(text, [UrgentWord(plain(each)) for each in listed])
    assert all(word in plain(text) for word in found)
    assert set(found) == {plain(each) for each in listed if plain(each) in plain(text)}


@given(st.floats(0, 1), st.floats(0, 1))
def test_below_the_threshold_a_person_decides_and_at_it_the_best_department_has_it(best: float, threshold: float) -> None:
    choice = decide("暖气", [Candidate(HERE, best), Candidate(THERE, 0.0)], threshold, ())
    assert (choice.department_id, choice.doubt) == ((None, "unsure") if best < threshold else (HERE, None))
    assert choice.by == "learned"


def test_none_of_these_is_an_answer_and_names_no_department() -> None:
    choice = decide("祝大家新年好", [Candidate(None, 0.97), Candidate(HERE, 0.03)], 0.9, ())
    assert (choice.department_id, choice.doubt) == (None, "none")


def test_two_runners_up_are_kept_with_the_choice() -> None:
    four = [Candidate(DepartmentId(each), 0.25) for each in range(4)]
    assert decide("x", four, 0.1, ()).candidates == tuple(four[:3])


def test_a_follow_up_of_which_little_is_known_goes_where_the_former_went_and_one_that_is_nearly_sure_does_not() -> None:
    def unsure(probability: float) -> Choice:
        return decide("那件事呢", [Candidate(THERE, probability)], 0.9, ())

    assert follow(unsure(0.3), HERE).department_id == HERE
    assert follow(unsure(0.7), HERE).department_id is None
    assert follow(unsure(0.95), HERE).department_id == THERE


def test_a_choice_is_kept_as_facts_without_loss() -> None:
    facts = Choice(
        HERE, Kind.HELP, None, (Reason("暖气", 3, "供热", "住建局"),), (Candidate(HERE, 0.98765), Candidate(None, 0.01)),
        by="learned", words=("暖气",), urgent=("漏气",), version=7,
    ).as_facts()  # fmt: skip
    assert facts["candidates"] == [{"department_id": 1, "probability": 0.988}, {"department_id": None, "probability": 0.01}]
    assert (facts["words"], facts["urgent"], facts["version"], facts["rule"]) == (["暖气"], ["漏气"], 7, None)

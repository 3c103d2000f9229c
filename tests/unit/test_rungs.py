"""The ladder: which rung may take a delivery now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.sending import NEED_GRANT, NOTICES, Means, Rung, next_rung

ALL = frozenset(NOTICES)
some = st.frozensets(st.sampled_from([rung.value for rung in Rung]))
means = st.builds(Means, resting=some, templates=some, granted=some, tried=some)
purposes = st.sampled_from(["answer", "reply", "notice"])


def test_an_open_window_takes_a_customer_message() -> None:
    assert next_rung(Means(templates=ALL, granted=ALL), "answer", window_open=True) is Rung.CUSTOMER_MESSAGE


def test_a_closed_window_goes_down_the_notices_in_their_order() -> None:
    left = Means(templates=ALL, granted=ALL)
    seen = []
    while (rung := next_rung(left, "answer", window_open=False)) is not Rung.PASSIVE_REPLY:
        seen.append(rung)
        left = left.without(rung)
    assert tuple(seen) == NOTICES


def test_a_notice_that_needs_leave_is_left_out_without_it() -> None:
    assert next_rung(Means(templates=ALL), "answer", window_open=False) is Rung.TEMPLATE_MESSAGE


def test_an_account_without_templates_holds_the_answer() -> None:
    assert next_rung(Means(granted=ALL), "answer", window_open=False) is Rung.PASSIVE_REPLY


def test_automatic_texts_do_not_use_a_citizens_leave_up() -> None:
    assert next_rung(Means(templates=ALL, granted=ALL), "notice", window_open=False) is Rung.PASSIVE_REPLY


@given(means, purposes, st.booleans())
def test_no_rung_is_taken_that_refused_rests_or_lacks_what_it_needs(given_: Means, purpose: str, window_open: bool) -> None:
    rung = next_rung(given_, purpose, window_open=window_open)
    assert rung is not Rung.PHONE_CALL
    if rung is Rung.PASSIVE_REPLY:
        return
    assert rung not in given_.tried | given_.resting
    assert rung is not Rung.CUSTOMER_MESSAGE or window_open
    if rung in NOTICES:
        assert rung in given_.templates
        assert purpose != "notice"
    assert rung not in NEED_GRANT or rung in given_.granted


@given(means, purposes)
def test_the_ladder_ends(given_: Means, purpose: str) -> None:
    left, steps = given_, 0
    while (rung := next_rung(left, purpose, window_open=True)) is not Rung.PASSIVE_REPLY:
        left, steps = left.without(rung), steps + 1
    assert steps <= 1 + len(NOTICES)

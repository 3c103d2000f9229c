"""Words for search: traditional characters, the account's own words, synonyms, excerpts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.language.folding import fold
from servicedesk.language.searching import Dictionary, as_query, excerpts, index_words, plain, terms_of
from servicedesk.usecases.searching import newest_marks

OWN = Dictionary({"翠湖小区": ["翠湖家园"], "黑山头村": []})


def test_traditional_characters_are_read_as_the_simplified_ones_and_positions_stay() -> None:
    assert fold("暖氣不熱，漏水") == "暖气不热，漏水"
    assert plain("ＷiFi密碼") == "ｗifi密码"


@given(st.text(max_size=200))
def test_folding_keeps_the_length_of_any_text_and_folding_twice_changes_nothing(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)
    assert len(plain(text)) == len(text)


def test_a_text_is_found_by_its_words_by_those_within_long_ones_and_by_the_accounts_own() -> None:
    found = index_words(["翠湖小区停水通知，WiFi也断了"], OWN)
    assert {"停水", "停水通知", "wifi", "翠湖小区"} <= set(found)


def test_the_accounts_own_words_are_not_cut_and_its_synonyms_are_alternatives() -> None:
    terms = terms_of("翠湖家园 停水", OWN)
    assert terms[0][0] == "翠湖家园"
    assert "翠湖小区" in terms[0]
    assert terms[1][0] == "停水"
    assert "断水" in terms[1]


def test_a_query_finds_also_what_was_cut_before_the_account_knew_the_word() -> None:
    query = as_query(terms_of("黑山头村", OWN), marks=["d:7"])
    assert "'黑山头村' | (" in query
    assert query.endswith("& ('d:7')")


def test_nothing_that_a_person_types_is_an_operator() -> None:
    query = as_query(terms_of("it's a \\ & | ! <-> :* 'x"))
    assert all(sign not in query.replace("' | '", "").replace("') & ('", "") for sign in ("!", "<", ":", "\\"))


def test_the_excerpt_is_the_stretch_where_most_stands_with_the_words_marked_also_in_traditional_writing() -> None:
    texts = ["你好。", "前面的话" * 40 + "我家暖氣不熱，樓上也是" + "后面的话" * 40]
    (pieces,) = excerpts([texts], terms_of("暖气 不热"))
    assert ("暖氣不熱", True) in pieces
    assert pieces[0] == ("…", False)
    assert pieces[-1] == ("…", False)


@given(st.lists(st.text(max_size=80), max_size=4), st.text(max_size=20))
def test_an_excerpt_is_a_stretch_of_one_of_the_texts(texts: list[str], question: str) -> None:
    (pieces,) = excerpts([texts], terms_of(question))
    said = "".join(piece for piece, _ in pieces)
    assert not texts or any(said.strip("…") in text or said in text for text in texts)


@given(st.integers(1, 3_000_000), st.integers(1, 2_000_000), st.floats(0, 1))
def test_marks_stand_for_at_least_the_newest_so_many_tickets_or_for_all(newest: int, span: int, share: float) -> None:
    marks = newest_marks("a1:", newest, span)
    one_of_them = newest - int(share * (min(span, newest) - 1))
    assert len(marks) <= 7
    assert not marks or any(f"a1::m{size}:{one_of_them // size}" in marks for size in (2_000, 16_000, 128_000))
    assert marks or span >= newest or span > 6 * 128_000

"""Refusals and their next rung; long texts and their parts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.channels.base import ChannelError, TokenRefused
from servicedesk.channels.wechat.errors import REFUSALS, TOKEN_CODES, raise_for
from servicedesk.domain.sending import Next, Refusal, after_refusal, backoff, breaker_pause, next_piece, split_text
from tests.desk import NOW


@given(st.text(max_size=3000), st.integers(12, 400))
def test_no_part_is_over_the_limit_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_long_texts_are_cut_at_sentence_ends() -> None:
    text = "第一句话说得比较长一些。" * 40
    assert all(part.endswith("。") for part in split_text(text, 600))


def test_a_short_text_stays_whole() -> None:
    assert split_text("您好。\n已修好。") == ["您好。\n已修好。"]


@pytest.mark.parametrize("refusal", [Refusal.WINDOW_CLOSED, Refusal.UNREACHABLE, Refusal.NO_RIGHT])
def test_what_cannot_be_sent_now_waits_for_the_next_contact(refusal: Refusal) -> None:
    assert after_refusal(refusal, 0, NOW).next is Next.DESCEND


@pytest.mark.parametrize(
    "refusal", [Refusal.AGAIN, Refusal.UNKNOWN, Refusal.QUOTA, Refusal.ACCOUNT_STOPPED, Refusal.MEDIA_GONE]
)
@given(attempts=st.integers(0, 1000))
def test_what_may_pass_is_tried_again_for_ever(refusal: Refusal, attempts: int) -> None:
    verdict = after_refusal(refusal, attempts, NOW)
    assert verdict.next is Next.PUT_OFF
    assert verdict.at is not None
    assert NOW < verdict.at <= NOW + timedelta(minutes=15)


def test_what_the_platform_rejects_goes_to_a_person() -> None:
    assert after_refusal(Refusal.REJECTED, 0, NOW).next is Next.FAIL


def test_pauses_grow() -> None:
    assert [backoff(n).total_seconds() for n in range(4)] == [2, 4, 8, 16]


@pytest.mark.parametrize("code", sorted(TOKEN_CODES))
def test_a_refused_token_asks_for_a_new_one(code: int) -> None:
    with pytest.raises(TokenRefused):
        raise_for(code)


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_code_of_the_table_has_its_meaning(code: int) -> None:
    with pytest.raises(ChannelError) as caught:
        raise_for(code)
    assert caught.value.refusal is REFUSALS[code]


def test_a_code_nobody_knows_is_shown_to_a_person() -> None:
    with pytest.raises(ChannelError) as caught:
        raise_for(99999)
    assert caught.value.refusal is Refusal.REJECTED
    raise_for(0)


@given(text=st.text(alphabet="字。！a1\n", min_size=1, max_size=600), room=st.integers(20, 300))
def test_pieces_put_together_are_the_text_and_none_takes_more_than_its_room(text: str, room: int) -> None:
    gone, pieces = 0, []
    while gone < len(text):
        piece, after = next_piece(text, gone, room)
        assert after > gone
        assert len(piece.encode()) <= room
        pieces.append(piece)
        gone = after
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


def test_an_accounts_rest_grows_with_its_failures_up_to_five_minutes() -> None:
    assert [breaker_pause(n).total_seconds() for n in (1, 4, 5, 6, 7, 30)] == [0, 0, 5, 10, 20, 300]

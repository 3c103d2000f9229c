"""Signed links: whose, for what, for how long."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet

from servicedesk import links
from servicedesk.links import CASE_LIFE, NOTICE_LIFE, Links

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
BASE = "https://desk.example"


def token_of(link: str) -> str:
    return link.rsplit("/", 1)[-1]


def test_a_link_names_its_case_to_its_own_account_only() -> None:
    made = Links([NEW], BASE)
    token = token_of(made.case("testxian", "20261125-0001"))
    assert made.case_of("testxian", token) == "20261125-0001"
    assert made.case_of("lindeng", token) is None
    assert made.notice_of("testxian", token) is None
    notice = made.notice_token("testxian", 42)
    assert made.notice_of("testxian", notice) == 42
    assert made.notice_of("lindeng", notice) is None


@pytest.mark.parametrize("citizen", [1, 2**63 - 1])
def test_what_the_platform_brings_back_is_letters_and_digits_only(citizen: int) -> None:
    token = Links([NEW], BASE).notice_token("a-very-long-code-of-a-countys-account", citizen)
    assert token.isascii()
    assert token.isalnum()
    assert len(token) <= 128


@pytest.mark.parametrize("token", ["", "x", "AB", "A" * 5000, "a.b", "é", "MFRGG==="])
def test_a_token_that_was_never_signed_is_nobodys(token: str) -> None:
    assert Links([NEW], BASE).notice_of("testxian", token) is None


def test_a_link_fits_into_a_message() -> None:
    assert len(Links([NEW], BASE).case("testxian", "20261125-0001")) < 150


@pytest.mark.parametrize("change", [0, 5, -2])  # the very last letter holds two bits that say nothing
def test_a_changed_link_opens_nothing(change: int) -> None:
    made = Links([NEW], BASE)
    token = list(token_of(made.case("testxian", "20261125-0001")))
    token[change] = "A" if token[change] != "A" else "B"
    assert made.case_of("testxian", "".join(token)) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 5000, "null", "é"])
def test_what_was_never_signed_opens_nothing(token: str) -> None:
    assert Links([NEW], BASE).case_of("testxian", token) is None


def test_a_new_key_signs_and_the_old_one_still_opens() -> None:
    before, after = Links([OLD], BASE), Links([NEW, OLD], BASE)
    assert after.case_of("testxian", token_of(before.case("testxian", "1"))) == "1"
    assert before.case_of("testxian", token_of(after.case("testxian", "1"))) is None
    assert Links([NEW], BASE).case_of("testxian", token_of(before.case("testxian", "1"))) is None


def test_links_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Links([NEW], BASE)
    case, notice = token_of(made.case("testxian", "1")), made.notice_token("testxian", 42)
    began = time.time()

    def later(by: timedelta) -> None:
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: began + by.total_seconds())

    later(NOTICE_LIFE - timedelta(minutes=1))
    assert made.notice_of("testxian", notice) == 42
    later(NOTICE_LIFE + timedelta(minutes=1))
    assert made.notice_of("testxian", notice) is None
    assert made.case_of("testxian", case) == "1"
    later(CASE_LIFE + timedelta(minutes=1))
    assert made.case_of("testxian", case) is None
    assert timedelta(days=30) == links.CASE_LIFE  # what the page says

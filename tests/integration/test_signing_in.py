"""Signing in: sessions that can be revoked, and a brake on guessing that survives a restart."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from servicedesk.domain.errors import InvalidForm, LoginRefused
from servicedesk.domain.model import Role
from servicedesk.store import people
from servicedesk.store.db import Pool, transaction
from servicedesk.usecases import passwords, setting_up, signing_in
from tests.desk import KEY, NOW, PASSWORD, SECRETS, Desk


async def sign_in(
    pool: Pool,
    login: str = "zhujian",
    password: str = PASSWORD,
    *,
    code: str = "testxian",
    address: str = "1.2.3.4",
    wall: datetime = NOW,
) -> signing_in.Session:
    return await signing_in.sign_in(pool, code, login, password, address=address, wall=wall)


async def test_the_right_password_opens_a_session_and_signing_out_revokes_it(desk: Desk, pool: Pool) -> None:
    session = await sign_in(pool)
    async with transaction(pool) as conn:
        found = await signing_in.session_of(conn, session.token, wall=NOW)
        assert found is not None
        assert found.actor.login == "zhujian"
        await signing_in.sign_out(conn, found)
        assert await signing_in.session_of(conn, session.token, wall=NOW) is None


async def test_a_session_ends_by_itself_and_with_its_person(desk: Desk, pool: Pool) -> None:
    session = await sign_in(pool)
    async with transaction(pool) as conn:
        assert await signing_in.session_of(conn, session.token, wall=NOW + signing_in.SESSION_LIFE) is None
        await people.end_sessions_of(conn, session.actor)
        assert await signing_in.session_of(conn, session.token, wall=NOW) is None
    again = await sign_in(pool)
    await desk.conn.execute("UPDATE staff SET disabled_at = now() WHERE login = 'zhujian'")
    assert await signing_in.session_of(desk.conn, again.token, wall=NOW) is None
    await people.end_old_sessions(desk.conn, [desk.account.id], now=NOW + timedelta(days=2))
    assert await desk.conn.fetchval("SELECT count(*) FROM session") == 0


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("zhujian", "wrong password", "testxian"),
        ("nobody", PASSWORD, "testxian"),
        ("zhujian", PASSWORD, "elsewhere"),
        ("", "", ""),
    ],
)
async def test_wrong_names_and_passwords_are_refused_alike(
    desk: Desk, pool: Pool, login: str, password: str, code: str
) -> None:
    with pytest.raises(LoginRefused) as caught:
        await sign_in(pool, login, password, code=code)
    assert caught.value.retry_after_s == 0


@pytest.mark.parametrize("token", ["", "x", "1.", ".abc", "1.abc", "9" * 40 + ".abc", "\u0661.abc", "-1.x"])
async def test_no_made_up_token_is_a_session(desk: Desk, token: str) -> None:
    assert await signing_in.session_of(desk.conn, token, wall=NOW) is None
    assert await signing_in.token_account(desk.conn, token) is None


async def test_after_five_failures_even_the_right_password_waits(desk: Desk, pool: Pool) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefused):
            await sign_in(pool, password="wrong password")
    with pytest.raises(LoginRefused) as caught:
        await sign_in(pool)
    assert caught.value.retry_after_s > 0
    # Another person, another address: not braked.
    assert await sign_in(pool, "paidan")
    assert await sign_in(pool, wall=NOW + timedelta(seconds=caught.value.retry_after_s))


async def test_one_address_that_tries_many_names_is_braked(desk: Desk, pool: Pool) -> None:
    for who in range(20):
        with pytest.raises(LoginRefused):
            await sign_in(pool, f"guess{who}", "wrong password")
    with pytest.raises(LoginRefused) as caught:
        await sign_in(pool, "paidan")
    assert caught.value.retry_after_s > 0
    assert await sign_in(pool, "paidan", address="5.6.7.8")
    assert await sign_in(pool, "paidan", wall=NOW + signing_in.FORGET_AFTER + timedelta(seconds=1))


async def test_no_name_or_address_stays_readable_in_the_count_of_failures(desk: Desk, pool: Pool) -> None:
    with pytest.raises(LoginRefused):
        await sign_in(pool, "zhujian", "wrong password")
    subjects = [row["subject"] for row in await desk.conn.fetch("SELECT subject FROM login_attempt")]
    assert len(subjects) == 2
    assert not any("zhujian" in subject or "1.2.3.4" in subject for subject in subjects)


async def test_passwords_are_kept_as_argon2id_and_short_ones_refused(desk: Desk) -> None:
    assert (await desk.conn.fetchval("SELECT password_hash FROM staff LIMIT 1")).startswith("$argon2id$")
    with pytest.raises(InvalidForm):
        await passwords.hashed("short")


async def test_an_api_token_speaks_for_its_account_until_it_is_replaced(desk: Desk) -> None:
    first = await setting_up.add_token(desk.conn, desk.account, "report", now=NOW)
    assert await signing_in.token_account(desk.conn, first) == desk.account.id
    second = await setting_up.add_token(desk.conn, desk.account, "report", now=NOW)
    assert await signing_in.token_account(desk.conn, first) is None
    assert await signing_in.token_account(desk.conn, second) == desk.account.id
    assert not await desk.conn.fetchval("SELECT true FROM api_token WHERE token_hash = $1", second.encode())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "Bad Code"}, "code"),
        ({"code": "testxian"}, "code"),
        ({"kind": "other"}, "kind"),
        ({"mode": "other"}, "mode"),
        ({"api_base": "http://evil.example"}, "api-base"),
        ({"aes_key": "short"}, "aes-key"),
        ({"aes_key": "!" * 43}, "aes-key"),
    ],
)
async def test_an_account_that_cannot_work_is_refused_in_words(desk: Desk, changed: dict[str, str], field: str) -> None:
    from dataclasses import replace

    from servicedesk.store.vault import Vault

    given = {
        "code": "neu",
        "name": "N",
        "kind": "service",
        "appid": "wx",
        "mode": "safe",
        "api_base": "https://api.example",
        **changed,
    }
    secrets = replace(SECRETS, aes_key=given.pop("aes_key", SECRETS.aes_key))
    with pytest.raises(InvalidForm) as caught:
        await setting_up.add_account(desk.conn, Vault([KEY]), **given, secrets=secrets, now=NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("login", "role", "department", "field"),
    [
        ("Bad Login", Role.ADMIN, None, "login"),
        ("zhujian", Role.STAFF, "zhujian", "login"),
        ("neu", Role.STAFF, None, "department"),
        ("neu", Role.STAFF, "nowhere", "department"),
        ("neu", Role.EDITOR, "zhujian", "department"),
    ],
)
async def test_a_person_who_fits_no_place_is_refused_in_words(
    desk: Desk, login: str, role: Role, department: str | None, field: str
) -> None:
    with pytest.raises(InvalidForm) as caught:
        await setting_up.add_staff(
            desk.conn, desk.account, login=login, name="", role=role, department_code=department, password_hash="x", now=NOW
        )
    assert caught.value.field == field


async def test_tries_sent_all_at_once_do_not_pass_the_brake_together(desk: Desk, pool: Pool) -> None:
    tried = await asyncio.gather(*(sign_in(pool, password=f"guess {n}") for n in range(12)), return_exceptions=True)
    assert all(isinstance(each, LoginRefused) for each in tried)
    waiting = [each for each in tried if isinstance(each, LoginRefused) and each.retry_after_s > 0]
    assert len(waiting) == 7


async def test_a_right_password_counts_neither_against_its_name_nor_its_address(desk: Desk, pool: Pool) -> None:
    for _ in range(7):
        await sign_in(pool)
    assert await desk.conn.fetchval("SELECT coalesce(sum(failures), 0) FROM login_attempt") == 0

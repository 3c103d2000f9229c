"""Signing in and out, sessions, and the brake on guessing that survives a restart."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from servicedesk.domain.errors import LoginRefused
from servicedesk.domain.model import AccountId, Actor
from servicedesk.store import accounts, people
from servicedesk.store.db import Conn, Pool, transaction
from servicedesk.usecases import passwords

SESSION_LIFE = timedelta(hours=12)
FORGET_AFTER = timedelta(minutes=30)
FREE_TRIES = {"name": 5, "address": 20, "binding": 5}
LONGEST_WAIT_S = 15 * 60


@dataclass(frozen=True)
class Session:
    """A person signed in: the cookie's token, the token that forms carry, and how many notices are unread (at most 100)."""

    actor: Actor
    token: str = field(repr=False)
    csrf: str = field(repr=False)
    unread: int = 0


async def sign_in(pool: Pool, account_code: str, login: str, password: str, *, address: str, wall: datetime) -> Session:
    """A new session. Raises LoginRefused, with the seconds to wait where there were too many tries.

    Wall time, not desk time: a demo's moved clock signs nobody out. The password is tested outside any transaction.
    """
    async with transaction(pool) as conn:
        account = await accounts.by_code(conn, account_code)
        if account is not None:
            # Counted before the password is tested, so that tries sent all at once cannot pass the brake together.
            await _take_a_try(conn, account.id, login, address, wall)
        credentials = None if account is None else await people.by_login(conn, account.id, login)
    right = await passwords.fits(password, None if credentials is None else credentials.password_hash)
    if not right or credentials is None:
        raise LoginRefused
    async with transaction(pool) as conn:
        await people.forget_login_tries(conn, credentials.actor.account_id, _subject("name", login))
        await people.give_login_try_back(conn, credentials.actor.account_id, _subject("address", address))
        return await _open(conn, credentials.actor, wall)


async def session_of(conn: Conn, token: str, *, wall: datetime) -> Session | None:
    """The live session of a cookie's token."""
    known = passwords.split_token(token)
    found = None if known is None else await people.session(conn, *known, now=wall)
    return None if found is None else Session(found[0], token, found[1], found[2])


async def sign_out(conn: Conn, session: Session) -> None:
    """Revoke the session."""
    await people.end_session(conn, session.actor.account_id, passwords.token_hash(session.token))


async def token_account(conn: Conn, token: str) -> AccountId | None:
    """The account that an API token speaks for."""
    known = passwords.split_token(token)
    if known is None or not await people.api_token_holds(conn, *known):
        return None
    return known[0]


async def _open(conn: Conn, actor: Actor, wall: datetime) -> Session:
    token, csrf = passwords.new_token(actor.account_id), secrets.token_urlsafe(24)
    await people.add_session(conn, actor, passwords.token_hash(token), csrf=csrf, now=wall, expires_at=wall + SESSION_LIFE)
    return Session(actor, token, csrf)


async def _take_a_try(conn: Conn, account_id: AccountId, login: str, address: str, wall: datetime) -> None:
    await take_a_try(conn, account_id, {"name": login, "address": address}, wall=wall)


async def take_a_try(conn: Conn, account_id: AccountId, subjects: Mapping[str, str], *, wall: datetime) -> None:
    """Count a try for each of the subjects. Raises LoginRefused, and counts nothing more, where one must wait."""
    for kind, value in subjects.items():
        tries, last_at = await people.lock_login_tries(conn, account_id, _subject(kind, value), now=wall)
        if wall - last_at > FORGET_AFTER:
            tries = 0
        over = tries - FREE_TRIES[kind]
        wait = timedelta(seconds=min(LONGEST_WAIT_S, 15 * 2 ** min(over, 10))) if over >= 0 else timedelta()
        left = last_at + wait - wall
        if left > timedelta():
            raise LoginRefused(retry_after_s=int(left.total_seconds()) + 1)
        await people.set_login_tries(conn, account_id, _subject(kind, value), tries + 1, now=wall)


def _subject(kind: str, value: str) -> str:
    """What the count is kept under: no address or mistyped password stays readable in the database."""
    return f"{kind}:{hashlib.sha256(value.strip().lower().encode()).hexdigest()}"

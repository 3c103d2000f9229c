"""Passwords (argon2id) and tokens. Hashing takes tens of milliseconds, so it runs in a thread."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import AccountId

SHORTEST = 8


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


async def hashed(password: str) -> str:
    """The argon2id hash. Raises InvalidForm where the password is too short."""
    if len(password) < SHORTEST:
        raise InvalidForm("password", "too_short", limit=str(SHORTEST))
    return await asyncio.to_thread(_hasher().hash, password)


async def fits(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hash's; without a hash the same work is done, so that time tells no names."""
    return await asyncio.to_thread(_verify, password, password_hash)


def new_token(account_id: AccountId) -> str:
    """A token that nobody can guess and that tells its account, so that it can be looked up by account."""
    return f"{account_id}.{secrets.token_urlsafe(32)}"


def split_token(token: str) -> tuple[AccountId, bytes] | None:
    """The account of a token and the hash it is stored as; None where it is no token."""
    account, dot, rest = token.partition(".")
    # A bigint has at most 19 digits; what is longer is not ours.
    if not dot or not rest or not account.isdecimal() or not account.isascii() or len(account) > 18:
        return None
    return AccountId(int(account)), token_hash(token)


def token_hash(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _verify(password: str, password_hash: str | None) -> bool:
    try:
        right = _hasher().verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None

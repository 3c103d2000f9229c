"""A person at the desk binds their own WeChat, so that they can be told there: a code from their page, sent to the account."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from servicedesk.domain.errors import LoginRefused
from servicedesk.domain.model import AccountId, Actor, CitizenId
from servicedesk.store import people
from servicedesk.store.db import Conn
from servicedesk.usecases import passwords, signing_in

CODE_LIFE = timedelta(minutes=10)
_TRIES = 20


class Outcome(StrEnum):
    """What became of a code that somebody sent."""

    BOUND = "bound"
    WRONG = "wrong"
    TOO_MANY = "too_many"


async def new_code(conn: Conn, actor: Actor, *, wall: datetime) -> str:
    """Six digits that bind a WeChat to this person, once and for ten minutes of true time; an older code stops to hold."""
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(10**6):06}"
        if await people.put_binding(conn, actor, _hash(actor.account_id, code), until=wall + CODE_LIFE, wall=wall):
            return code
    raise RuntimeError("no free code")


async def bind(conn: Conn, account_id: AccountId, citizen_id: CitizenId, openid: str, code: str, *, wall: datetime) -> Outcome:
    """What a citizen's code does: bind them to the person whose page shows it. Guessing is braked as logins are."""
    try:
        await signing_in.take_a_try(conn, account_id, {"binding": openid}, wall=wall)
    except LoginRefused:
        return Outcome.TOO_MANY
    staff_id = await people.of_binding(conn, account_id, _hash(account_id, code), wall=wall)
    if staff_id is None:
        return Outcome.WRONG
    await people.bind(conn, account_id, staff_id, citizen_id)
    return Outcome.BOUND


async def unbind(conn: Conn, actor: Actor) -> None:
    """Nobody's WeChat is told for this person any more."""
    await people.unbind(conn, actor)


def _hash(account_id: AccountId, code: str) -> bytes:
    return passwords.token_hash(f"{account_id}.{code}")
